import Blocking
import FoundationEssentials
import ImageServices
import Imaging
import Model
import Planning
import Running
import Storage
import SystemPackage
import Transport

/// Image services and planning models that cost money, on a real root: each answers as it was told, in order.
struct Till {
  let root: FilePath
  var planner = SpokenPlanner(steps: steps((.extract, "Red", "Take the red."), (.remove, "No red", "Without red.")))
  var services: [PaidPaint] = [PaidPaint(name: "first")]
  var models: [PaidModel] = []
  var change: @Sendable (inout Settings) -> Void = { _ in }

  /// A process on the root: opens it, mends it, and works until nothing is left to do.
  @discardableResult
  func work(dropping picture: Picture? = nil) async throws -> Job {
    let (store, repairs) = try JobStore.open(Layout(root: root.string))
    let bench = try bench(store)
    if let picture { _ = try bench.drop(picture) }
    for id in repairs.toResume { store.enqueue(id) }
    try await bench.runner.run(untilIdle: true)
    return try job()
  }

  /// The one job of the root.
  func job() throws -> Job {
    let store = JobStore(reading: Layout(root: root.string))
    guard let job = try store.outlines().jobs.first else { throw Errno.noSuchFileOrDirectory }
    return try store.load(job.id)
  }

  func calls() throws -> [CallRecord] {
    try JobStore(reading: Layout(root: root.string)).calls(of: job().id)
  }

  func history() throws -> [HistoryRecord] {
    try JobStore(reading: Layout(root: root.string)).history(of: job().id)
  }

  func events() throws -> [String] {
    try JobStore(reading: Layout(root: root.string)).events(of: job().id).compactMap(\.message)
  }

  /// What the face says.
  func status() throws -> String {
    let store = JobStore(reading: Layout(root: root.string))
    return String(decoding: try store.face(of: job()).read("status.txt", limit: 1 << 16) ?? [], as: UTF8.self)
  }

  func bench(_ store: JobStore) throws -> Bench {
    try Bench(store, planner, services: services, models: models) { settings in
      settings.imageProvider = ProviderSettings.automatic
      change(&settings)
    }
  }
}

/// `PaintService` at a price.
final class PaidPaint: ImageService {
  let name: String
  let defaultModel = "paint-1"
  let isPaid = true
  private let paint = PaintService()
  private let faults: Locked<[ServiceFault]>
  private let given = Locked<[String]>([])

  /// The faults are thrown first, one a call.
  init(name: String, faults: [ServiceFault] = []) {
    self.name = name
    self.faults = Locked(faults)
  }

  /// How many calls reached it.
  var count: Int { paint.requests.count }

  /// The tickets from before that calls came with.
  var tickets: [String] { given.withLock { $0 } }

  func during(_ work: @escaping @Sendable (Int) async throws -> Void) { paint.during(work) }

  func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    if let ticket = request.ticket { given.withLock { $0.append(ticket) } }
    let answer = try await paint.perform(request)
    if let fault = faults.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw ServiceError(fault) }
    return ImageAnswer(file: answer.file, model: answer.model, requestID: "req-\(count)", cost: 0.25)
  }
}

/// A planning model that says what it was told, in order, then always the last again.
final class PaidModel: PlanningModel {
  let name: String
  let title: String
  let defaultModel = "planner-1"
  let isPaid = true
  private let answers: [Result<String, ServiceFault>]
  private let asked = Locked<[PlanningQuestion]>([])

  init(name: String, _ answers: Result<String, ServiceFault>...) {
    self.name = name
    title = name.capitalized
    self.answers = answers
  }

  var questions: [PlanningQuestion] { asked.withLock { $0 } }

  func answer(_ question: PlanningQuestion) async throws(ServiceFault) -> ModelAnswer {
    let number = asked.withLock { asked in
      asked.append(question)
      return asked.count
    }
    return ModelAnswer(text: try answers[min(number, answers.count) - 1].get(), model: "planner-1", requestID: "plan-1")
  }
}
