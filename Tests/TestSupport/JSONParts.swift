package import Model

/// The parts of a document, for tests that look at a few of them.
extension JSONValue {
  /// The field of an object.
  package func member(_ name: String) -> JSONValue? {
    if case .object(let fields) = self { fields[name] } else { nil }
  }

  /// The names of an object's fields.
  package var names: Set<String> {
    if case .object(let fields) = self { Set(fields.keys) } else { [] }
  }

  /// The elements of a list.
  package var items: [JSONValue] {
    if case .array(let items) = self { items } else { [] }
  }

  /// The first element of a list.
  package var first: JSONValue? { items.first }
}
