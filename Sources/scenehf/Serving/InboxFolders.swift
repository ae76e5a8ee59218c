import FoundationEssentials
import Model
import Running
import Storage
import SystemPackage

/// The inbox's sub-folders of presets, each with a README.txt that tells what it does.
enum InboxFolders {
  /// The name that is no drop, anywhere in the inbox.
  static let readme = "README.txt"

  /// Makes what is missing. Sentences about presets that cannot be read come back. Blocks.
  static func make(_ presets: PresetFolder, in inbox: FilePath) -> [String] {
    var complaints: [String] = []
    for name in presets.names {
      let folder = inbox.appending(name)
      do {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        let preset: Preset
        do {
          preset = try presets.preset(named: name)
        } catch {
          complaints.append("\(error)")
          continue
        }
        let path = folder.appending(readme)
        let text = Array(text(name, preset).utf8)
        if FileManager.default.contents(atPath: path.string).map({ Array($0) }) != text {
          try DurableWrite.write(text, to: path)
        }
      } catch {
        complaints.append("inbox/\(name) could not be made: \(error)")
      }
    }
    return complaints
  }

  private static func text(_ name: String, _ preset: Preset) -> String {
    var lines = [
      "Pictures dropped here are worked on with the preset \"\(name)\" (presets/\(name).yaml).", "",
    ]
    let wishes = preset.wishes
    switch wishes.goal ?? .layers {
    case .layers: break
    case .cutout: lines.append("Of each the background is removed, and nothing else is made.")
    case .reframe: lines.append("Each is made in the aspect below, and nothing else.")
    }
    if wishes.reframes { lines.append("Each is also made in the aspect below.") }
    if let scene = wishes.sceneDescription { lines.append("Scene: \(scene)") }
    if let count = wishes.exactLayers { lines.append("Layers: \(count)") }
    if !wishes.layerNames.isEmpty { lines.append("Named: \(wishes.layerNames.joined(separator: ", "))") }
    if wishes.excludeCharacters { lines.append("Figures stay in the plate.") }
    for (key, value) in preset.overrides.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      lines.append("\(key.rawValue): \(value)")
    }
    lines += [
      "", "A single picture may bring its own wishes: put <its full name>.yaml beside it, for example street.jpg.yaml.",
      "It can say \(Preset.keys.joined(separator: ", ")).",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
