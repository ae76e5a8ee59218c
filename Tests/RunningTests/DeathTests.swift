import Blocking
import FoundationEssentials
import Imaging
import Model
import Storage
import SystemPackage
import Testing

@testable import Running

/// Jobs at whose work the process has died, as who takes them up next finds them.
@Suite(.timeLimit(.minutes(10))) struct DeathTests {
  private static let red = SpokenPlanner(steps: steps((.extract, "Red", "Take the red.")))

  /// As a process does that dies at the job: it begins and does nothing more.
  private func die(_ times: Int, at id: String, in bench: Bench) {
    for _ in 0..<times { bench.store.beginWork(on: id, after: bench.store.deaths(at: id)) }
  }

  @Test func `deaths in a row are counted until work on the job ends or gets on`() async throws {
    try await withBench(Self.red) { bench in
      let store = bench.store
      let id = try bench.drop(scene(.red))
      #expect(store.deaths(at: id) == 0)
      die(3, at: id, in: bench)
      #expect(store.deaths(at: id) == 3)
      store.madeProgress(on: id)
      #expect(store.deaths(at: id) == 1)
      store.endWork(on: id)
      #expect(store.deaths(at: id) == 0)
      bench.service.during { _ in #expect(store.deaths(at: id) == 1, "it is at work") }
      #expect(try await bench.settle(id).status == .done)
      #expect(store.deaths(at: id) == 0)
    }
  }

  @Test func `after two deaths nothing else is at work beside the job`() async throws {
    try await withBench(Self.red, { $0.jobsAtOnce = 3 }) { bench in
      let atWork = Locked<(now: Set<String>, beside: Set<String>)>(([], []))
      let names = ["a.png", "suspect.png", "b.png", "c.png"]
      for (number, name) in names.enumerated() {
        let id = try bench.drop(scene(.red).scaledDown(to: 48 - number), named: name)
        if name == "suspect.png" { die(2, at: id, in: bench) }
      }
      bench.workshop.book.listen { news in
        atWork.withLock { atWork in
          let name = news.job.sourceName
          if news.job.isSettled { atWork.now.remove(name) } else { atWork.now.insert(name) }
          if atWork.now.contains("suspect.png") { atWork.beside.formUnion(atWork.now) }
        }
      }
      try await bench.runner.run(untilIdle: true)
      #expect(atWork.withLock { $0.beside } == ["suspect.png"])
      let jobs = try bench.store.restlessJobs()
      #expect(jobs.isEmpty, "\(jobs.map(\.status))")
    }
  }

  @Test(arguments: [4, 5])
  func `after four deaths the step is left to a person, and a retry begins anew`(deaths: Int) async throws {
    let planner = SpokenPlanner(steps: steps((.extract, "Red", "refuse"), (.extract, "Green", "Take the green.")))
    try await withBench(planner) { bench in
      let id = try await bench.run(scene(.red, .green)).id
      try retry("refuse", id, in: bench)
      die(deaths, at: id, in: bench)
      let given = try await bench.settle(id)
      #expect(given.steps[1].status == .failed && given.steps[2].status == .success)
      #expect(given.steps[1].reason?.contains("died \(deaths) times in a row") == true)
      #expect(try bench.face(id).folder() == .review)
      #expect(try bench.text(id, "status.txt").contains("more memory, or a smaller picture"))
      #expect(bench.service.requests.count == 2, "nothing was asked again")
      try retry("Take the red.", id, in: bench)
      #expect(try await bench.settle(id).status == .done)
    }
  }

  @Test func `a picture at whose planning the service died lies in review and can be given back`() async throws {
    try await withBench(Self.red) { bench in
      let id = try bench.drop(scene(.red))
      die(4, at: id, in: bench)
      #expect(try await bench.settle(id).status == .failed)
      #expect(try bench.text(id, "status.txt").contains("move this folder into the inbox"))
      #expect(try bench.face(id).folder() == .review)
      let face = bench.store.layout.folder(.review).appending(try bench.store.load(id).face)
      try FileManager.default.moveItem(
        atPath: face.string, toPath: bench.store.layout.inbox.appending(try bench.store.load(id).face).string)
      _ = try Actions(workshop: bench.workshop).runAgain(id)
      #expect(try await bench.settle(id).status == .done)
    }
  }

  @Test func `a job whose files for a person cannot be made is held, and nothing is drawn for it`() async throws {
    try await withBench(Self.red) { bench in
      let id = try bench.drop(scene(.red))
      die(6, at: id, in: bench)
      let held = try await bench.settle(id)
      #expect(held.status == .paused && held.isHeld)
      #expect(try bench.face(id).folder() == .working)
      #expect(try bench.text(id, "status.txt").contains("scenehf resume \(id.prefix(8))"))
      try Actions(workshop: bench.workshop).resume(id)
      #expect(try await bench.settle(id).status == .done)
    }
  }

  private func retry(_ prompt: String, _ id: String, in bench: Bench) throws {
    let step = try #require(try bench.store.load(id).steps.first { $0.type == .extract })
    var retry = Actions.Retry()
    retry.prompt = prompt
    try Actions(workshop: bench.workshop).retry(id, step.id, retry)
    bench.store.enqueue(id)
  }
}
