/// The effective settings of one run, every value checked.
package struct Settings: Sendable, Hashable {
  package var storageRoot: String
  /// `auto`, or planners in order with commas between them.
  package var plannerProvider: String
  /// `auto`, or image services in order with commas between them, for every kind of step without its own list.
  package var imageProvider: String
  /// The model of the image service that is asked first; nil for the service's own.
  package var imageModel: String?
  package var providers: ProviderSettings
  package var attempts: Int
  package var colors: Colors
  package var whiteTolerance: Int
  package var layerLimits: ValidationLimits
  package var cutoutLimits: ValidationLimits
  package var plateLimits: ValidationLimits
  /// Width divided by height.
  package var reframeAspect: Double
  package var maxLayers: Int
  package var maxPixels: Int
  package var maxFileBytes: Int
  package var jobsAtOnce: Int
  package var maxCallsPerJob: Int
  package var maxCallsPerDay: Int
  /// In seconds, as the two below.
  package var incompleteTimeout: Double
  package var quietTime: Double
  package var rescanInterval: Double
  package var ignore: [String]
  package var retention: RetentionRules
  /// Programs with their arguments, by `done`, `review`, `rejected` and `paused`.
  package var hooks: [String: [String]]
  /// In seconds.
  package var hookTimeout: Double

  /// Whose pixels a layer shows (DESIGN section 4).
  package enum Colors: String, Sendable, CaseIterable {
    case source
    case provider
  }

  /// The planners in order; nil stands for `auto`.
  package var planners: [String]? { Self.names(plannerProvider) }

  /// The image services for a kind of step in order; nil stands for `auto`.
  package func services(for type: StepType) -> [String]? {
    providers.byStep[type].map { $0 == [ProviderSettings.automatic] ? nil : $0 } ?? Self.names(imageProvider)
  }

  private static func names(_ list: String) -> [String]? {
    let names = list.split(separator: ",").map { String($0).trimmingWhitespace() }.filter { !$0.isEmpty }
    return names.isEmpty || names == [ProviderSettings.automatic] ? nil : names
  }

  /// The limits that a step of this type begins with.
  package func limits(for type: StepType) -> ValidationLimits {
    switch type {
    case .extract: layerLimits
    case .backgroundRemove: cutoutLimits
    case .remove: plateLimits
    case .analyze, .reframe, .upscale, .edit: .none
    }
  }
}

extension Settings {
  /// Checks every value of `layers`; the message of a bad one names the setting, its place and its range.
  package init(_ layers: SettingLayers) throws(SettingsError) {
    let home = layers.home
    storageRoot = layers.text(.storageRoot).expandingTilde(home: home)
    plannerProvider = layers.list(.plannerProvider).joined(separator: ", ").lowercased()
    imageProvider = layers.list(.imageProvider).joined(separator: ", ").lowercased()
    imageModel = layers.optionalText(.imageModel)
    providers = try ProviderSettings(layers)
    attempts = try layers.integer(.attempts, in: 1...6)
    colors = Colors(rawValue: try layers.choice(.colors, of: Colors.allCases.map(\.rawValue))) ?? .source
    whiteTolerance = try layers.integer(.whiteTolerance, in: 0...15)
    let minimum = try layers.number(.minNonwhite, in: 0...1)
    layerLimits = ValidationLimits(minNonwhite: minimum, maxNonwhite: try layers.number(.maxNonwhite, in: minimum...1))
    cutoutLimits = ValidationLimits(
      minNonwhite: minimum, maxNonwhite: try layers.number(.cutoutMaxNonwhite, in: minimum...1))
    plateLimits = ValidationLimits(minNonwhite: try layers.number(.plateMinNonwhite, in: 0...1), maxNonwhite: 1)
    reframeAspect = try layers.aspect(.reframeAspect)
    maxLayers = try layers.integer(.maxLayers, in: 1...20)
    maxPixels = try layers.integer(.maxMegapixels, in: 1...1000) * 1_000_000
    maxFileBytes = try layers.integer(.maxFileMB, in: 1...4000) * 1_000_000
    jobsAtOnce = try layers.integer(.jobsAtOnce, in: 1...64)
    maxCallsPerJob = try layers.integer(.maxCallsPerJob, in: 0...1_000_000)
    maxCallsPerDay = try layers.integer(.maxCallsPerDay, in: 0...1_000_000)
    incompleteTimeout = try layers.number(.incompleteTimeout, in: 0...86_400)
    quietTime = try layers.number(.quietTime, in: 0.1...3600)
    rescanInterval = try layers.number(.rescanInterval, in: 1...86_400)
    ignore = layers.text(.ignore).split(separator: "\n").map(String.init)
    retention = RetentionRules(
      doneDays: try layers.optionalInteger(.keepDoneDays, in: 0...36_500),
      generations: try layers.optionalInteger(.keepGenerations, in: 0...1000),
      quota: try layers.optionalText(.diskQuota) == nil
        ? nil : Int(layers.number(.diskQuota, in: 0.01...1_000_000) * 1_000_000_000))
    let programs = [
      "done": SettingKey.hookDone, "review": .hookReview, "rejected": .hookRejected, "paused": .hookPaused,
    ].mapValues { layers.text($0).split(separator: "\n").map(String.init) }
    hooks = programs.compactMapValues { words in
      guard let program = words.first else { return nil }
      return [program.expandingTilde(home: home)] + words.dropFirst()
    }
    hookTimeout = try layers.number(.hookTimeout, in: 1...3600)
  }
}

/// A setting that cannot be used.
package struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A sentence with the place and the remedy.
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}

extension String {
  fileprivate func expandingTilde(home: String) -> String {
    if self == "~" { return home }
    return hasPrefix("~/") ? home + dropFirst() : self
  }
}
