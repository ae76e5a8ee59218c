import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct JobStoreTests {
  @Test func `a saved job is stamped and comes back as it was`() throws {
    try withRoot { root in
      let store = try root.open()
      var job = root.job()
      try store.take(try root.drop("a.png"), as: job)
      job.metadata["x"] = 1
      let saved = try store.save(job)
      #expect(saved.updatedAt >= job.updatedAt)
      #expect(try store.load(job.id) == saved)
    }
  }

  @Test func `asking what a job needs costs no more after the hundred thousandth time`() throws {
    try withRoot { root in
      let store = try root.open()
      let job = root.job("a.png")
      store.join(
        as: Participant(name: "test", works: true, offers: Needs()), needs: { _ in Needs(services: ["x"]) },
        QueueListener(wake: {}))
      for _ in 0..<100_000 { #expect(try store.keeps(job)) }
      #expect(store.waiting(job).needs == Needs(services: ["x"]))
    }
  }

  @Test(arguments: ["", ".", "..", "../x", "/etc", "none", "a/b", "\u{0}"])
  func `an id that is none leads to no job`(_ id: String) throws {
    try withRoot { root in
      let store = try root.open()
      #expect(throws: StorageError.noSuchJob(id)) { try store.load(id) }
    }
  }

  @Test func `a person finds a job by id, its beginning, the face or the picture's name`() throws {
    try withRoot { root in
      let store = try root.open()
      let job = root.job("street.jpg")
      try store.take(try root.drop("street.jpg"), as: job)
      for name in [
        job.id, String(job.id.prefix(8)), job.id.prefix(6).uppercased(), job.face, "review/\(job.face)/",
        "street.jpg", "street",
      ] {
        let found = try store.find(name)
        #expect(found.id == job.id, "\(name)")
      }
      #expect(throws: StorageError.noSuchJob("car")) { try store.find("car") }
      #expect(throws: StorageError.noSuchJob("")) { try store.find("") }
      try store.take(try root.drop("street.jpg", "2"), as: root.job("street.jpg"))
      #expect(throws: StorageError.self) { try store.find("street.jpg") }
    }
  }

  @Test func `history only grows, oldest first, and never loses a record`() throws {
    try withRoot { root in
      let store = try root.open()
      let job = root.job()
      try store.take(try root.drop("a.png"), as: job)
      let step = Step(
        PlanStep(id: "../x", name: "s", type: .extract, target: "", prompt: "", validate: .layer), index: 1)
      for (run, time) in [("b", 2), ("a", 1), ("c", 3)] {
        let record = HistoryRecord(
          runID: run, jobID: job.id, step: step, attempt: 1, startedAt: Timestamp(milliseconds: Int64(time)),
          provider: "local", model: "m", prompt: "p")
        try store.appendHistory(record)
        var other = record
        other.prompt = "changed"
        try store.appendHistory(other)
      }
      #expect(try store.history(of: job.id).map(\.runID) == ["a", "b", "c"])
      #expect(try store.history(of: job.id).allSatisfy { $0.prompt == "p" })
      #expect(names(in: root.layout.body(of: job.id).appending("history")).count == 3)
    }
  }

  @Test func `the body of another program works though it lacks folders`() throws {
    try withRoot { root in
      let store = try root.open()
      let job = root.job()
      try makeFolder(root.layout.body(of: job.id))
      _ = try store.save(job)
      #expect(try store.history(of: job.id).isEmpty)
      #expect(try store.events(of: job.id).isEmpty)
      let asset = Asset(id: "m", kind: .mask, path: "assets/masks/m.png", width: 1, height: 1)
      try store.write([1, 2], as: asset, of: job.id)
      #expect(try store.read(asset, of: job.id) == [1, 2])
    }
  }

  @Test(arguments: [
    ("assets/source/a.png", "assets/source/a.png"), ("/srv/web/jobs/x/assets/source/a.png", "assets/source/a.png"),
    ("../../../etc/passwd", "etc/passwd"), ("/etc/passwd", "etc/passwd"), ("..", ""), ("", ""),
    ("assets/../../x", "x"),
  ])
  func `an asset lies in its body whatever its path says`(_ path: String, _ place: String) throws {
    let store = JobStore(reading: Layout(root: "/root"))
    let asset = Asset(id: "a", kind: .source, path: path, width: 1, height: 1)
    let body = store.layout.body(of: "j")
    #expect(store.path(of: asset, of: "j") == (place.isEmpty ? body : body.appending(place)))
  }

  @Test func `saving an unsaved body fails, it does not make one`() throws {
    try withRoot { root in
      let store = try root.open()
      #expect(throws: StorageError.self) { try store.save(root.job()) }
      #expect(try store.jobIDs().isEmpty)
    }
  }
}

@Suite struct EventsTests {
  private func event(_ message: String, of job: Job) -> JobEvent {
    JobEvent(event: .log, jobID: job.id, message: message)
  }

  @Test func `events are numbered on, also by the next process`() throws {
    try withRoot { root in
      var store: JobStore? = try root.open()
      let job = root.job()
      try store?.take(try root.drop("a.png"), as: job)
      try store?.append(events: [event("a", of: job), event("b", of: job)], to: job.id)
      store = nil
      store = try root.open()
      try store?.append(events: [event("c", of: job)], to: job.id)
      let events = try #require(try store?.events(of: job.id))
      #expect(events.map(\.id) == [1, 2, 3])
      #expect(events.map(\.message) == ["a", "b", "c"])
      #expect(try store?.events(of: job.id, after: 2).map(\.id) == [3])
    }
  }

  @Test(arguments: ["{\"id\": 3, \"at", "{", "\u{0}\u{0}\u{0}"])
  func `a line torn by a crash is cut off before the next one`(_ torn: String) throws {
    try withRoot { root in
      var store: JobStore? = try root.open()
      let job = root.job()
      try store?.take(try root.drop("a.png"), as: job)
      try store?.append(events: [event("a", of: job), event("b", of: job)], to: job.id)
      store = nil
      try append(torn, to: root.layout.body(of: job.id).appending("events.ndjson"))
      store = try root.open()
      try store?.append(events: [event("c", of: job)], to: job.id)
      #expect(try store?.events(of: job.id).map(\.message) == ["a", "b", "c"])
      #expect(try store?.events(of: job.id).map(\.id) == [1, 2, 3])
    }
  }

  @Test func `a disk that fills up in the middle of a line leaves no half line`() throws {
    try withRoot { root in
      let store = try root.open()
      let job = root.job()
      try store.take(try root.drop("a.png"), as: job)
      try store.append(events: [event("a", of: job)], to: job.id)
      let writes = Counter()
      let disk = Interference(
        plan: { operation in if case .write = operation, writes.next() > 1 { .noSpace } else { nil } },
        shorten: { _, _ in 10 })
      SystemCalls.$interference.withValue(disk) {
        #expect(throws: StorageError.self) { try store.append(events: [event("b", of: job)], to: job.id) }
      }
      try store.append(events: [event("c", of: job)], to: job.id)
      #expect(try store.events(of: job.id).map(\.message) == ["a", "c"])
      #expect(try store.events(of: job.id).map(\.id) == [1, 2])
    }
  }
}

@Suite struct ClaimTests {
  @Test func `many jobs keep their order`() throws {
    try withRoot { root in
      let store = try root.open()
      let ids = (0..<5000).map { "\($0)" }
      for id in ids { store.enqueue(id) }
      var taken: [String] = []
      while let claim = try store.claimNext() {
        taken.append(claim.jobID)
        store.release(claim)
        if taken.count == 100 { store.enqueue("last") }
      }
      #expect(taken == ids + ["last"])
      #expect(store.openClaims == 0)
    }
  }
}
