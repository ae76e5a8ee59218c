import Blocking
import Engine
import Model
import Transport

/// One planner or image service as the choice sees it, before it is made.
struct Provider<Made: Sendable>: Sendable {
  /// The name in the settings and in edit files.
  let name: String
  /// What it needs to be had, for a sentence.
  let needs: String
  /// Nil where that is missing.
  let make: @Sendable (Means) throws -> Made?
}

/// What providers are made of.
struct Means: Sendable {
  var settings: Settings
  var keyring: Keyring
  /// Whether the settings may name what this machine has no key or address for, because another machine may have.
  var mayLack = false
  let http: HTTPClient
  /// For coding and scaling what is sent and answered.
  let pool: BlockingPool
  /// For the embedded engine.
  let engine: Engine
  let enginePool: BlockingPool

  /// A configured address, checked.
  func address(_ text: String, _ key: SettingKey) throws(SettingsError) -> WebAddress {
    do {
      return try WebAddress(text)
    } catch {
      throw SettingsError("\(key.rawValue) cannot be used. \(error)")
    }
  }
}

extension [String] {
  /// Throws for a name in a list of the settings that no provider has, or, unless `mayLack`, that lacks what it needs.
  func check<Made>(
    against all: [Provider<Made>], having names: [String], setting: String, mayLack: Bool
  ) throws(SettingsError) {
    for name in self where !names.contains(name) {
      guard let provider = all.first(where: { $0.name == name }) else {
        let known = all.map(\.name)
        let guess = Spelling.closest(to: name, among: known).map { "Did you mean \"\($0)\"? " } ?? ""
        throw SettingsError(
          "\(setting) names \"\(name)\", which there is not. \(guess)There are auto, \(known.joined(separator: ", ")).")
      }
      if mayLack { continue }
      throw SettingsError(
        "\(setting) names \(name), which needs \(provider.needs). Set that, or change \(setting) to auto.")
    }
  }
}
