/// The keys of a JSON object that its Swift type does not name.
///
/// A job.json written by a newer SceneHF, or by the web tool, must not lose what we do not understand:
/// every type of the job model reads the rest of its object into one of these and writes it back.
package struct UnknownKeys: Sendable, Hashable {
  package var values: [String: JSONValue] = [:]

  package init() {}

  /// Everything in the decoder's object but the keys of `known`.
  package init<Known: CodingKey & CaseIterable>(from decoder: any Decoder, besides known: Known.Type) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    let named = Set(known.allCases.map(\.stringValue))
    for key in container.allKeys where !named.contains(key.stringValue) && !Secrecy.isSecretName(key.stringValue) {
      values[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
    }
  }

  /// Adds the kept keys to the object that `encoder` is writing.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    for (key, value) in values {
      try container.encode(value, forKey: AnyKey(key))
    }
  }
}

/// A coding key of any name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer {
  /// The value of a key that may be missing, null or of another type: then `fallback`.
  ///
  /// For fields whose loss is harmless. Identities and paths are decoded strictly.
  func tolerant<Value: Decodable>(_ key: Key, else fallback: Value) -> Value {
    ((try? decodeIfPresent(Value.self, forKey: key)) ?? nil) ?? fallback
  }

  /// The value of an optional key, nil if it is missing, null or of another type.
  func tolerant<Value: Decodable>(_ key: Key) -> Value? {
    (try? decodeIfPresent(Value.self, forKey: key)) ?? nil
  }
}
