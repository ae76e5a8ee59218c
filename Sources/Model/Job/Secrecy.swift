/// Tells what must never be written to disk: by its name, and where keys have a form of their own, by that.
enum Secrecy {
  private static let endings = ["api_key", "apikey", "_token", "password", "secret", "credentials"]

  /// Whether a key of this name holds a password or an API key: `image_api_key`, but not `max_tokens`.
  static func isSecretName(_ name: String) -> Bool {
    let name = name.lowercased()
    return name == "token" || name == "fal_key" || endings.contains(where: name.hasSuffix)
  }

  /// How keys of Google and OpenAI begin, and their least length.
  private static let beginnings = [("AIza", 35), ("sk-", 20), ("ya29.", 20)]

  /// Whether the whole text looks like a key.
  static func isSecret(_ text: String) -> Bool {
    let isOneWord = !text.contains { $0.isWhitespace || $0 == "/" }
    return isOneWord && beginnings.contains { text.hasPrefix($0.0) && text.utf8.count >= $0.1 }
  }
}

extension JSONValue {
  /// The value without passwords and API keys at any depth; where they stood is added to `places`, such as
  /// `metadata.image_api_key`. An empty field of such a name is no secret, but is left out too.
  package func withoutSecrets(at path: String = "", _ places: inout [String]) -> JSONValue {
    switch self {
    case .object(let fields):
      var kept: [String: JSONValue] = [:]
      for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
        let place = path.isEmpty ? name : "\(path).\(name)"
        if Secrecy.isSecretName(name) || value.text.map(Secrecy.isSecret) == true {
          if value != .null, value != "" { places.append(place) }
        } else {
          kept[name] = value.withoutSecrets(at: place, &places)
        }
      }
      return .object(kept)
    case .array(let elements):
      return .array(elements.enumerated().map { $1.withoutSecrets(at: "\(path)[\($0)]", &places) })
    case .null, .bool, .integer, .number, .string: return self
    }
  }
}
