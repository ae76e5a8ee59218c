import Model

/// The records of a ZIP archive whose files are stored as they are: pictures do not shrink twice
/// (PKWARE APPNOTE 6.3.10; ZIP64 by section 4.5.3, for every size and place, so that none is ever too large).
///
/// Nothing but these records is ever in memory; the caller sends the files between them.
struct ZipArchive {
  struct Entry {
    var name: String
    var size: Int
    var crc: UInt32
    var modified: Timestamp
  }

  private var directory: [UInt8] = []
  private var count = 0
  private var offset = 0

  /// What goes before the bytes of a file.
  mutating func header(for entry: Entry) -> [UInt8] {
    let name = Array(entry.name.utf8)
    let (date, time) = Self.stamp(entry.modified)
    var header: [UInt8] = []
    header.append(little: UInt32(0x0403_4B50))
    header += Self.common(entry, date: date, time: time)
    header.append(little: UInt16(name.count))
    header.append(little: UInt16(20))
    header += name
    header += Self.zip64([entry.size, entry.size])

    directory.append(little: UInt32(0x0201_4B50))
    // Made on Unix, by the version that knows ZIP64.
    directory.append(little: UInt16(3 << 8 | 45))
    directory += Self.common(entry, date: date, time: time)
    directory.append(little: UInt16(name.count))
    directory.append(little: UInt16(28))
    // No comment, first disk, no internal attributes; a regular file that all may read.
    for _ in 0..<3 { directory.append(little: UInt16(0)) }
    directory.append(little: UInt32(0o100644) << 16)
    directory.append(little: UInt32.max)
    directory += name
    directory += Self.zip64([entry.size, entry.size, offset])
    count += 1
    offset += header.count + entry.size
    return header
  }

  /// What goes behind the last file.
  func ending() -> [UInt8] {
    var ending = directory
    ending.append(little: UInt32(0x0606_4B50))
    ending.append(little: UInt64(44))
    ending.append(little: UInt16(3 << 8 | 45))
    ending.append(little: UInt16(45))
    for _ in 0..<2 { ending.append(little: UInt32(0)) }
    for _ in 0..<2 { ending.append(little: UInt64(count)) }
    ending.append(little: UInt64(directory.count))
    ending.append(little: UInt64(offset))

    ending.append(little: UInt32(0x0706_4B50))
    ending.append(little: UInt32(0))
    ending.append(little: UInt64(offset + directory.count))
    ending.append(little: UInt32(1))

    ending.append(little: UInt32(0x0605_4B50))
    for _ in 0..<2 { ending.append(little: UInt16(0)) }
    for _ in 0..<2 { ending.append(little: UInt16.max) }
    for _ in 0..<2 { ending.append(little: UInt32.max) }
    ending.append(little: UInt16(0))
    return ending
  }

  /// The length of the whole archive of such files, in bytes.
  static func size(of entries: [(name: String, size: Int)]) -> Int {
    entries.reduce(98) { sum, entry in sum + entry.size + 30 + 20 + 46 + 28 + 2 * entry.name.utf8.count }
  }

  /// The fields that both headers have: version, UTF-8 names, stored, time, date, checksum, sizes in ZIP64.
  private static func common(_ entry: Entry, date: UInt16, time: UInt16) -> [UInt8] {
    var fields: [UInt8] = []
    fields.append(little: UInt16(45))
    fields.append(little: UInt16(1 << 11))
    fields.append(little: UInt16(0))
    fields.append(little: time)
    fields.append(little: date)
    fields.append(little: entry.crc)
    for _ in 0..<2 { fields.append(little: UInt32.max) }
    return fields
  }

  private static func zip64(_ values: [Int]) -> [UInt8] {
    var field: [UInt8] = []
    field.append(little: UInt16(1))
    field.append(little: UInt16(8 * values.count))
    for value in values { field.append(little: UInt64(value)) }
    return field
  }

  /// MS-DOS date and time, in UTC; the format begins with 1980.
  private static func stamp(_ time: Timestamp) -> (date: UInt16, time: UInt16) {
    let parts = time.description.split { !$0.isNumber }.compactMap { UInt16($0) }
    guard parts.count >= 6, parts[0] >= 1980 else { return (1 << 5 | 1, 0) }
    return ((parts[0] - 1980) << 9 | parts[1] << 5 | parts[2], parts[3] << 11 | parts[4] << 5 | parts[5] / 2)
  }
}

extension Array<UInt8> {
  fileprivate mutating func append(little value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
}
