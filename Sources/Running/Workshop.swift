package import Blocking
package import ImageServices
package import Imaging
package import Model
package import Planning
import Storage

/// What the settings decide: themselves, and the planners and services that they name.
package struct Provisions: Sendable {
  package var settings: Settings
  /// Those that plan, in the order they are asked.
  package var planningModels: [any PlanningModel]
  /// All that could plan, for presets that name others.
  package var knownPlanners: [any PlanningModel]
  /// Those that can be used, because they have an address and credentials, in the order that `auto` goes through.
  package var services: [any ImageService]
  /// Services that the settings name and only other machines have.
  package var elsewhere: Set<String>

  package init(
    settings: Settings, planningModels: [any PlanningModel], knownPlanners: [any PlanningModel],
    services: [any ImageService], elsewhere: Set<String> = []
  ) {
    self.elsewhere = elsewhere
    self.settings = settings
    self.planningModels = planningModels
    self.knownPlanners = knownPlanners
    self.services = services
  }
}

/// Everything that work on jobs needs, wired once by the executable.
package struct Workshop: Sendable {
  package let book: JobBook
  /// What holds for everything, shared by all copies; replaced by `adopt`.
  private let provisions: Locked<Provisions>
  /// What holds for one job as long as it is worked on; see `set(for:)`.
  private var own: Provisions?
  package let presets: PresetFolder
  /// The embedded planner: it plans where no model does.
  package let planner: any Planner
  let budget: DayBudget
  /// Pauses what cannot go on while the disk is full or away.
  package let disk: DiskGuard
  /// Lets drops come first.
  package let rush = Rush()
  /// For the files, in bytes, that are read whole while they are taken in; a larger one is taken in alone.
  let filesInHand = MemoryBudget(128_000_000)
  /// Reads every picture that comes from outside.
  package let decoder: PictureDecoder
  /// For codecs, measuring and durable writes: anything that blocks.
  package let pool: BlockingPool

  /// Told in a sentence what concerns no single job, or a job that cannot even be read.
  package let notice: @Sendable (String) -> Void

  package init(
    book: JobBook, settings: Settings, planner: any Planner, planningModels: [any PlanningModel] = [],
    knownPlanners: [any PlanningModel] = [], services: [any ImageService], elsewhere: Set<String> = [],
    pool: BlockingPool,
    presets: PresetFolder = PresetFolder(path: nil), decoder: PictureDecoder = PictureDecoder(),
    notice: @escaping @Sendable (String) -> Void
  ) {
    self.presets = presets
    self.notice = notice
    self.book = book
    self.planner = planner
    let provisions = Locked(
      Provisions(
        settings: settings, planningModels: planningModels, knownPlanners: knownPlanners, services: services,
        elsewhere: elsewhere))
    self.provisions = provisions
    self.decoder = decoder
    disk = DiskGuard(store: book.store, pool: pool, notice: notice)
    budget = DayBudget(store: book.store) { provisions.withLock { $0.settings.maxCallsPerDay } }
    self.pool = pool
  }

  var store: JobStore { book.store }

  var current: Provisions { own ?? provisions.withLock { $0 } }
  /// Those that hold for everything, or for the job that is worked on.
  package var settings: Settings { current.settings }
  /// All services that can be used, in the order that `auto` goes through.
  var preferred: [any ImageService] { current.services }
  /// The models that plan, in the order they are asked.
  package var planningModels: [any PlanningModel] { current.planningModels }

  /// Lets everything that begins from now on go by these; a job at work keeps what it began with.
  package func adopt(_ provisions: Provisions) { self.provisions.withLock { $0 = provisions } }

  /// The services that may do the step, in the order they are tried: the one a person named in the edit file, else
  /// those of the settings, `auto` being all that can do such a step.
  func services(for step: Step) throws(RunningError) -> [any ImageService] {
    let kind = step.runAs ?? step.type
    let (settings, all) = (settings, preferred)
    let named = step.imageConfig.provider.map { [$0] } ?? settings.services(for: kind)
    guard let named else {
      let able = all.filter { $0.offers(kind, hasMask: step.maskMode != .none) }
      guard !able.isEmpty else { throw .unknownService(ProviderSettings.automatic, known: all.map(\.name)) }
      return able
    }
    // The first was there when the job was taken.
    let chosen = try named.filter { named.count == 1 || !current.elsewhere.contains($0) }.map {
      (name) throws(RunningError) in
      guard let service = all.first(where: { $0.name == name }) else {
        throw .unknownService(name, known: all.map(\.name))
      }
      return service
    }
    // Of a list each does what it can; where none can, the first says so in its own words.
    let able = chosen.filter { $0.offers(kind, hasMask: step.maskMode != .none) }
    return able.isEmpty ? chosen : able
  }

  /// Runs what blocks (disk, codecs, measuring) off the cooperative pool.
  @discardableResult
  func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await pool.run(work)
  }

  /// A picture from outside: dropped, painted, or answered by a service. Blocks.
  func decode(_ bytes: [UInt8]) throws -> DecodedFile { try decoder.decode(bytes, limits: decodingLimits) }

  /// What may be decoded, from the settings.
  package var decodingLimits: DecodingLimits {
    DecodingLimits(maxPixels: settings.maxPixels, maxBytes: settings.maxFileBytes)
  }
}

extension Workshop {
  /// The same workshop with what holds for this job, whatever is adopted meanwhile. Throws where its preset names a
  /// planner that cannot be had.
  func set(for job: Job) throws(SettingsError) -> Workshop {
    var workshop = self
    var own = current
    let general = own.settings
    own.settings = try general.with(job.ownSettings)
    workshop.own = own
    guard own.settings.plannerProvider != general.plannerProvider, let names = own.settings.planners else {
      return workshop
    }
    workshop.own?.planningModels = try names.filter { $0 != planner.name }.map { (name) throws(SettingsError) in
      guard let model = own.knownPlanners.first(where: { $0.name == name }) else {
        let known = own.knownPlanners.map(\.name) + [planner.name]
        throw SettingsError(
          "The preset names the planner \"\(name)\", which is not set up. There are \(known.joined(separator: ", ")).")
      }
      return model
    }
    return workshop
  }

  /// The image services and the model each uses unless told otherwise, by name.
  package var serviceModels: [(name: String, model: String)] {
    current.services.map { ($0.name, $0.defaultModel) }.sorted { $0.name < $1.name }
  }
}
