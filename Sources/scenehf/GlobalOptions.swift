import ArgumentParser
import FoundationEssentials
import Glibc
import Model
import Running
import Storage

/// The options that every command takes, before or after its name.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customLong("storage-root"),
    help: ArgumentHelp("The folder with inbox, review and done; overrides STORAGE_ROOT.", valueName: "DIR"))
  var storageRoot: String?

  @Option(help: ArgumentHelp("The configuration file; overrides SCENEHF_CONFIG.", valueName: "FILE"))
  var config: String?

  private static let names = ["--storage-root", "--config"]

  /// The arguments with these options moved from before the command's name to behind it, where the parser
  /// expects them.
  static func movedBehindCommand(_ arguments: [String]) -> [String] {
    var moved: [String] = []
    var rest = arguments[...]
    while let first = rest.first, first.hasPrefix("-") {
      if names.contains(first), rest.count >= 2 {
        moved += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if names.contains(where: { first.hasPrefix($0 + "=") }) {
        moved.append(first)
        rest = rest.dropFirst()
      } else {
        return arguments
      }
    }
    guard let command = rest.first else { return arguments }
    return [command] + moved + rest.dropFirst()
  }

  /// The settings as texts with their origins.
  func layers(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> SettingLayers {
    var layers = SettingLayers(home: environment["HOME"] ?? "/root")
    if let path = configPath(environment) {
      guard let bytes = FileManager.default.contents(atPath: path) else {
        throw SettingsError("The configuration file \(path) cannot be read. Check its name and rights.")
      }
      try SettingsFile.apply(Array(bytes), named: path, to: &layers)
    }
    layers.apply(environment: environment)
    if let storageRoot { layers.set(.storageRoot, to: storageRoot, from: "--storage-root") }
    return layers
  }

  /// The file that is named, or the one in its usual place if there is one.
  func configPath(_ environment: [String: String]) -> String? {
    if let config { return config }
    if let named = environment["SCENEHF_CONFIG"], !named.isEmpty { return named }
    let home = environment["HOME"] ?? "/root"
    let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
    let usual = "\(folder)/scenehf/scenehf.yaml"
    return access(usual, R_OK) == 0 ? usual : nil
  }

  /// The presets beside the configuration file, or in their usual place.
  func presets(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> PresetFolder {
    if let path = configPath(environment) {
      let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
      return PresetFolder(path: "\(folder)/presets")
    }
    let home = environment["HOME"] ?? "/root"
    let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
    return PresetFolder(path: "\(folder)/scenehf/presets")
  }

  /// The checked settings. A mistake in them is a usage error with its sentence.
  func settings() throws -> Settings {
    do {
      return try Settings(try layers())
    } catch let error as SettingsError {
      throw ValidationError(error.description)
    }
  }

  /// The folders of the root, its path made absolute.
  static func layout(_ settings: Settings) -> Layout {
    let path = settings.storageRoot
    return Layout(root: path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path)
  }
}
