import Blocking
import Dispatch
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

private func makeFolders(_ paths: FilePath...) throws { for path in paths { try makeFolder(path) } }

/// A body as `take` stages it, with or without its source.
private func stage(_ job: Job, in root: Root, source: String?) throws -> FilePath {
  let staged = root.layout.staging.appending(job.id)
  try makeFolders(staged, staged.appending("assets"), staged.appending("assets/source"))
  try makeFolder(staged.appending("history"))
  try DurableWrite.write(try JobStore.encode(job), to: staged.appending("job.json"))
  if let source, let asset = job.source { try write(source, to: staged.appending(FilePath(asset.path).components)) }
  return staged
}

@Suite struct OpeningTests {
  @Test func `the first start makes all folders, also those above`() throws {
    try withRoot { root in
      let deep = Layout(root: root.layout.root.appending("a/b/c").string)
      let repairs = try JobStore.open(deep).repairs
      #expect(repairs == RepairReport())
      for folder in ["inbox", "working", "review", "done", "rejected", "jobs", ".scenehf"] {
        #expect(isFolder(deep.root.appending(folder)))
      }
    }
  }

  @Test func `a lock that outlives its killed holder, in a child that it was just starting, is waited for`() throws {
    try withRoot { root in
      _ = try root.open()
      let held = Locked<RootLock?>(try RootLock(root.layout))
      // No process has such a number (proc(5): at most 2^22).
      try write("process 2000000000\n", to: root.layout.lock)
      DispatchQueue.global().asyncAfter(deadline: .now() + 0.2) { held.withLock { $0 = nil } }
      #expect(throws: Never.self) { try root.open() }
    }
  }

