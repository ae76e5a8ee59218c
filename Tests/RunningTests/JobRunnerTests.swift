import FoundationEssentials
import ImageServices
import Imaging
import Model
import Planning
import Running
import Storage
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(10))) struct JobRunnerTests {
  static let redThenGreen = SpokenPlanner(
    steps: steps(
      (.extract, "Red", "Take the red."), (.remove, "No red", "Without red."), (.extract, "Green", "Take the green."),
      (.remove, "No green", "Without green.")))

  @Test func `steps run in order, each on the plate before it`() async throws {
    try await withBench(Self.redThenGreen) { bench in
      let source = scene(.red, .green)
      let job = try await bench.run(source)
      #expect(job.status == .done)
      #expect(job.steps.map(\.status) == Array(repeating: .success, count: 5))
      #expect(bench.service.requests.map(\.kind) == [.extract, .remove, .extract, .remove])
      let plate = source.painted(Paint.ground.rgb) { $0 == Paint.red.rgb }
      #expect(bench.service.requests.map { $0.picture.samples } == [source, source, plate, plate].map(\.samples))
      let last = try bench.picture(job.id, "90-plate.png")
      #expect(last.count(of: Paint.ground.rgb) == last.pixelCount)
      let history = try bench.store.history(of: job.id)
      #expect(history.count == 5)
      #expect(history.map(\.status) == Array(repeating: .success, count: 5))
    }
  }

  @Test func `a step that needs a person holds back only what stands on its picture`() async throws {
    let planner = SpokenPlanner(
      steps: steps(
        (.extract, "All", "Take everything."), (.extract, "Red", "Take the red."), (.remove, "No red", "nothing"),
        (.extract, "Green", "Take the green.")))
    try await withBench(planner) { bench in
      let job = try await bench.run(scene(.red, .green))
      #expect(job.steps.map(\.status) == [.success, .needsReview, .success, .failed, .queued])
      #expect(job.status == .paused)
      #expect(try bench.face(job.id).folder() == .review)
    }
  }

  @Test func `a picture that can no longer be read lies in review with the reason`() async throws {
    try await withBench(Self.redThenGreen) { bench in
      let id = try bench.drop(scene(.red, .green))
      let source = try #require(try bench.store.load(id).source)
      let path = bench.store.layout.body(of: id).appending(source.path)
      let whole = try bench.store.read(source, of: id)
      try DurableWrite.write(Array(whole.prefix(200)), to: path)
      #expect(try await bench.settle(id).status == .failed)
      #expect(try bench.face(id).folder() == .review)
      #expect(try bench.text(id, "status.txt").contains("ends before it is complete"))
    }
  }

  @Test func `a pause during a call keeps the answer and takes effect before the next`() async throws {
    try await withBench(Self.redThenGreen) { bench in
      let id = try bench.drop(scene(.red, .green))
      let actions = Actions(workshop: bench.workshop)
      bench.service.during { if $0 == 1 { try actions.pause(id) } }
      let paused = try await bench.settle(id)
      #expect(paused.status == .paused)
      #expect(paused.steps[1].status == .success)
      #expect(bench.service.requests.count == 1)
      #expect(try bench.text(id, "status.txt").contains("Paused by you"))
      try actions.resume(id)
      #expect(try await bench.settle(id).status == .done)
      #expect(bench.service.requests.count == 4)
    }
  }

  @Test func `a cancellation during a call ends the job and keeps what was made`() async throws {
    try await withBench(Self.redThenGreen) { bench in
      let id = try bench.drop(scene(.red, .green))
      let actions = Actions(workshop: bench.workshop)
      bench.service.during { if $0 == 2 { try actions.cancel(id) } }
      let job = try await bench.settle(id)
      #expect(job.status == .cancelled)
      #expect(job.steps.map(\.status) == [.success, .success, .cancelled, .cancelled, .cancelled])
      #expect(job.steps[2].outputsHistory.count == 1)
      #expect(bench.service.requests.count == 2)
      #expect(throws: RunningError.self) { try actions.pause(id) }
      try actions.resume(id)
      #expect(try await bench.settle(id).status == .done)
    }
  }

  @Test func `tries go over the wordings until one passes`() async throws {
    var planner = SpokenPlanner(steps: steps((.extract, "Red", "Take everything.")))
    planner.steps[0].promptVariations = ["Take nothing.", "Take the red.", "Take the green."]
    try await withBench(planner) { bench in
      let job = try await bench.run(scene(.red, .green))
      #expect(bench.service.prompts == ["Take everything.", "Take nothing.", "Take the red."])
      #expect(bench.service.requests.map(\.attempt) == [0, 1, 2])
      #expect(job.status == .done)
      #expect(job.steps[1].lastPromptUsed == "Take the red.")
      #expect(job.steps[1].outputsHistory.map(\.status) == [.needsReview, .failed, .success])
    }
  }

  @Test func `of tries that all fail the best is kept and all are listed`() async throws {
    var planner = SpokenPlanner(steps: steps((.extract, "Red", "Take nothing.")))
    planner.steps[0].promptVariations = ["Take everything.", "Again nothing.", "Take the red."]
    try await withBench(planner) { bench in
      let job = try await bench.run(scene(.red))
      #expect(bench.service.prompts.count == 3)
      let step = job.steps[1]
      #expect(step.status == .needsReview)
      #expect(step.outputAssetID == step.outputsHistory[1].assetID)
      #expect(step.outputsHistory.count == 3)
      #expect(step.reason?.contains("100") == true)
    }
  }

  @Test func `a temporary fault is waited out and is no try`() async throws {
    let planner = SpokenPlanner(steps: steps((.extract, "Red", "busy red")))
    try await withBench(planner, { $0.attempts = 1 }) { bench in
      let job = try await bench.run(scene(.red))
      #expect(job.status == .done)
      #expect(bench.service.requests.count == 2)
      #expect(job.steps[1].outputsHistory.count == 1)
    }
  }

  @Test func `a fault that only a person can mend is not tried again`() async throws {
    var planner = SpokenPlanner(steps: steps((.extract, "Red", "refuse")))
    planner.steps[0].promptVariations = ["Take the red."]
    try await withBench(planner) { bench in
      let job = try await bench.run(scene(.red))
      #expect(job.status == .failed)
      #expect(bench.service.requests.count == 1)
      #expect(try bench.text(job.id, "02-red.status.txt").contains("The paint has run out. Buy some."))
      #expect(try bench.store.history(of: job.id).last?.error == "The paint has run out. Buy some.")
    }
  }

  @Test func `an answer of another size is a finding and is never stretched`() async throws {
    let planner = SpokenPlanner(steps: steps((.extract, "Red", "small")))
    try await withBench(planner) { bench in
      let job = try await bench.run(scene(.red))
      #expect(job.steps[1].status == .failed)
      #expect(job.steps[1].reason?.contains("24 × 16") == true)
      #expect(try bench.picture(job.id, "02-red.png").size == Size(width: 24, height: 16))
    }
  }

  @Test func `a mask of the plan bounds the layer and the plate`() async throws {
    let source = scene(.red, .red)
    let left = Mask(width: 48, height: 32, thresholding: (0..<48 * 32).map { $0 % 48 < 14 ? 255 : 0 })
    var planner = SpokenPlanner(steps: steps((.extract, "Red", "Take the red."), (.remove, "No red", "Without red.")))
    planner.masks = ["Red": .init(left, intent: .extractHelper), "No red": .init(left, intent: .inpaintRemove)]
    try await withBench(planner) { bench in
      let job = try await bench.run(source)
      #expect(job.status == .done)
      #expect(try bench.picture(job.id, "02-red.png").count(of: Paint.red.rgb) == 96)
      #expect(try bench.picture(job.id, "90-plate.png").count(of: Paint.red.rgb) == 96)
    }
  }

  @Test func `many jobs run beside one another and each ends`() async throws {
    try await withBench(Self.redThenGreen, { $0.jobsAtOnce = 4 }) { bench in
      let ids = try (1...6).map { try bench.drop(scene(.red, .green), named: "\($0).png") }
      try await bench.runner.run(untilIdle: true)
      for id in ids { #expect(try bench.store.load(id).status == .done) }
    }
  }

  @Test func `what a crash left running runs again, and a lost face comes back`() async throws {
    try await withRoot { root in
      let id = try await Self.crashedJob(root)
      let (store, repairs) = try JobStore.open(Layout(root: root.string))
      #expect(repairs.toResume == [id])
      #expect(try store.load(id).steps[1].status == .queued)
      let bench = try Bench(store, Self.redThenGreen)
      for id in repairs.toResume { store.enqueue(id) }
      #expect(try await bench.settle(id).status == .done)
      #expect(try bench.names(id).contains("manifest.json"))
    }
  }

  /// A root as a kill in the middle of a step leaves it, its face gone.
  private static func crashedJob(_ root: FilePath) async throws -> String {
    let bench = try Bench(JobStore.open(Layout(root: root.string)).store, redThenGreen)
    let id = try bench.drop(scene(.red, .green))
    let book = bench.workshop.book
    bench.service.during { _ in try book.update(id) { $0.metadata["held"] = true } }
    try await bench.settle(id)
    try bench.workshop.book.update(id) { job in
      job.metadata["held"] = nil
      job.status = .running
      job.steps[1].status = .running
    }
    try FileManager.default.removeItem(atPath: bench.path(id, "status.txt").removingLastComponent().string)
    return id
  }
}
