import Model
import Planning
import Transport

/// The planning models in the order that `auto` asks them, one entry each. The embedded planner comes after them
/// in any case.
enum Planners {
  static let all: [Provider<any PlanningModel>] = [
    Provider(name: "gemini", needs: "GOOGLE_API_KEY") { means in
      guard let key = try means.keyring.secret(.google) else { return nil }
      let providers = means.settings.providers
      return GeminiModel(
        http: means.http, key: key, address: try means.address(providers.geminiBaseURL, .geminiBaseURL),
        models: providers.geminiPlannerModels, pool: means.pool)
    },
    Provider(name: "openai", needs: "OPENAI_API_KEY, or OPENAI_BASE_URL for a server without keys") { means in
      let providers = means.settings.providers
      let key = try means.keyring.secret(.openAI)
      guard key != nil || providers.hasOwnOpenAIServer else { return nil }
      return OpenAIModel(
        http: means.http, key: key, address: try means.address(providers.openAIBaseURL, .openAIBaseURL),
        models: providers.openAIPlannerModels, pool: means.pool)
    },
    Provider(name: "openai-compatible", needs: "OPENAI_BASE_URL") { means in
      let providers = means.settings.providers
      guard providers.hasOwnOpenAIServer else { return nil }
      return ChatModel(
        http: means.http, key: try means.keyring.secret(.openAI),
        address: try means.address(providers.openAIBaseURL, .openAIBaseURL), models: providers.openAIPlannerModels,
        pool: means.pool)
    },
  ]

  /// The models that can be had.
  static func available(_ means: Means) throws -> [any PlanningModel] { try all.compactMap { try $0.make(means) } }

  /// Those of `made` to ask, in order; none where the embedded planner is to plan.
  static func chosen(among made: [any PlanningModel], _ means: Means) throws -> [any PlanningModel] {
    guard let named = means.settings.planners else {
      // A server of one's own is asked in the form that all of them understand, and only once.
      let isOwn = means.settings.providers.hasOwnOpenAIServer && !means.keyring.has(.openAI)
      return made.filter { $0.name != (isOwn ? "openai" : "openai-compatible") }
    }
    let asked = named.filter { $0 != "local" }
    try asked.check(
      against: all, having: made.map(\.name), setting: SettingKey.plannerProvider.rawValue,
      mayLack: means.mayLack)
    return asked.compactMap { name in made.first { $0.name == name } }
  }
}

extension ProviderSettings {
  /// Whether the address of OpenAI was set to another server's.
  var hasOwnOpenAIServer: Bool { openAIBaseURL != SettingKey.openAIBaseURL.defaultText }
}
