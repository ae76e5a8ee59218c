import ImageServices
import Model

/// The image services in the order that `auto` goes through, one entry each: cloud first, the embedded engine
/// last. Adding a service means its file in `ImageServices` and its entry here.
enum ImageServiceList {
  static let all: [Provider<any ImageService>] = [
    Provider(name: "local", needs: "nothing") { means in
      LocalService(engine: means.engine, pool: means.enginePool)
    }
  ]

  /// All services that can be had, in order. Throws where the settings name one that cannot.
  static func available(_ means: Means) throws -> [any ImageService] {
    let made = try all.compactMap { try $0.make(means) }
    let settings = means.settings
    let lists: [(SettingKey, [String]?)] = [
      (.imageProvider, settings.services(for: .analyze)), (.extractProvider, settings.providers.byStep[.extract]),
      (.removeProvider, settings.providers.byStep[.remove]),
      (.backgroundProvider, settings.providers.byStep[.backgroundRemove]),
      (.reframeProvider, settings.providers.byStep[.reframe]),
    ]
    for (key, names) in lists {
      let asked = (names ?? []).filter { $0 != ProviderSettings.automatic }
      try asked.check(against: all, having: made.map(\.name), setting: key.rawValue)
    }
    return made
  }
}
