package import Blocking
package import ImageServices
package import Imaging
package import Model
package import Planning
import Storage

/// Everything that work on jobs needs, wired once by the executable.
package struct Workshop: Sendable {
  package let book: JobBook
  /// Those that hold for everything; for one job, see `set(for:)`.
  package internal(set) var settings: Settings
  package let presets: PresetFolder
  /// The embedded planner: it plans where no model does.
  package let planner: any Planner
  /// The models that plan, in the order they are asked.
  package internal(set) var planningModels: [any PlanningModel]
  /// All that could plan, for presets that name others.
  private let knownPlanners: [any PlanningModel]
  /// By name: those that can be used, because they have an address and credentials.
  package let services: [String: any ImageService]
  /// Their names in the order that `auto` goes through.
  private let preference: [String]
  let budget: DayBudget
  /// Pauses what cannot go on while the disk is full or away.
  package let disk: DiskGuard
  /// Reads every picture that comes from outside.
  package let decoder: PictureDecoder
  /// For codecs, measuring and durable writes: anything that blocks.
  package let pool: BlockingPool

  /// Told in a sentence what concerns no single job, or a job that cannot even be read.
  package let notice: @Sendable (String) -> Void

  package init(
    book: JobBook, settings: Settings, planner: any Planner, planningModels: [any PlanningModel] = [],
    knownPlanners: [any PlanningModel] = [], services: [any ImageService], pool: BlockingPool,
    presets: PresetFolder = PresetFolder(path: nil), decoder: PictureDecoder = PictureDecoder(),
    notice: @escaping @Sendable (String) -> Void
  ) {
    self.presets = presets
    self.notice = notice
    self.book = book
    self.settings = settings
    self.planner = planner
    self.planningModels = planningModels
    self.knownPlanners = knownPlanners
    self.decoder = decoder
    disk = DiskGuard(store: book.store, pool: pool, notice: notice)
    budget = DayBudget(store: book.store, limit: settings.maxCallsPerDay)
    preference = services.map(\.name)
    self.services = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.pool = pool
  }

  var store: JobStore { book.store }

  /// All services that can be used, in the order that `auto` goes through.
  var preferred: [any ImageService] { preference.compactMap { services[$0] } }

  /// The services that may do the step, in the order they are tried: the one a person named in the edit file, else
  /// those of the settings, `auto` being all that can do such a step.
  func services(for step: Step) throws(RunningError) -> [any ImageService] {
    let kind = step.runAs ?? step.type
    let named = step.imageConfig.provider.map { [$0] } ?? settings.services(for: kind)
    guard let named else {
      let able = preferred.filter { $0.offers(kind, hasMask: step.maskMode != .none) }
      guard !able.isEmpty else { throw .unknownService(ProviderSettings.automatic, known: preference) }
      return able
    }
    let chosen = try named.map { (name) throws(RunningError) in
      guard let service = services[name] else { throw .unknownService(name, known: preference) }
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
  /// The same workshop with the settings that hold for this job. Throws where its preset names a planner that cannot
  /// be had.
  func set(for job: Job) throws(SettingsError) -> Workshop {
    guard !job.ownSettings.isEmpty else { return self }
    var workshop = self
    workshop.settings = try settings.with(job.ownSettings)
    guard workshop.settings.plannerProvider != settings.plannerProvider, let names = workshop.settings.planners else {
      return workshop
    }
    workshop.planningModels = try names.filter { $0 != planner.name }.map { (name) throws(SettingsError) in
      guard let model = knownPlanners.first(where: { $0.name == name }) else {
        let known = knownPlanners.map(\.name) + [planner.name]
        throw SettingsError(
          "The preset names the planner \"\(name)\", which is not set up. There are \(known.joined(separator: ", ")).")
      }
      return model
    }
    return workshop
  }

  /// The image services and the model each uses unless told otherwise, by name.
  package var serviceModels: [(name: String, model: String)] {
    services.values.map { ($0.name, $0.defaultModel) }.sorted { $0.name < $1.name }
  }
}
