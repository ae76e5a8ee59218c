import ArgumentParser
import FoundationEssentials
import Model
import Storage
import SystemPackage

/// `scenehf config`: the effective settings and where each comes from.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show the effective settings and where each comes from; secrets are masked.")

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Print one JSON document.") var json = false

  private struct Line: Encodable {
    var value: String
    var origin: String
    var meaning: String
  }

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let layers = try orExplain { try options.layers(environment: environment) }
    _ = try options.settings()
    let lines = try SettingKey.allCases.map { key in
      let entry = layers.entry(key)
      let value = key == .storageRoot ? GlobalOptions.layout(try options.settings()).root.string : entry.text
      return (key.rawValue, Line(value: value, origin: entry.origin, meaning: key.meaning))
    }
    let keyring = Keyring(environment: environment)
    let secrets = Keyring.Name.allCases.map { name in
      let value = keyring.has(name) ? "set, not shown" : "not set"
      return (name.rawValue, Line(value: value, origin: keyring.origin(name), meaning: "a key, never written"))
    }
    if json { return try Output.json(Dictionary(uniqueKeysWithValues: lines + secrets)) }
    Output.table(
      ["SETTING", "VALUE", "FROM"],
      (lines + secrets).map { [$0.0, $0.1.value.replacing("\n", with: ", "), $0.1.origin] })
  }
}
