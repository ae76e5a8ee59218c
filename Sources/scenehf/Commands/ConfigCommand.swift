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
    let secrets = Secrets.names.map { name in
      (name, Line(value: Secrets.masked(name, environment), origin: "environment", meaning: "a key, never written"))
    }
    if json { return try Output.json(Dictionary(uniqueKeysWithValues: lines + secrets)) }
    Output.table(
      ["SETTING", "VALUE", "FROM"],
      (lines + secrets).map { [$0.0, $0.1.value.replacing("\n", with: ", "), $0.1.origin] })
  }
}

/// The secrets that services use. They are read when needed, held in memory and shown nowhere.
enum Secrets {
  static let names = ["GOOGLE_API_KEY", "OPENAI_API_KEY", "FAL_KEY", "GOOGLE_APPLICATION_CREDENTIALS"]

  static func masked(_ name: String, _ environment: [String: String]) -> String {
    isSet(name, environment) ? "set, not shown" : "not set"
  }

  /// Whether the secret is there: as a variable, as `<NAME>_FILE`, or in systemd's credentials folder.
  static func isSet(_ name: String, _ environment: [String: String]) -> Bool {
    if let value = environment[name], !value.isEmpty { return true }
    if let file = environment[name + "_FILE"] { return FileManager.default.isReadableFile(atPath: file) }
    guard let folder = environment["CREDENTIALS_DIRECTORY"] else { return false }
    return FileManager.default.isReadableFile(atPath: "\(folder)/\(name)")
  }
}
