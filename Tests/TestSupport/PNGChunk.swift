/// One chunk of a PNG with its length and checksum (PNG specification, third edition, section 5.3).
package func pngChunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
  let checked = Array(kind.utf8) + content
  var crc: UInt32 = 0xFFFF_FFFF
  for byte in checked {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return fourBytes(UInt32(content.count)) + checked + fourBytes(~crc)
}

private func fourBytes(_ number: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}
