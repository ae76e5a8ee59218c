/// Where a layered file is written to: bytes are appended, and lengths that become known later are patched in, so that
/// no more than one layer is ever held.
package struct ByteSink {
  private let append: ([UInt8]) throws -> Void
  private let patch: ([UInt8], Int) throws -> Void
  /// How many bytes were appended.
  package private(set) var count = 0

  /// `patch` replaces bytes that were appended before, from an offset on.
  package init(append: @escaping ([UInt8]) throws -> Void, patch: @escaping ([UInt8], Int) throws -> Void) {
    self.append = append
    self.patch = patch
  }

  mutating func write(_ bytes: [UInt8]) throws {
    try append(bytes)
    count += bytes.count
  }

  func rewrite(_ bytes: [UInt8], at offset: Int) throws { try patch(bytes, offset) }
}

/// A layer as layered files hold it.
package struct PaintedLayer: Sendable {
  /// As people see it in the layer list.
  package var name: String
  /// Of the whole canvas's size; RGBA with straight alpha, or RGB where it is opaque.
  package var picture: Picture

  package init(name: String, picture: Picture) {
    self.name = name
    self.picture = picture
  }
}

/// Integers as bytes, in the order that ZIP (little endian) and Photoshop (big endian) want them.
enum Bytes {
  static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func big(_ value: Int, _ count: Int) -> [UInt8] { little(value, count).reversed() }
}
