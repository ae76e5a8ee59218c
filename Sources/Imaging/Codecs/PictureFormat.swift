/// The formats that pictures are read from, told by content, never by suffix.
package enum PictureFormat: String, Codable, Sendable, CaseIterable {
  case png
  case jpeg
  case webp
  case tiff
  case heic
  case avif

  /// The suffix of files of this format, without the dot.
  package var fileExtension: String { knownExtensions[0] }

  /// The suffixes, in lower case, that people use for this format, the most usual first.
  package var knownExtensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
    case .tiff: ["tif", "tiff"]
    case .heic: ["heic", "heif", "hif"]
    case .png, .webp, .avif: [rawValue]
    }
  }

  /// Nil if the bytes begin like none of the formats. A few bytes are enough.
  package static func detect(_ bytes: some Collection<UInt8>) -> PictureFormat? {
    let head = Array(bytes.prefix(12))
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return .png }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if head.count == 12, head.starts(with: Array("RIFF".utf8)), Array(head[8...]) == Array("WEBP".utf8) { return .webp }
    if head.starts(with: [0x49, 0x49, 0x2A, 0]) || head.starts(with: [0x4D, 0x4D, 0, 0x2A]) { return .tiff }
    // BigTIFF.
    if head.starts(with: [0x49, 0x49, 0x2B, 0]) || head.starts(with: [0x4D, 0x4D, 0, 0x2B]) { return .tiff }
    if head.dropFirst(4).starts(with: "ftyp".utf8) {
      switch String(decoding: head.dropFirst(8), as: UTF8.self) {
      case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": return .heic
      case "avif", "avis": return .avif
      default: return nil
      }
    }
    return nil
  }

  /// What a file that is no picture of ours seems to be, in words that finish "this is …".
  package static func guess(_ bytes: some Collection<UInt8>) -> String {
    let head = Array(bytes.prefix(512))
    if head.isEmpty { return "an empty file" }
    if let known = signatures.first(where: { head.dropFirst($0.offset).starts(with: $0.magic.utf8) }) {
      return known.words
    }
    if head.dropFirst(4).starts(with: "ftyp".utf8) { return "a video" }
    if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return "a video" }
    let isText = !head.contains { $0 < 9 || ($0 > 13 && $0 < 32 && $0 != 27) }
    return isText ? "a text file" : "a file of another kind"
  }

  private static let signatures: [(offset: Int, magic: String, words: String)] = [
    (0, "GIF8", "a GIF picture"), (0, "%PDF", "a PDF document"), (0, "8BPS", "a Photoshop file"),
    (0, "PK\u{03}\u{04}", "a ZIP archive or an office document"), (0, "BM", "a BMP picture"),
    (0, "<svg", "an SVG drawing"), (0, "<!DOCTYPE html", "a web page"), (0, "<html", "a web page"),
    (0, "<?xml", "an XML file"), (0, "gimp xcf", "a GIMP file"), (0, "RIFF", "an audio or video file"),
  ]
}