  @Test func `a second instance is refused with a sentence, until the first is gone`() throws {
    try withRoot { root in
      var first: JobStore? = try root.open()
      #expect(root.layout.isBusy)
      #expect(throws: StorageError.anotherInstance(root: root.layout.root, holder: "process \(getpid())")) {
        try root.open()
      }
      #expect(try first?.jobIDs() == [])
      first = nil
      #expect(!root.layout.isBusy)
      _ = try root.open()
    }
  }

  @Test func `a second instance is refused in the same words where a share lets nobody read what is locked`() throws {
    try withRoot { root in
      let first = try root.open()
      let share = Interference(plan: { $0 == .read(root.layout.lock) ? .permissionDenied : nil })
      SystemCalls.$interference.withValue(share) {
        _ = #expect(throws: StorageError.anotherInstance(root: root.layout.root, holder: "")) {
          try RootLock(root.layout, patience: .zero)
        }
      }
      #expect(try first.jobIDs() == [])
    }
  }

  @Test(arguments: ["inbox", "working", "review", "done", "rejected", "jobs"])
  func `a folder that is missing later is a missing disk`(_ name: String) throws {
    try withRoot { root in
      _ = try root.open()
      let folder = root.layout.root.appending(name)
      remove(folder)
      #expect(throws: StorageError.waitingForDisk(folder)) { try root.open() }
      #expect(!exists(folder))
    }
  }

  @Test(arguments: ["staging", "requests", "answers"])
  func `what is missing of our own state is made again`(_ name: String) throws {
    try withRoot { root in
      _ = try root.open()
      remove(root.layout.hidden.appending(name))
      _ = try root.open()
      #expect(isFolder(root.layout.hidden.appending(name)))
    }
  }

  @Test func `a root of a newer program is refused, a single newer job is left as it is`() throws {
    try withRoot { root in
      let job = root.job()
      do {
        let store = try root.open()
        try store.take(try root.drop("a.png"), as: job)
      }
      let record = root.layout.body(of: job.id).appending("job.json")
      let newer = try read(record).replacing("\"format\" : 1", with: "\"format\" : 7")
      try write(newer, to: record)
      let sentence = StorageError.newerFormat("jobs/\(job.id)/job.json", NewerFormat(found: 7, known: 1)).description
      #expect(try JobStore.open(root.layout).repairs.sentences == [sentence])
      #expect(try read(record) == newer)
      try write("{\"format\": 2}", to: root.layout.marker)
      #expect(throws: StorageError.newerFormat(root.layout.root.string, NewerFormat(found: 2, known: 1))) {
        try root.open()
      }
    }
  }

  @Test func `a staged body with its source is finished, one without is swept`() throws {
    try withRoot { root in
      _ = try root.open()
      let (whole, empty, torn) = (root.job(), root.job(), root.job())
      _ = try stage(whole, in: root, source: "one")
      _ = try stage(empty, in: root, source: nil)
      let staged = try stage(torn, in: root, source: nil)
      try write("ha", to: staged.appending("assets/source/.x.png.1.ab.part"))
      let (store, repairs) = try JobStore.open(root.layout)
      #expect(try store.jobIDs() == [whole.id])
      #expect(repairs.toResume == [whole.id])
      #expect(repairs.sentences.count == 1)
      #expect(root.leftovers().isEmpty)
    }
  }

  @Test func `a copy whose original still lies in the inbox is swept, one whose original is gone is finished`() throws {
    for originalIsThere in [true, false] {
      try withRoot { root in
        let store = try root.open()
        let drop = try root.drop("a.png", "one")
        try link(drop.path, to: root.layout.root.appending("other"))
        // Stops right before, or right after, the original is removed.
        let disk = Interference(plan: { operation in
          if case .remove(let path) = operation, path == drop.path, originalIsThere { return .ioError }
          if case .remove(let path) = operation, path != drop.path { return .ioError }
          if case .removeFolder = operation { return .ioError }
          if case .rename(_, let target) = operation, target == drop.path { return .ioError }
          return nil
        })
        SystemCalls.$interference.withValue(disk) {
          #expect(throws: StorageError.self) { try store.take(drop, as: root.job()) }
        }
        #expect(exists(drop.path) == originalIsThere)
        #expect(!root.leftovers().isEmpty)
        _ = try store.finishArrivals()
        #expect(root.leftovers().isEmpty)
        #expect(try root.everything() == ["one"])
        #expect(try store.jobIDs().count == (originalIsThere ? 0 : 1))
      }
    }
  }

  @Test func `a staged rejection with its file is shown, one without is swept`() throws {
    try withRoot { root in
      _ = try root.open()
      for (name, file) in [("rejected-1", "a.png"), ("rejected-2", nil)] {
        let staged = root.layout.staging.appending(name)
        let face = staged.appending("a--\(name.suffix(1))")
        try makeFolders(staged, face)
        try write("Broken.\n", to: face.appending("reason.txt"))
        if let file { try write("one", to: face.appending(file)) }
      }
      _ = try root.open()
      #expect(visibleNames(in: root.layout.folder(.rejected)).map(\.string) == ["a--1"])
      #expect(try root.everything() == ["one"])
      #expect(root.leftovers().isEmpty)
    }
  }

  @Test func `an interrupted step is queued again and said`() throws {
    try withRoot { root in
      var store: JobStore? = try root.open()
      var job = root.job("street.jpg")
      try store?.take(try root.drop("street.jpg"), as: job)
      let planned = PlanStep(id: "s", name: "s", type: .extract, target: "", prompt: "", validate: .layer)
      job.plan = Plan(sceneSummary: "", steps: [planned])
      job.steps = [Step(planned, index: 1)]
      job.steps[0].status = .running
      job.status = .running
      _ = try store?.save(job)
      store = nil
      let (again, repairs) = try JobStore.open(root.layout)
      let mended = try again.load(job.id)
      #expect(mended.status == .planned)
      #expect(mended.steps[0].status == .queued)
      #expect(repairs.toResume == [job.id])
      #expect(repairs.sentences == ["street.jpg: a step was interrupted and runs again."])
    }
  }

  @Test func `half-written files are swept from bodies and faces, a person's are not`() throws {
    try withRoot { root in
      var store: JobStore? = try root.open()
      let job = root.job()
      try store?.take(try root.drop("a.png"), as: job)
      try store?.furnish(job.id)
      let face = try #require(store?.face(of: job))
      try face.create(in: .working)
      let body = root.layout.body(of: job.id)
      let faceFolder = root.layout.folder(.working).appending(face.name)
      let ours = [
        body, body.appending("history"), body.appending("assets/derived"), faceFolder, root.layout.hidden,
      ].map { $0.appending(".x.1.ab.part") }
      let theirs = faceFolder.appending("mine.part")
      for path in ours + [theirs] { try write("ha", to: path) }
      store = nil
      _ = try root.open()
      #expect(ours.allSatisfy { !exists($0) })
      #expect(exists(theirs))
    }
  }

  @Test func `a job that cannot be read is reported and left alone, the others go on`() throws {
    try withRoot { root in
      var store: JobStore? = try root.open()
      let (good, bad, other) = (root.job(), root.job(), root.job())
      for job in [good, bad, other] { try store?.take(try root.drop("a.png", job.id), as: job) }
      try write("}", to: root.layout.body(of: bad.id).appending("job.json"))
      try makeFolder(root.layout.jobs.appending("empty"))
      // A body that was copied by hand names another job.
      _ = try store?.save(other)
      remove(root.layout.body(of: other.id).appending("job.json"))
      try DurableWrite.write(
        try JobStore.encode(good), to: root.layout.body(of: other.id).appending("job.json"))
      store = nil
      let (again, repairs) = try JobStore.open(root.layout)
      #expect(repairs.sentences.count == 3)
      #expect(repairs.toResume == [good.id])
      #expect(try again.outlines().jobs == [JobOutline(good)])
      #expect(try again.outlines().unreadable.count == 3)
    }
  }

  @Test func `a finished job is not read at the next start, a job that went on is`() throws {
    try withRoot { root in
      var store: JobStore? = try root.open()
      var job = root.job()
      try store?.take(try root.drop("a.png"), as: job)
      let face = try #require(store?.face(of: job))
      try face.create(in: .working)
      try face.move(to: .done)
      job.status = .done
      job = try #require(try store?.save(job))
      store = nil
      // A look into it would fail and be told.
      let path = root.layout.body(of: job.id).appending("job.json")
      let whole = try read(path)
      try write("}", to: path)
      let repairs = try JobStore.open(root.layout).repairs
      #expect(repairs == RepairReport())
      remove(path)
      try write(whole, to: path)
      store = try root.open()
      job.status = .planned
      _ = try store?.save(job)
      store = nil
      let toResume = try JobStore.open(root.layout).repairs.toResume
      #expect(toResume == [job.id])
    }
  }

  @Test func `a face that a person deleted stays deleted, one that was lost before it was shown comes back`() throws {
    try withRoot { root in
      var store: JobStore? = try root.open()
      let jobs = [root.job(), root.job()]
      for (job, shown) in zip(jobs, [true, false]) {
        var job = job
        try store?.take(try root.drop("a.png", job.id), as: job)
        let face = try #require(store?.face(of: job))
        try face.create(in: .working)
        if shown { try face.move(to: .review) }
        job.status = .paused
        _ = try store?.save(job)
        remove(root.layout.folder(shown ? .review : .working).appending(face.name))
      }
      store = nil
      let toResume = try JobStore.open(root.layout).repairs.toResume
      #expect(toResume == [jobs[1].id])
    }
  }
}
