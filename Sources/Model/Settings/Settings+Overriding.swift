extension Settings {
  /// These settings with some replaced for a job of its own, each checked as in the configuration file.
  package func with(_ overrides: [SettingKey: String]) throws(SettingsError) -> Settings {
    var layers = SettingLayers(home: "/")
    for (key, text) in overrides { layers.set(key, to: text, from: "preset") }
    let parsed = try Settings(layers)
    var result = self
    for key in overrides.keys {
      switch key {
      case .plannerProvider: result.plannerProvider = parsed.plannerProvider
      case .imageProvider: result.imageProvider = parsed.imageProvider
      case .imageModel: result.imageModel = parsed.imageModel
      case .extractProvider: result.providers.byStep[.extract] = parsed.providers.byStep[.extract]
      case .removeProvider: result.providers.byStep[.remove] = parsed.providers.byStep[.remove]
      case .backgroundProvider: result.providers.byStep[.backgroundRemove] = parsed.providers.byStep[.backgroundRemove]
      case .reframeProvider: result.providers.byStep[.reframe] = parsed.providers.byStep[.reframe]
      case .attempts: result.attempts = parsed.attempts
      case .colors: result.colors = parsed.colors
      case .whiteTolerance: result.whiteTolerance = parsed.whiteTolerance
      case .minNonwhite:
        result.layerLimits.minNonwhite = parsed.layerLimits.minNonwhite
        result.cutoutLimits.minNonwhite = parsed.layerLimits.minNonwhite
      case .maxNonwhite: result.layerLimits.maxNonwhite = parsed.layerLimits.maxNonwhite
      case .cutoutMaxNonwhite: result.cutoutLimits.maxNonwhite = parsed.cutoutLimits.maxNonwhite
      case .plateMinNonwhite: result.plateLimits.minNonwhite = parsed.plateLimits.minNonwhite
      case .reframeAspect: result.reframeAspect = parsed.reframeAspect
      case .maxLayers: result.maxLayers = parsed.maxLayers
      case .maxCallsPerJob: result.maxCallsPerJob = parsed.maxCallsPerJob
      default: break
      }
    }
    return result
  }
}
