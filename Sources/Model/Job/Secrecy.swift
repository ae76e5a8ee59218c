/// Tells what must never be written to disk by its name.
enum Secrecy {
  private static let endings = ["api_key", "apikey", "_token", "password", "secret", "credentials"]

  /// Whether a key of this name holds a password or an API key: `image_api_key`, but not `max_tokens`.
  static func isSecretName(_ name: String) -> Bool {
    let name = name.lowercased()
    return name == "token" || endings.contains(where: name.hasSuffix)
  }
}
