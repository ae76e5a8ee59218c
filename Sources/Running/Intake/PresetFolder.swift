import FoundationEssentials
package import Model
import Storage

/// The presets of the configuration folder, one YAML file each; read anew for every job, so that a change holds at
/// once.
package struct PresetFolder: Sendable {
  /// Nil where there is no configuration folder.
  private let path: String?

  package init(path: String?) {
    self.path = path
  }

  /// The names of all presets, sorted.
  package var names: [String] {
    let files = path.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? []
    return files.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// Whether there is a preset of this name.
  package func has(_ name: String) -> Bool { names.contains(name) }

  /// The preset of this name; throws what is wrong in its file. An absent one says nothing.
  package func preset(named name: String) throws(SettingsError) -> Preset {
    guard let path, let bytes = FileManager.default.contents(atPath: "\(path)/\(name).yaml") else { return Preset() }
    return try Preset.read(Array(bytes), named: "presets/\(name).yaml")
  }
}

extension Workshop {
  /// What the preset, the picture's own file, and who handed it in say of the job, the latter over the former.
  func preset(of job: Job) throws -> Preset {
    let named = try job.preset.map { try presets.preset(named: $0) } ?? Preset()
    return try overlaid(named, withFileOf: job).overlaid(with: Preset(overrides: job.settingsHandedIn))
  }

  /// With the text that `run` found beside the picture, and with the file that lies in the face.
  private func overlaid(_ named: Preset, withFileOf job: Job) throws -> Preset {
    let beside = job.metadata["own_preset"]?.text
    let general =
      try beside.map { text in
        named.overlaid(with: try Preset.read(Array(text.utf8), named: job.sidecarName))
      } ?? named
    let face = store.face(of: job)
    guard try face.folder() != nil, let size = try face.identity(job.sidecarName)?.size else { return general }
    guard size <= SettingsFile.sizeLimit else {
      throw SettingsError(
        "\(job.sidecarName) has \(size) bytes; at most \(SettingsFile.sizeLimit) are read. Shorten it.")
    }
    guard let bytes = try face.read(job.sidecarName, limit: SettingsFile.sizeLimit) else { return general }
    return general.overlaid(with: try Preset.read(bytes, named: job.sidecarName))
  }
}

extension Job {
  /// The picture's own preset file: its full name and `.yaml`.
  var sidecarName: String { "\(sourceName.replacing("/", with: "_")).yaml" }
}
