/// The checksum of ZIP (ISO 3309, reflected polynomial 0xEDB88320), eight bytes at a time (slicing-by-8; Kounavis
/// and Berry, "A Systematic Approach to Building High Performance Software-Based CRC Generators", 2005).
struct CRC32 {
  private var state: UInt32 = 0xFFFF_FFFF

  var value: UInt32 { ~state }

  private static let tables: [[UInt32]] = {
    var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
    for index in 0..<256 {
      var value = UInt32(index)
      for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
      tables[0][index] = value
    }
    for index in 0..<256 {
      for slice in 1..<8 {
        let before = tables[slice - 1][index]
        tables[slice][index] = tables[0][Int(before & 0xFF)] ^ (before >> 8)
      }
    }
    return tables
  }()

  mutating func add(_ bytes: [UInt8]) {
    let tables = Self.tables
    var crc = state
    var index = 0
    bytes.withUnsafeBytes { bytes in
      while index + 8 <= bytes.count {
        let low = crc ^ UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
        let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
        crc =
          tables[7][Int(low & 0xFF)] ^ tables[6][Int(low >> 8 & 0xFF)] ^ tables[5][Int(low >> 16 & 0xFF)]
          ^ tables[4][Int(low >> 24)]
        crc ^=
          tables[3][Int(high & 0xFF)] ^ tables[2][Int(high >> 8 & 0xFF)] ^ tables[1][Int(high >> 16 & 0xFF)]
          ^ tables[0][Int(high >> 24)]
        index += 8
      }
      while index < bytes.count {
        crc = tables[0][Int((crc ^ UInt32(bytes[index])) & 0xFF)] ^ (crc >> 8)
        index += 1
      }
    }
    state = crc
  }
}
