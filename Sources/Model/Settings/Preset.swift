import Yams

/// What a person wants for a folder of pictures, or for one: wishes for the plan, and settings of their own.
///
/// Read from `presets/<name>.yaml` of the configuration folder, or from `<full file name>.yaml` beside a picture.
package struct Preset: Sendable, Hashable {
  package var wishes = PlanWishes()
  /// Settings that replace the general ones for these pictures, as texts that were checked.
  package var overrides: [SettingKey: String] = [:]

  package init(overrides: [SettingKey: String] = [:]) {
    self.overrides = overrides
  }

  /// The settings that a preset may replace.
  private static let allowed: [SettingKey] = [
    .plannerProvider, .imageProvider, .imageModel, .extractProvider, .removeProvider, .backgroundProvider,
    .reframeProvider, .attempts, .colors, .whiteTolerance, .minNonwhite, .maxNonwhite, .cutoutMaxNonwhite,
    .plateMinNonwhite, .reframeAspect, .maxLayers, .maxCallsPerJob,
  ]

  /// Shorter words for some of them.
  private static let synonyms = [
    "planner": "planner_provider", "provider": "image_provider", "model": "image_model", "budget": "max_calls_per_job",
    "scene": "scene_description",
  ]

  private static let wishKeys = ["make", "reframe", "scene_description", "layer_count", "layers", "exclude_characters"]

  /// Every key there is, for the README of a preset's folder.
  package static var keys: [String] { wishKeys + allowed.map(\.rawValue) }

  /// Reads a preset file; `name` is how messages call it.
  package static func read(_ bytes: [UInt8], named name: String) throws(SettingsError) -> Preset {
    guard bytes.count <= SettingsFile.sizeLimit, let text = PersonText.decode(bytes) else {
      throw SettingsError("\(name) is no preset: it must be UTF-8 text of at most 256 KiB.")
    }
    var preset = Preset()
    guard let node = try compose(text, name: name) else { return preset }
    guard case .mapping(let mapping) = node else {
      throw SettingsError("\(name): lines of the form \"key: value\" are expected.")
    }
    for (keyNode, value) in mapping {
      let written = keyNode.string ?? ""
      let place = "\(name) line \(keyNode.mark?.line ?? 1)"
      try preset.take(synonyms[written] ?? written, value, place: place)
    }
    return preset
  }

  private static func compose(_ text: String, name: String) throws(SettingsError) -> Node? {
    do {
      let node = try Yams.compose(yaml: text)
      return node == .scalar(.init("")) ? nil : node
    } catch {
      throw SettingsError("\(name) is not valid YAML: \(error)")
    }
  }

  private mutating func take(_ key: String, _ value: Node, place: String) throws(SettingsError) {
    switch key {
    case "make":
      guard let goal = PlanGoal(rawValue: try Self.text(value, key, place).lowercased()) else {
        throw SettingsError(
          "\(place): \"make\" is one of \(PlanGoal.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      wishes.goal = goal
    case "reframe":
      try override(.reframeAspect, value, key, place)
      wishes.reframes = true
    case "scene_description": wishes.sceneDescription = try Self.text(value, key, place)
    case "layer_count":
      guard let count = Int(try Self.text(value, key, place)), (1...20).contains(count) else {
        throw SettingsError("\(place): \"layer_count\" is a whole number from 1 to 20.")
      }
      wishes.layerCount = count
    case "layers": wishes.layerNames = try Self.list(value, key, place)
    case "exclude_characters":
      let word = try Self.text(value, key, place).lowercased()
      guard ["yes", "no", "true", "false", "on", "off"].contains(word) else {
        throw SettingsError("\(place): \"exclude_characters\" is yes or no.")
      }
      wishes.excludeCharacters = ["yes", "true", "on"].contains(word)
    default:
      guard let setting = Self.allowed.first(where: { $0.rawValue == key }) else {
        throw Self.unknown(key, place: place)
      }
      try override(setting, value, key, place)
    }
  }

  private mutating func override(
    _ setting: SettingKey, _ value: Node, _ key: String, _ place: String
  ) throws(SettingsError) {
    overrides[setting] = try Self.text(value, key, place)
    do {
      _ = try Settings(SettingLayers(home: "/")).with(overrides)
    } catch {
      throw SettingsError("\(place): \(error)")
    }
  }

  private static func text(_ node: Node, _ key: String, _ place: String) throws(SettingsError) -> String {
    guard case .scalar(let scalar) = node else { throw SettingsError("\(place): \"\(key)\" takes one value.") }
    return scalar.string.trimmingWhitespace()
  }

  private static func list(_ node: Node, _ key: String, _ place: String) throws(SettingsError) -> [String] {
    switch node {
    case .sequence(let items): return items.compactMap { $0.string?.trimmingWhitespace() }.filter { !$0.isEmpty }
    case .scalar(let scalar):
      return scalar.string.split(separator: ",").map { String($0).trimmingWhitespace() }.filter { !$0.isEmpty }
    default: throw SettingsError("\(place): \"\(key)\" is a list of names, such as [Red car, Tree].")
    }
  }

  private static func unknown(_ key: String, place: String) -> SettingsError {
    let guess = Spelling.closest(to: key, among: keys).map { "Did you mean \"\($0)\"?" }
    return SettingsError(
      "\(place): \"\(key)\" is nothing a preset can set. \(guess ?? "It can set \(keys.joined(separator: ", ")).")")
  }

  /// This preset with everything that `own` says put over it.
  package func overlaid(with own: Preset) -> Preset {
    var result = self
    result.wishes.goal = own.wishes.goal ?? wishes.goal
    result.wishes.reframes = wishes.reframes || own.wishes.reframes
    result.wishes.sceneDescription = own.wishes.sceneDescription ?? wishes.sceneDescription
    result.wishes.layerCount = own.wishes.layerCount ?? wishes.layerCount
    if !own.wishes.layerNames.isEmpty { result.wishes.layerNames = own.wishes.layerNames }
    result.wishes.excludeCharacters = wishes.excludeCharacters || own.wishes.excludeCharacters
    result.overrides.merge(own.overrides) { _, own in own }
    return result
  }
}

extension Job {
  /// Notes what the job's preset says, as `planWishes` and `ownSettings` read it.
  package mutating func note(_ preset: Preset) {
    let wishes = preset.wishes
    var fields: [String: JSONValue] = [:]
    fields["scene_description"] = wishes.sceneDescription.map { .string($0) }
    fields["layer_count"] = wishes.layerCount.map { .integer($0) }
    if !wishes.layerNames.isEmpty { fields["layers"] = .array(wishes.layerNames.map { .string($0) }) }
    if wishes.excludeCharacters { fields["exclude_characters"] = true }
    fields["make"] = wishes.goal.map { .string($0.rawValue) }
    if wishes.reframes { fields["reframe"] = true }
    metadata["plan_wishes"] = fields.isEmpty ? nil : .object(fields)
    metadata["settings"] = Self.object(of: preset.overrides)
  }

  /// The settings that the job's preset replaces, as texts.
  package var ownSettings: [SettingKey: String] { Self.texts(of: metadata["settings"]) }

  /// Notes settings that hold for this job alone, whatever its presets say.
  package mutating func note(own settings: [SettingKey: String]) {
    metadata["settings_handed_in"] = Self.object(of: settings)
  }

  /// The settings that were handed in with the picture, as texts.
  package var settingsHandedIn: [SettingKey: String] { Self.texts(of: metadata["settings_handed_in"]) }

  private static func object(of settings: [SettingKey: String]) -> JSONValue? {
    let texts = settings.map { ($0.key.rawValue, JSONValue.string($0.value)) }
    return texts.isEmpty ? nil : .object(Dictionary(texts) { first, _ in first })
  }

  private static func texts(of object: JSONValue?) -> [SettingKey: String] {
    guard case .object(let fields)? = object else { return [:] }
    var texts: [SettingKey: String] = [:]
    for (name, value) in fields {
      if let key = SettingKey(rawValue: name), let text = value.text { texts[key] = text }
    }
    return texts
  }
}
