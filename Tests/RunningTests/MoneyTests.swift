import FoundationEssentials
import ImageServices
import Model
import Running
import Storage
import SystemPackage
import Testing
import Transport

/// Paid calls: journalled before and after, never paid twice, never beyond a budget.
@Suite(.timeLimit(.minutes(20))) struct MoneyTests {
  @Test func `a call is in the journal before it is sent, and with its answer afterwards`() async throws {
    try await withRoot { root in
      let till = Till(root: root)
      till.services[0].during { _ in
        let latest = try #require(try till.calls().last)
        #expect(latest.state == .sent && latest.answer == nil && latest.provider == "first")
      }
      let job = try await till.work(dropping: scene(.red))
      #expect(job.status == .done)
      let calls = try till.calls()
      #expect(calls.map(\.state) == [.answered, .answered])
      #expect(calls.map(\.stepID) == ["s02", "s03"])
      #expect(calls.map(\.cost) == [0.25, 0.25])
      #expect(calls.map(\.requestID) == ["req-1", "req-2"])
      let spending = try JobStore(reading: Layout(root: root.string)).spending(on: Timestamp.now.day)
      #expect(spending.calls == 2 && spending.cost == 0.5)
      #expect(job.assets[try #require(calls[0].answer).id]?.kind == .generation)
    }
  }

  @Test func `an answered call whose answer was not used before a crash is not made again`() async throws {
    try await withRoot { root in
      let till = Till(root: root)
      _ = try await till.work(dropping: scene(.red))
      try forget("s02", in: till)
      let again = Till(root: root)
      let job = try await again.work()
      #expect(job.status == .done)
      // The first step came from the journal. The plate was made from the source, which is the same as before.
      #expect(again.services[0].count == 0)
      #expect(try again.calls().count == 2)
      #expect(try again.history().count { $0.stepID == "s02" && $0.requestID == "req-1" } == 2)
    }
  }

  @Test func `a call that a crash left unanswered is named in the history, then made again`() async throws {
    try await withRoot { root in
      let till = Till(root: root)
      let done = try await till.work(dropping: scene(.red))
      var lost = try #require(try till.calls().first)
      try forget("s02", in: till)
      lost.state = .sent
      lost.answer = nil
      try JobStore(reading: Layout(root: root.string)).write(lost)
      let again = Till(root: root)
      #expect(try await again.work().status == .done)
      #expect(again.services[0].count == 1)
      #expect(try again.calls().map(\.state).sorted { $0.rawValue < $1.rawValue } == [.answered, .answered, .lost])
      let named = try #require(try again.history().first { $0.runID == lost.id })
      #expect(named.status == .failed && named.stepName == done.steps[1].name)
      #expect(named.error?.contains("It may have been charged") == true)
    }
  }

  @Test func `a service that asks one call to slow down is left alone by those of all jobs`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      till.services = [PaidPaint(name: "first", faults: [ServiceFault(.rateLimited, "First", "slow", after: 50)])]
      let bench = try till.bench(try JobStore.open(Layout(root: root.string)).store)
      let id = try bench.drop(scene(.red))
      let running = Task { try await bench.runner.run(untilIdle: true) }
      var leave = CallLeave.granted
      while leave == .granted {
        try await Task.sleep(for: .milliseconds(5))
        leave = try bench.store.takeCall(to: "first", for: id, on: Timestamp.now.day, limit: 1_000_000)
      }
      guard case .heldBack(let seconds) = leave else { throw Errno.invalidArgument }
      #expect((1...50).contains(seconds))
      #expect(try bench.store.takeCall(to: "second", for: id, on: Timestamp.now.day, limit: 1_000_000) == .granted)
      running.cancel()
      _ = await running.result
    }
  }

  @Test func `a call waits, visibly, for what another one was asked to wait`() async throws {
    try await withRoot { root in
      let till = Till(root: root)
      let bench = try till.bench(try JobStore.open(Layout(root: root.string)).store)
      bench.store.holdBack("first", for: 600)
      _ = try bench.drop(scene(.red))
      let running = Task { try await bench.runner.run(untilIdle: true) }
      while try !till.events().contains(where: { $0.contains("first asks to slow down") }) {
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(till.services[0].count == 0)
      #expect(try till.calls().isEmpty)
      running.cancel()
      _ = await running.result
    }
  }

  @Test func `the same wording asked again by a person is a new call`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      till.planner = SpokenPlanner(steps: steps((.extract, "Red", "everything")))
      let first = try await till.work(dropping: scene(.red))
      #expect(first.steps[1].status == .needsReview)
      let store = try JobStore.open(Layout(root: root.string)).store
      let bench = try till.bench(store)
      try Actions(workshop: bench.workshop).retry(first.id, first.steps[1].id, Actions.Retry())
      store.enqueue(first.id)
      _ = try await bench.settle(first.id)
      #expect(till.services[0].count == 2)
      #expect(try till.calls().map(\.state) == [.answered, .answered])
    }
  }

  @Test func `a pause between two tries pays no wording twice`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      var wanted = steps((.extract, "Red", "everything"))
      wanted[0].promptVariations = ["everything again", "Take the red."]
      till.planner = SpokenPlanner(steps: wanted)
      let store = try JobStore.open(Layout(root: root.string)).store
      let bench = try till.bench(store)
      let id = try bench.drop(scene(.red))
      let actions = Actions(workshop: bench.workshop)
      till.services[0].during { if $0 == 2 { _ = try actions.pause(id) } }
      #expect(try await bench.settle(id).isHeld)
      #expect(till.services[0].count == 2)
      till.services[0].during { _ in }
      try actions.resume(id)
      let job = try await bench.settle(id)
      #expect(job.status == .done)
      #expect(till.services[0].count == 3)
      #expect(job.steps[1].outputsHistory.map(\.prompt) == ["everything", "everything again", "Take the red."])
    }
  }

  @Test func `a call that a service took before a crash is asked for, not made again`() async throws {
    try await withRoot { root in
      let till = Till(root: root)
      _ = try await till.work(dropping: scene(.red))
      var taken = try #require(try till.calls().first)
      try forget("s02", in: till)
      taken.state = .sent
      taken.answer = nil
      taken.ticket = "ticket-1"
      try JobStore(reading: Layout(root: root.string)).write(taken)
      let again = Till(root: root)
      #expect(try await again.work().status == .done)
      #expect(again.services[0].tickets == ["ticket-1"])
      #expect(try again.calls().map(\.state) == [.answered, .answered])
    }
  }

  @Test func `a job's used-up budget holds it with a sentence, and nothing is lost`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      till.change = { $0.maxCallsPerJob = 1 }
      let held = try await till.work(dropping: scene(.red))
      #expect(held.status == .paused)
      #expect(held.steps.map(\.status) == [.success, .success, .queued])
      #expect(held.reason?.hasPrefix("This job has made 1 calls, all that max_calls_per_job allows.") == true)
      #expect(held.heldDay == nil)
      #expect(try till.status().contains("max_calls_per_job"))
      #expect(try till.events().contains { $0.contains("max_calls_per_job") })
      #expect(try JobStore(reading: Layout(root: root.string)).face(of: held).folder() == .working)

      till.change = { $0.maxCallsPerJob = 5 }
      let store = try JobStore.open(Layout(root: root.string)).store
      let bench = try till.bench(store)
      try Actions(workshop: bench.workshop).resume(held.id)
      #expect(try await bench.settle(held.id).status == .done)
      #expect(till.services[0].count == 2)
    }
  }

  @Test func `tries end with the job's budget, and the best of them is kept`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      var wanted = steps((.extract, "Red", "everything"))
      wanted[0].promptVariations = ["everything again", "everything once more"]
      till.planner = SpokenPlanner(steps: wanted)
      till.change = { $0.maxCallsPerJob = 2 }
      let job = try await till.work(dropping: scene(.red))
      #expect(job.steps[1].status == .needsReview)
      #expect(job.steps[1].outputsHistory.count == 2)
      #expect(till.services[0].count == 2)
    }
  }

  @Test func `a day's used-up budget holds jobs until the next day`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      till.change = { $0.maxCallsPerDay = 1 }
      let held = try await till.work(dropping: scene(.red))
      #expect(held.status == .paused)
      #expect(held.reason?.contains("all that max_calls_per_day allows") == true)
      #expect(held.heldDay == Timestamp.now.day)
      #expect(till.services[0].count == 1)

      let store = try JobStore.open(Layout(root: root.string)).store
      let bench = try till.bench(store)
      let turn = DayTurn(workshop: bench.workshop)
      #expect(try turn.resume(on: Timestamp.now.day) == 0)
      #expect(try till.job().isHeld)
      #expect(try turn.resume(on: "2999-01-01") == 1)
      #expect(try till.job().isHeld == false)
    }
  }

  @Test func `what a service turns away is not counted`() async throws {
    try await withRoot { root in
      let fault = ServiceFault(.rateLimited, "First", "slow down", after: 0.01)
      var till = Till(root: root)
      till.services = [PaidPaint(name: "first", faults: [fault])]
      till.change = { $0.maxCallsPerJob = 2 }
      let job = try await till.work(dropping: scene(.red))
      #expect(job.status == .done)
      let states = try till.calls().map(\.state)
      #expect(states == [.turnedAway, .answered, .answered])
      let spending = try JobStore(reading: Layout(root: root.string)).spending(on: Timestamp.now.day)
      #expect(spending.calls == 2)
    }
  }

  @Test func `a wait is shown while it lasts, and gone afterwards`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      let fault = ServiceFault(.rateLimited, "Gemini", "slow down", after: 1.5)
      till.services = [PaidPaint(name: "first", faults: [fault])]
      let working = Task { [till] in try await till.work(dropping: scene(.red)) }
      while (try? till.status().contains("waiting 2 s: Gemini asks to slow down")) != true, !working.isCancelled {
        try await Task.sleep(for: .milliseconds(5))
        if (try? till.job().isSettled) == true { break }
      }
      #expect(try till.job().reason?.hasPrefix("waiting 2 s: Gemini asks to slow down; next try at ") == true)
      #expect(try await working.value.status == .done)
      #expect(try till.events().contains { $0.hasPrefix("waiting 2 s: Gemini asks to slow down") })
      #expect(try till.status().contains("waiting") == false)
    }
  }

  @Test(arguments: [
    ServiceFault(.auth, "First", "bad key"), ServiceFault(.quota, "First", "no credit"),
    ServiceFault(.rateLimited, "First", "slow down", after: 600),
  ])
  func `the next service takes over from one that is not to be had, and it is said`(fault: ServiceFault) async throws {
    try await withRoot { root in
      var till = Till(root: root)
      till.services = [PaidPaint(name: "first", faults: Array(repeating: fault, count: 9)), PaidPaint(name: "second")]
      let job = try await till.work(dropping: scene(.red))
      #expect(job.status == .done)
      #expect(job.steps[1].outputsHistory.last?.provider == "second")
      #expect(try till.events().contains { $0.contains("second takes over") })
      #expect(try till.history().first { $0.stepID == "s02" }?.error?.contains(fault.words) == true)
    }
  }

  @Test func `a refusal goes to a person with the service's own words, to no other service`() async throws {
    try await withRoot { root in
      var till = Till(root: root)
      let fault = ServiceFault(.refused, "First", "I do not draw this")
      till.services = [PaidPaint(name: "first", faults: [fault]), PaidPaint(name: "second")]
      let job = try await till.work(dropping: scene(.red))
      #expect(job.steps[1].status == .failed)
      #expect(job.steps[1].reason?.contains("I do not draw this") == true)
      #expect(job.steps[1].outputsHistory.isEmpty)
      #expect(try JobStore(reading: Layout(root: root.string)).face(of: job).folder() == .review)
    }
  }

  @Test func `a crash at any moment of a job pays no answer twice`() async throws {
    try await withRoot { root in
      let till = Till(root: root)
      let service = till.services[0]
      // The work is stopped in the middle of each call in turn; what was answered before must not be asked again.
      for round in 1...3 {
        service.during { number in
          if number == round { withUnsafeCurrentTask { $0?.cancel() } }
        }
        _ = try? await till.work(dropping: round == 1 ? scene(.red) : nil)
      }
      service.during { _ in }
      #expect(try await till.work().status == .done)
      let answered = try till.calls().filter { $0.state == .answered }
      #expect(Set(answered.map(\.key)).count == answered.count)
    }
  }

  /// Puts the job back to where a crash during the step would have left it: the answers lie in the journal, and
  /// job.json knows nothing of them.
  private func forget(_ stepID: String, in till: Till) throws {
    let store = try JobStore.open(Layout(root: till.root.string)).store
    var job = try till.job()
    job.status = .running
    for index in job.steps.indices where job.steps[index].id >= stepID {
      job.steps[index].status = job.steps[index].id == stepID ? .running : .queued
      job.steps[index].outputsHistory = []
      job.steps[index].outputAssetID = nil
    }
    let kept = Set([job.sourceImage] + job.steps.compactMap(\.outputAssetID))
    job.assets = job.assets.filter { kept.contains($0.key) }
    _ = try store.save(job)
  }
}
