import FoundationEssentials
package import Model

extension JSONValue {
  /// The value in a JSON text; nil if it is none. Foundation's parser refuses nesting beyond 512 levels.
  package init?(json bytes: [UInt8]) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
    self = value
  }

  /// As a JSON text with sorted keys, so that the same value is always the same bytes.
  package var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map(Array.init) ?? []
  }

  /// The member of an object; nil for anything else, and for null.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self, let value = members[key], value != .null else { return nil }
    return value
  }

  /// The items of an array; empty for anything else.
  package var items: [JSONValue] {
    if case .array(let items) = self { items } else { [] }
  }

  /// Whether this is `true`.
  package var isTrue: Bool { self == .bool(true) }
}
