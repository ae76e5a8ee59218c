import Blocking
import Engine
import FoundationEssentials
import Glibc
import ImageServices
import Model
import Planning
import Running
import Storage
import Transport

/// Everything wired together for one root: the only place that names concrete planners and services.
struct Studio: Sendable {
  let store: JobStore
  let workshop: Workshop
  let runner: Runner
  /// For intake, faces and requests, so that a long picture does not hold up a short answer.
  let pool: BlockingPool
  private let means: Means

  /// Opens the root for this process: locks it, mends it, and says what was mended.
  ///
  /// `works` is false for a process that takes pictures in and leaves the work to others.
  static func open(
    _ settings: Settings, presets: PresetFolder, display: Display, works: Bool = true
  ) throws -> Studio {
    let layout = GlobalOptions.layout(settings)
    let (store, repairs) = try JobStore.open(layout, database: Keyring().database())
    for sentence in repairs.sentences { display.note(sentence) }
    let studio = try Studio(settings, presets: presets, store: store, display: display)
    studio.takePart(works: works, hears: true)
    let actions = Actions(workshop: studio.workshop)
    for id in repairs.dismissed {
      if let sentence = try actions.dismiss(id) { display.note(sentence) }
    }
    for id in repairs.toResume { store.enqueue(id) }
    return studio
  }

  /// Takes part in the work on a root that another process takes pictures in for. `hears` is whether people look at it.
  static func join(
    _ settings: Settings, presets: PresetFolder, display: Display, database: String, hears: Bool
  ) throws -> Studio {
    let store = try JobStore.join(GlobalOptions.layout(settings), database: database)
    let studio = try Studio(settings, presets: presets, store: store, display: display)
    studio.takePart(works: true, hears: hears)
    return studio
  }

  /// Throws where the settings name a provider that cannot be had.
  init(_ settings: Settings, presets: PresetFolder, store: JobStore, display: Display) throws {
    self.store = store
    pool = BlockingPool(label: "scenehf.disk", width: 12)
    means = Means(
      settings: settings, keyring: Keyring(), mayLack: store.isShared, http: try HTTPClient(),
      pool: BlockingPool(label: "scenehf.coding", width: Self.cores),
      engine: Engine(files: .found(environment: ProcessInfo.processInfo.environment)),
      enginePool: BlockingPool(label: "scenehf.engine", width: Self.cores))
    let provisions = try Self.provisions(means)
    let book = JobBook(store: store)
    book.listen { display.show($0) }
    workshop = Workshop(
      book: book, settings: settings, planner: LocalPlanner(engine: means.engine, pool: means.enginePool),
      planningModels: provisions.planningModels, knownPlanners: provisions.knownPlanners,
      services: provisions.services, elsewhere: provisions.elsewhere, pool: pool,
      presets: presets, decoder: DecodeCommand.decoder(settings), notice: { display.note($0) })
    runner = Runner(workshop: workshop)
  }

  /// The settings that hold at the moment.
  var settings: Settings { workshop.settings }

  /// Lets everything that begins from now on go by new settings, and by the keys as they are now. Throws where they
  /// name a provider that cannot be had; then nothing changes.
  func reload(_ settings: Settings) throws {
    var means = means
    means.settings = settings
    means.keyring = Keyring()
    workshop.adopt(try Self.provisions(means))
  }

  /// Throws where settings for some pictures alone name a provider that cannot be had.
  func check(_ own: [SettingKey: String]) throws {
    var means = means
    means.settings = try settings.with(own)
    _ = try Self.provisions(means)
  }

  private static func provisions(_ means: Means) throws -> Provisions {
    let planners = try Planners.available(means)
    let services = try ImageServiceList.available(means)
    let named = Set(ImageServiceList.named(by: means.settings).flatMap(\.names))
    return Provisions(
      settings: means.settings, planningModels: try Planners.chosen(among: planners, means), knownPlanners: planners,
      services: services, elsewhere: named.subtracting(services.map(\.name)))
  }

  private static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
