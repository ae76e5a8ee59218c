/// Changes bytes as damage, ill will and chance do.
struct Mutation {
  /// Pieces that mean something in the format.
  let tokens: [[UInt8]]
  /// Whether a PNG's checksums are put right afterwards in every other round: else nothing gets past them.
  let fitsChecksums: Bool

  /// One to five changes of `bytes`; `other` is a second file to take pieces from.
  func mutated(_ bytes: [UInt8], with other: [UInt8], _ chance: inout Chance) -> [UInt8] {
    var bytes = bytes
    for _ in 0...chance.below(5) { change(&bytes, other, &chance) }
    return fitsChecksums && chance.below(2) == 0 ? withFittingChecksums(bytes) : bytes
  }

  private func change(_ bytes: inout [UInt8], _ other: [UInt8], _ chance: inout Chance) {
    let place = chance.below(bytes.count + 1)
    let end = min(bytes.count, place + 1 + chance.below(24))
    switch chance.below(9) {
    case 0 where place < bytes.count: bytes[place] = chance.byte()
    case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8(chance.below(8))
    case 2: setNumber(&bytes, at: place, &chance)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.removeSubrange(place..<end)
    case 5: bytes.insert(contentsOf: chance.one(of: tokens) ?? [], at: place)
    case 6:
      let token = chance.one(of: tokens) ?? []
      bytes.replaceSubrange(place..<min(bytes.count, place + token.count), with: token)
    case 7 where !other.isEmpty:
      let from = chance.below(other.count)
      bytes.replaceSubrange(place..<end, with: other[from..<min(other.count, from + 24)])
    default: bytes.removeLast(chance.below(bytes.count / 2 + 1))
    }
  }

  /// Numbers that lengths and sizes go wrong with, in either order of bytes.
  private func setNumber(_ bytes: inout [UInt8], at place: Int, _ chance: inout Chance) {
    let edges: [UInt32] = [
      0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE,
      0xFFFF_FFFF,
    ]
    let number = chance.one(of: edges) ?? 0
    let count = chance.below(2) == 0 ? 2 : 4
    guard place + count <= bytes.count else { return }
    let isLittle = chance.below(2) == 0
    for index in 0..<count {
      let shift = UInt32(8 * (isLittle ? index : count - 1 - index))
      bytes[place + index] = UInt8(truncatingIfNeeded: number >> shift)
    }
  }
}

/// Makes the checksums of a PNG's chunks fit their changed contents, as far as its chunks can be followed.
func withFittingChecksums(_ png: [UInt8]) -> [UInt8] {
  var png = png
  var place = 8
  while place + 12 <= png.count {
    let length = png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    guard place + 12 + length <= png.count else { break }
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in png[place + 4..<place + 8 + length] {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    for index in 0..<4 {
      png[place + 8 + length + index] = UInt8(truncatingIfNeeded: ~crc >> UInt32(24 - 8 * index))
    }
    place += 12 + length
  }
  return png
}
