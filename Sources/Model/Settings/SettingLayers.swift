/// The settings as texts, each with where it comes from: defaults < file < environment < command line.
package struct SettingLayers: Sendable {
  /// A value and where it was set, for `scenehf config` and for messages.
  package struct Entry: Sendable, Hashable {
    package var text: String
    package var origin: String
  }

  private var entries: [SettingKey: Entry] = [:]
  /// The home folder that `~` stands for.
  package let home: String

  /// Only the defaults.
  package init(home: String) {
    self.home = home
    for key in SettingKey.allCases {
      entries[key] = Entry(text: key.defaultText, origin: "default")
    }
  }

  /// The effective text of a setting and where it comes from.
  package func entry(_ key: SettingKey) -> Entry {
    entries[key] ?? Entry(text: key.defaultText, origin: "default")
  }

  /// Puts a value over what was there.
  package mutating func set(_ key: SettingKey, to text: String, from origin: String) {
    entries[key] = Entry(text: text, origin: origin)
  }

  /// Takes every variable that names a setting; an empty one counts as absent.
  package mutating func apply(environment: [String: String]) {
    for key in SettingKey.allCases {
      guard let value = environment[key.environmentName], !value.isEmpty else { continue }
      let text = key == .ignore ? value.split(separator: ",").joined(separator: "\n") : value
      set(key, to: text, from: "environment \(key.environmentName)")
    }
  }
}

extension SettingLayers {
  func text(_ key: SettingKey) -> String { entry(key).text }

  func integer(_ key: SettingKey, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
    guard let value = Int(text(key)), range.contains(value) else {
      throw complaint(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Nil for an empty value.
  func optionalInteger(_ key: SettingKey, in range: ClosedRange<Int>) throws(SettingsError) -> Int? {
    optionalText(key) == nil ? nil : try integer(key, in: range)
  }

  func number(_ key: SettingKey, in range: ClosedRange<Double>) throws(SettingsError) -> Double {
    guard let value = Double(text(key)), range.contains(value) else {
      throw complaint(key, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func choice(_ key: SettingKey, of words: [String]) throws(SettingsError) -> String {
    let word = text(key).lowercased()
    guard words.contains(word) else { throw complaint(key, words.joined(separator: " or ")) }
    return word
  }

  /// Width over height from `16:9` or `1.78`.
  func aspect(_ key: SettingKey) throws(SettingsError) -> Double {
    let parts = text(key).split(separator: ":", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    let value = parts.count == 2 ? parts[0] / parts[1] : parts[0]
    guard parts.count <= 2, (0.1...10).contains(value) else {
      throw complaint(key, "width to height, such as 16:9")
    }
    return value
  }

  func complaint(_ key: SettingKey, _ expected: String) -> SettingsError {
    let entry = entry(key)
    return SettingsError("\(key.rawValue) is \"\(entry.text)\" (\(entry.origin)), but must be \(expected).")
  }
}
