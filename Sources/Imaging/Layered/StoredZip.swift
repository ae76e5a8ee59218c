import CPNG

/// A ZIP archive whose entries are stored, not compressed: PNGs would not become smaller (APPNOTE.TXT 6.3.10).
struct StoredZip {
  private var directory: [UInt8] = []
  private var entries = 0

  /// Appends one entry. Names are ASCII; sizes stay below 4 GB.
  mutating func add(_ name: String, _ content: [UInt8], to sink: inout ByteSink) throws {
    let offset = sink.count
    guard offset + content.count < Int(UInt32.max) - 1 << 20 else {
      throw ImagingError.cannotEncode("an OpenRaster file of more than 4 GB")
    }
    let checksum = Int(cpng_crc32(content, content.count))
    // Version 2.0, no flags, stored, 1980-01-01 00:00: the same input gives the same file.
    let fields =
      Bytes.little(20, 2) + Bytes.little(0, 2) + Bytes.little(0, 2) + Bytes.little(0, 2) + Bytes.little(0x21, 2)
      + Bytes.little(checksum, 4) + Bytes.little(content.count, 4) + Bytes.little(content.count, 4)
      + Bytes.little(name.utf8.count, 2) + Bytes.little(0, 2)
    try sink.write(Bytes.little(0x0403_4B50, 4) + fields + Array(name.utf8))
    try sink.write(content)
    directory += Bytes.little(0x0201_4B50, 4) + Bytes.little(20, 2) + fields + Bytes.little(0, 2) + Bytes.little(0, 2)
    directory += Bytes.little(0, 2) + Bytes.little(0, 4) + Bytes.little(offset, 4) + Array(name.utf8)
    entries += 1
  }

  /// Appends the central directory; nothing can follow.
  mutating func finish(to sink: inout ByteSink) throws {
    let start = sink.count
    try sink.write(directory)
    try sink.write(
      Bytes.little(0x0605_4B50, 4) + Bytes.little(0, 4) + Bytes.little(entries, 2) + Bytes.little(entries, 2)
        + Bytes.little(directory.count, 4) + Bytes.little(start, 4) + Bytes.little(0, 2))
  }
}
