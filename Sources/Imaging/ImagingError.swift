/// Why a picture cannot be used. Every description is a sentence for the person who dropped it.
package enum ImagingError: Error, Codable, Sendable, Hashable, CustomStringConvertible {
  /// The file ends early: it may still be arriving.
  case truncated(PictureFormat)
  /// The file is whole but its contents contradict each other.
  case damaged(PictureFormat, detail: String)
  /// Not one of our formats; `guess` finishes "this is …".
  case notAPicture(guess: String)
  case tooManyPixels(PictureFormat, size: Size, limit: Int)
  case tooManyBytes(Int, limit: Int)
  case emptyPicture
  case maskSize(Size, expected: Size)
  case outOfMemory
  /// The decoder did not survive the file; `detail` says how it ended.
  case decoderFailed(PictureFormat, detail: String)
  case cannotEncode(String)

  package var description: String {
    switch self {
    case .truncated(let format):
      "This \(format.words) ends before it is complete. Copy it again from where it came from."
    case .damaged(let format, let detail):
      "This \(format.words) is damaged (\(detail)). Open it in a picture editor, save it anew and drop that."
    case .notAPicture(let guess):
      "This is \(guess); SceneHF takes PNG, JPEG, WebP, TIFF, HEIC and AVIF. Export it as one of these and drop that."
    case .tooManyPixels(let format, let size, let limit):
      "This \(format.words) says it is \(size) = \(size.pixels / 1_000_000) megapixels; the limit is "
        + "\(limit / 1_000_000). Raise max_megapixels in the settings to allow it."
    case .tooManyBytes(let bytes, let limit):
      "This file has \(bytes / 1_000_000) MB; the limit is \(limit / 1_000_000). Raise max_file_mb to allow it."
    case .emptyPicture:
      "This picture has no pixels. Export it again."
    case .maskSize(let size, let expected):
      "The mask is \(size), but the picture is \(expected). Paint the mask on source.png and save it in that size."
    case .outOfMemory:
      "There is not enough memory for this picture. Close other programs, lower jobs_at_once, or make it smaller."
    case .decoderFailed(let format, let detail):
      "This \(format.words) cannot be read: \(detail). Open it in a picture editor, save it anew and drop that."
    case .cannotEncode(let detail):
      "The picture could not be written as PNG (\(detail)). Free some memory and try again."
    }
  }
}

extension PictureFormat {
  /// As people call it.
  package var words: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    case .webp: "WebP"
    case .tiff: "TIFF"
    case .heic: "HEIC"
    case .avif: "AVIF"
    }
  }
}
