import Yams

/// Reads the configuration file into settings.
package enum SettingsFile {
  /// Larger files are no configuration.
  package static let sizeLimit = 256 * 1024

  /// Puts the keys of the file over `layers`. Throws for bad YAML, unknown keys and secrets in the file.
  package static func apply(_ bytes: [UInt8], named path: String, to layers: inout SettingLayers) throws(SettingsError)
  {
    guard bytes.count <= sizeLimit, let text = PersonText.decode(bytes) else {
      throw SettingsError("\(path) is not a configuration file: it must be UTF-8 text of at most 256 KiB.")
    }
    guard let node = try compose(text, path: path) else { return }
    guard case .mapping(let mapping) = node else {
      throw SettingsError("\(path): lines of the form \"key: value\" are expected.")
    }
    for (keyNode, value) in mapping {
      let name = keyNode.string ?? ""
      let place = "\(path) line \(keyNode.mark?.line ?? 1)"
      if name == "format" {
        try check(format: value, place: place)
        continue
      }
      guard let key = SettingKey(rawValue: name) else { throw unknown(name, place: place) }
      layers.set(key, to: try valueText(value, of: key, place: place), from: place)
    }
  }

  /// The format of the file that is read; a file without the key has the first.
  package static let format = 1

  private static func check(format value: Node, place: String) throws(SettingsError) {
    guard let found = value.int else { throw SettingsError("\(place): \"format\" is a whole number; this is 1.") }
    if found > format { throw SettingsError("\(place): \(NewerFormat(found: found, known: format))") }
  }

  private static func compose(_ text: String, path: String) throws(SettingsError) -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch {
      throw SettingsError("\(path) is not valid YAML: \(error)")
    }
  }

  /// A scalar's text, the items of a list of scalars one a line, or the pairs of a block as `key=value` lines.
  private static func valueText(_ node: Node, of key: SettingKey, place: String) throws(SettingsError) -> String {
    switch node {
    case .scalar(let scalar):
      return scalar.string
    case .sequence(let items) where key.isList:
      return items.compactMap(\.string).joined(separator: "\n")
    case .mapping(let pairs) where key == .costPerCall:
      return pairs.map { "\($0.key.string ?? "")=\($0.value.string ?? "")" }.joined(separator: "\n")
    default:
      throw SettingsError("\(place): \"\(key.rawValue)\" takes \(key.isList ? "a list of values" : "one value").")
    }
  }

  private static func unknown(_ name: String, place: String) -> SettingsError {
    let upper = name.uppercased()
    if ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"].contains(where: upper.contains) {
      return SettingsError(
        "\(place): \"\(name)\" looks like a secret. Keys come from the environment only; remove it from the file.")
    }
    let guess = Spelling.closest(to: name, among: SettingKey.allCases.map(\.rawValue))
    let remedy = guess.map { "Did you mean \"\($0)\"?" } ?? "\"scenehf config\" lists all settings."
    return SettingsError("\(place): there is no setting \"\(name)\". \(remedy)")
  }
}
