/// A PNG written chunk by chunk, without libpng, so that tests of the decoder do not rest on what it uses.
///
/// Deflate is stored, not compressed (RFC 1951, 3.2.4); rows carry filter 0. PNG specification, third edition.
struct PNGFile {
  enum Colour: UInt8 {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgba = 6

    var channels: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }
  }

  var width: Int
  var height: Int
  var colour: Colour
  var depth: Int
  var interlaced = false
  /// Chunks between IHDR and IDAT, and between IDAT and IEND.
  var before: [(name: String, content: [UInt8])] = []
  var after: [(name: String, content: [UInt8])] = []
  /// One value a channel at the depth given, top row first.
  var samples: [Int]

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  var bytes: [UInt8] {
    var file = Self.signature + Self.chunk("IHDR", header)
    for chunk in before { file += Self.chunk(chunk.name, chunk.content) }
    file += Self.chunk("IDAT", Self.stored(rows))
    for chunk in after { file += Self.chunk(chunk.name, chunk.content) }
    return file + Self.chunk("IEND", [])
  }

  var header: [UInt8] {
    Self.four(width) + Self.four(height) + [UInt8(depth), colour.rawValue, 0, 0, interlaced ? 1 : 0]
  }

  /// Filter bytes and packed samples, of one image or of the seven of Adam7 (section 8.1).
  private var rows: [UInt8] {
    let passes =
      interlaced
      ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
      : [(0, 0, 1, 1)]
    var rows: [UInt8] = []
    for (left, top, stepX, stepY) in passes {
      for y in stride(from: top, to: height, by: stepY) {
        var row: [Int] = []
        for x in stride(from: left, to: width, by: stepX) {
          let at = (y * width + x) * colour.channels
          row += samples[at..<at + colour.channels]
        }
        if !row.isEmpty { rows += [0] + packed(row) }
      }
    }
    return rows
  }

  private func packed(_ row: [Int]) -> [UInt8] {
    if depth == 16 { return row.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
    let perByte = 8 / depth
    return stride(from: 0, to: row.count, by: perByte).map { start in
      (0..<perByte).reduce(UInt8(0)) { byte, index in
        let value = start + index < row.count ? row[start + index] : 0
        return byte | UInt8(value << (8 - depth * (index + 1)))
      }
    }
  }

  static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + content
    return four(content.count) + named + four(Int(crc(named)))
  }

  static func four(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

  /// A zlib stream of stored blocks.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let block = bytes[start..<min(start + 65_535, bytes.count)]
      let length = block.count
      start += length
      stream += [start == bytes.count ? 1 : 0, UInt8(length & 255), UInt8(length >> 8)]
      stream += [UInt8(~length & 255), UInt8(~length >> 8 & 255)] + block
    } while start < bytes.count
    var (low, high) = (1, 0)
    for byte in bytes {
      low = (low + Int(byte)) % 65_521
      high = (high + low) % 65_521
    }
    return stream + four(high << 16 | low)
  }

  static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
  }
}

/// An EXIF block (a TIFF directory) that holds an orientation and nothing else.
func exifBlock(orientation: Int, bigEndian: Bool = false) -> [UInt8] {
  bigEndian
    ? [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0]
    : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0, 0]
}
