import ImageServices
import Model

/// The image services in the order that `auto` goes through, one entry each: cloud first (those that take a mask before
/// those that do not), then this machine's servers, the embedded engine last. Adding a service means its file in
/// `ImageServices` and its entry here.
enum ImageServiceList {
  static let all: [Provider<any ImageService>] = [
    Provider(name: "fal", needs: "FAL_KEY") { means in
      guard let key = try means.keyring.secret(.fal) else { return nil }
      let providers = means.settings.providers
      return FalService(
        client: means.http, key: key, base: try means.address(providers.falBaseURL, .falBaseURL),
        background: providers.falBackgroundModel, eraser: providers.falEraserModel, pool: means.pool)
    },
    Provider(name: "openai", needs: "OPENAI_API_KEY") { means in
      guard let key = try means.keyring.secret(.openAI) else { return nil }
      let providers = means.settings.providers
      return OpenAIImageService(
        client: means.http, key: key, base: try means.address(providers.openAIBaseURL, .openAIBaseURL),
        models: providers.openAIImageModels, pool: means.pool)
    },
    Provider(name: "gemini", needs: "GOOGLE_API_KEY") { means in
      guard let key = try means.keyring.secret(.google) else { return nil }
      let providers = means.settings.providers
      return GeminiService(
        client: means.http, key: key, base: try means.address(providers.geminiBaseURL, .geminiBaseURL),
        models: providers.geminiImageModels, pool: means.pool)
    },
    Provider(name: "vertex", needs: "GOOGLE_APPLICATION_CREDENTIALS and GCP_PROJECT_ID", make: vertex),
    Provider(name: "rembg", needs: "REMBG_URL") { means in
      guard let address = means.settings.providers.rembgURL else { return nil }
      return RembgService(
        client: means.http, base: try means.address(address, .rembgURL), model: means.settings.providers.rembgModel,
        pool: means.pool)
    },
    Provider(name: "iopaint", needs: "IOPAINT_URL") { means in
      guard let address = means.settings.providers.iopaintURL else { return nil }
      return IOPaintService(client: means.http, base: try means.address(address, .iopaintURL), pool: means.pool)
    },
    Provider(name: "local", needs: "nothing") { means in
      LocalService(engine: means.engine, pool: means.enginePool)
    },
  ]

  private static func vertex(_ means: Means) throws -> (any ImageService)? {
    let providers = means.settings.providers
    let base = try providers.vertexBaseURL.map { try means.address($0, .vertexBaseURL) }
    guard let credentials = try means.keyring.googleCredentials(),
      let project = means.keyring.vertexProject(providers, credentials, base: base)
    else { return nil }
    return VertexService(
      client: means.http, tokens: TokenSource(credentials, client: means.http), project: project,
      models: providers.geminiImageModels, imagen: providers.vertexImagenModel, pool: means.pool)
  }

  /// All services that can be had, in order. Throws where the settings name one that cannot.
  static func available(_ means: Means) throws -> [any ImageService] {
    let made = try all.compactMap { try $0.make(means) }
    for (key, names) in named(by: means.settings) {
      try names.check(against: all, having: made.map(\.name), setting: key.rawValue, mayLack: means.mayLack)
    }
    return made
  }

  /// What the settings name.
  static func named(by settings: Settings) -> [(key: SettingKey, names: [String])] {
    let lists: [(SettingKey, [String]?)] = [
      (.imageProvider, settings.services(for: .analyze)), (.extractProvider, settings.providers.byStep[.extract]),
      (.removeProvider, settings.providers.byStep[.remove]),
      (.backgroundProvider, settings.providers.byStep[.backgroundRemove]),
      (.reframeProvider, settings.providers.byStep[.reframe]),
    ]
    return lists.map { ($0, ($1 ?? []).filter { $0 != ProviderSettings.automatic }) }
  }
}
