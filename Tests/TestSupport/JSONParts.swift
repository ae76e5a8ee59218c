package import Model

/// The names of an object's fields.
package func keys(_ value: JSONValue?) -> Set<String> {
  if case .object(let fields)? = value { Set(fields.keys) } else { [] }
}

/// A field of an object.
package func field(_ value: JSONValue, _ name: String) -> JSONValue? {
  if case .object(let fields) = value { fields[name] } else { nil }
}

/// The elements of a list.
package func items(_ value: JSONValue?) -> [JSONValue] {
  if case .array(let items)? = value { items } else { [] }
}
