/// Who plans and who makes pictures, where they are, which models they use, and what a call costs.
package struct ProviderSettings: Sendable, Hashable {
  /// The word that stands for "whatever has credentials, cloud first, the embedded engine last".
  package static let automatic = "auto"

  /// The image services in order for kinds of steps that have a list of their own.
  package var byStep: [StepType: [String]]
  /// In US dollars, by the provider's name; what is not named costs nothing that is known.
  package var costPerCall: [String: Double]

  /// Models in order: the first is asked, the next ones when a service says that one is gone.
  package var geminiPlannerModels: [String]
  package var geminiImageModels: [String]
  package var openAIPlannerModels: [String]
  package var openAIImageModels: [String]
  /// Nil where the project has no Imagen any more, as all new ones.
  package var vertexImagenModel: String?
  package var falBackgroundModel: String
  package var falEraserModel: String
  package var rembgModel: String

  /// Nil where the credentials say it.
  package var gcpProjectID: String?
  package var gcpRegion: String

  /// Addresses as they were set; whether they may be used is checked where they are.
  package var geminiBaseURL: String
  package var openAIBaseURL: String
  /// Nil follows the region.
  package var vertexBaseURL: String?
  package var falBaseURL: String
  /// Nil where there is no such server.
  package var rembgURL: String?
  package var iopaintURL: String?
}

extension ProviderSettings {
  init(_ layers: SettingLayers) throws(SettingsError) {
    byStep = [:]
    let own: [(StepType, SettingKey)] = [
      (.extract, .extractProvider), (.remove, .removeProvider), (.backgroundRemove, .backgroundProvider),
      (.reframe, .reframeProvider),
    ]
    for (type, key) in own {
      let names = layers.list(key)
      if !names.isEmpty { byStep[type] = names.map { $0.lowercased() } }
    }
    costPerCall = try layers.costs(.costPerCall)
    geminiPlannerModels = try layers.models(.geminiPlannerModel, .geminiPlannerFallbacks)
    geminiImageModels = try layers.models(.geminiImageModel, .geminiImageFallbacks)
    openAIPlannerModels = try layers.models(.openAIPlannerModel, .openAIPlannerFallbacks)
    openAIImageModels = try layers.models(.openAIImageModel, .openAIImageFallbacks)
    vertexImagenModel = layers.optionalText(.vertexImagenModel)
    falBackgroundModel = layers.text(.falBackgroundModel)
    falEraserModel = layers.text(.falEraserModel)
    rembgModel = layers.text(.rembgModel)
    gcpProjectID = layers.optionalText(.gcpProjectID)
    gcpRegion = layers.text(.gcpRegion)
    geminiBaseURL = layers.text(.geminiBaseURL)
    openAIBaseURL = layers.text(.openAIBaseURL)
    vertexBaseURL = layers.optionalText(.vertexBaseURL)
    falBaseURL = layers.text(.falBaseURL)
    rembgURL = layers.optionalText(.rembgURL)
    iopaintURL = layers.optionalText(.iopaintURL)
  }
}

extension SettingLayers {
  /// Nil for an empty value.
  func optionalText(_ key: SettingKey) -> String? {
    let value = text(key).trimmingWhitespace()
    return value.isEmpty ? nil : value
  }

  /// The items of a list, trimmed, empty ones left out.
  func list(_ key: SettingKey) -> [String] {
    text(key).split { $0 == "," || $0.isNewline }.map { String($0).trimmingWhitespace() }.filter { !$0.isEmpty }
  }

  /// A model and those to step down to, each once.
  fileprivate func models(_ first: SettingKey, _ others: SettingKey) throws(SettingsError) -> [String] {
    var models: [String] = []
    for model in list(first) + list(others) where !models.contains(model) { models.append(model) }
    guard !models.isEmpty else { throw complaint(first, "the name of a model") }
    return models
  }

  /// Dollars by provider, from `gemini=0.04`.
  fileprivate func costs(_ key: SettingKey) throws(SettingsError) -> [String: Double] {
    var costs: [String: Double] = [:]
    for item in list(key) {
      let parts = item.split { $0 == "=" || $0 == ":" }.map { String($0).trimmingWhitespace() }
      guard parts.count == 2, let cost = Double(parts[1]), (0...1000).contains(cost) else {
        throw complaint(key, "items such as gemini=0.04: a provider and the dollars of one call, 0 to 1000")
      }
      costs[parts[0].lowercased()] = cost
    }
    return costs
  }
}
