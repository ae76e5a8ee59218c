import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// A root with one finished job, and damage planted in it.
private struct Damaged {
  let root: Root
  let job: Job
  let layer: Asset

  var body: FilePath { root.layout.body(of: job.id) }
  var source: FilePath { body.appending(FilePath(job.source?.path ?? "").components) }
  var picture: FilePath { body.appending(FilePath(layer.path).components) }
  func face(_ folder: Layout.Folder = .done) -> FilePath { root.layout.folder(folder).appending(job.face) }

  /// Looks without mending.
  func look() throws -> [Damage] { try RootCheck(JobStore(reading: root.layout)).run().findings }
  func repair() throws -> [Damage] { try RootRepair.run(root.layout).findings }
}

/// Runs `body` with a root on which a job was finished and the service has stopped.
private func withFinishedJob(_ body: (Damaged) throws -> Void) throws {
  try withRoot { root in try body(try finishJob(in: root)) }
}

/// The store lives no longer than this, as the service that has stopped.
private func finishJob(in root: Root) throws -> Damaged {
  let store = try root.open()
  var job = root.job("street.png")
  job.assets[job.sourceImage]?.sha256 = Digest.of(Array("dropped".utf8))
  try store.take(try root.drop("street.png", "dropped"), as: job)
  try store.furnish(job.id)
  let bytes = Array("layer".utf8)
  let layer = Asset(
    id: "0a1b2c3d", kind: .layer, path: "assets/derived/0a1b2c3d.png", width: 2, height: 2, sha256: Digest.of(bytes))
  try store.write(bytes, as: layer, of: job.id)
  let planned = PlanStep(id: "s1", name: "Car", type: .extract, target: "", prompt: "p", validate: .layer)
  job.steps = [Step(planned, index: 1)]
  job.steps[0].status = .success
  job.steps[0].outputAssetID = layer.id
  job.assets[layer.id] = layer
  try store.append(events: [JobEvent(event: .jobUpdated, jobID: job.id, message: "done")], to: job.id)
  try store.appendHistory(
    HistoryRecord(
      runID: "0123456789", jobID: job.id, step: job.steps[0], attempt: 1, provider: "local", model: "m", prompt: "p"))
  let face = store.face(of: job)
  try face.create(in: .working)
  try face.write("source.png", Array("dropped".utf8))
  try face.write("01-car.png", bytes)
  try face.move(to: .done)
  job.status = .done
  return Damaged(root: root, job: try store.save(job), layer: layer)
}

@Suite struct RepairTests {
  @Test func `a root that is whole has no findings`() throws {
    try withFinishedJob { damaged in
      let report = try RootCheck(JobStore(reading: damaged.root.layout)).run()
      #expect(report.findings == [])
      #expect(report.jobs == 1 && report.files == 2)
      #expect(try damaged.repair() == [])
    }
  }

  /// How a root can be damaged so that it can be made whole again.
  enum Mendable: String, CaseIterable {
    case lostSource, changedSource, lostLayer, changedLayer, emptyLayer
    case halfFileInBody, halfFileInFace, halfRequest
    case unnamedWork, falseRest, tornEvents, facesInTwoPlaces, strayReview, stagedRest

    var kind: Damage.Kind {
      switch self {
      case .lostSource, .lostLayer: .missingAsset
      case .changedSource, .changedLayer, .emptyLayer: .changedAsset
      case .halfFileInBody, .halfFileInFace, .halfRequest: .halfFile
      case .unnamedWork: .unnamedFile
      case .falseRest: .falseRest
      case .tornEvents: .tornEvents
      case .facesInTwoPlaces: .doubleFace
      case .strayReview: .strayFace
      case .stagedRest: .unfinished
      }
    }
  }

  private func plant(_ damage: Mendable, in damaged: Damaged) throws {
    switch damage {
    case .lostSource: remove(damaged.source)
    case .changedSource: try write("dropped?", to: damaged.source)
    case .lostLayer: remove(damaged.picture)
    case .changedLayer: try write("lay\u{0}r", to: damaged.picture)
    case .emptyLayer: try write("", to: damaged.picture)
    case .halfFileInBody: try write("ha", to: damaged.body.appending("assets/derived/.x.png.1.ab.part"))
    case .halfFileInFace: try write("ha", to: damaged.face().appending(".x.png.1.ab.part"))
    case .halfRequest: try write("{", to: damaged.root.layout.requests.appending(".x.json.1.ab.part"))
    case .unnamedWork: try write("picture", to: damaged.body.appending("assets/derived/ffffffff.png"))
    case .falseRest:
      var job = damaged.job
      job.status = .planned
      _ = try JobStore(reading: damaged.root.layout).save(job)
      try write("", to: JobStore(reading: damaged.root.layout).restMark(of: job.id))
    case .tornEvents: try append("{\"id\":2,\"ev", to: damaged.body.appending("events.ndjson"))
    case .facesInTwoPlaces:
      try makeFolder(damaged.face(.review))
      try write("mine", to: damaged.face(.review).appending("01-car.mask.png"))
    case .strayReview: try makeFolder(damaged.root.layout.folder(.review).appending("old--deadbeef"))
    case .stagedRest: try makeFolder(damaged.root.layout.staging.appending("removed-1"))
    }
  }

  @Test(arguments: Mendable.allCases)
  func `damage is found, mended, and gone when it is looked for again`(_ damage: Mendable) throws {
    try withFinishedJob { damaged in
      try plant(damage, in: damaged)
      let before = try damaged.look()
      #expect(before.map(\.kind).contains(damage.kind))
      // Nothing was touched so far.
      #expect(try damaged.look() == before)
      let mended = try damaged.repair()
      #expect(mended.first { $0.kind == damage.kind }?.outcome == .repaired)
      #expect(mended.allSatisfy { $0.outcome != .open })
      #expect(try damaged.look().filter { $0.kind == damage.kind } == [])
      #expect(try read(damaged.source) == "dropped")
      #expect(try read(damaged.picture) == "layer")
      let (jobs, unreadable) = try JobStore(reading: damaged.root.layout).outlines()
      #expect(jobs.map(\.id) == [damaged.job.id] && unreadable.isEmpty)
    }
  }

  @Test func `what a person put into a face that is put aside is in rejected`() throws {
    try withFinishedJob { damaged in
      try plant(.facesInTwoPlaces, in: damaged)
      _ = try damaged.repair()
      let rejected = damaged.root.layout.folder(.rejected)
      let aside = rejected.appending(try #require(visibleNames(in: rejected).first))
      #expect(try read(aside.appending("01-car.mask.png")) == "mine")
      #expect(try read(aside.appending("reason.txt")) == "Its picture is shown in another folder as well.\n")
      #expect(exists(damaged.face()))
    }
  }

  @Test func `a job that cannot be read is put aside whole, and then its folder in review`() throws {
    try withFinishedJob { damaged in
      try write("{\"id\": ", to: damaged.body.appending("job.json"))
      try move(damaged.face(), to: damaged.face(.review))
      #expect(try damaged.look().map(\.kind) == [.unreadableJob])
      let mended = try damaged.repair()
      #expect(mended.map(\.kind) == [.unreadableJob, .strayFace])
      #expect(mended.allSatisfy { $0.outcome == .repaired })
      #expect(mended[0].sentence.contains("It lies in rejected/"))
      let rejected = damaged.root.layout.folder(.rejected)
      let files = tree(rejected).filter { $0.lastComponent?.stem == damaged.job.source?.id }
      #expect(try files.map(read) == ["dropped"])
      #expect(try JobStore(reading: damaged.root.layout).jobIDs() == [])
      #expect(try damaged.look() == [])
    }
  }

  @Test func `what cannot be mended is listed with what a person can do`() throws {
    try withFinishedJob { damaged in
      remove(damaged.source)
      remove(damaged.picture)
      remove(damaged.face().appending("source.png"))
      remove(damaged.face().appending("01-car.png"))
      let history = damaged.body.appending("history")
      let record = history.appending(try #require(names(in: history).first))
      try write("{", to: record)
      try write("paid", to: damaged.body.appending("assets/generations/eeeeeeee.png"))
      let found = try damaged.repair()
      #expect(found.count { $0.outcome == .open } == 3)
      let sentences = found.map(\.sentence).joined(separator: "\n")
      #expect(sentences.contains("It is the dropped picture of street.png: drop it again"))
      #expect(sentences.contains("\"scenehf retry \(damaged.job.id.prefix(8)) 1\" makes it again"))
      #expect(sentences.contains("what it told is lost"))
      #expect(found.contains { $0.kind == .unnamedFile && $0.outcome == .note })
      #expect(exists(damaged.body.appending("assets/generations/eeeeeeee.png")))
    }
  }

  @Test func `a file among the jobs that is none stays, and nobody says that it was mended`() throws {
    try withFinishedJob { damaged in
      let stray = damaged.body.removingLastComponent().appending("notes.txt")
      try write("mine", to: stray)
      let found = try damaged.repair()
      #expect(found.map(\.kind) == [.unnamedFile] && found.map(\.outcome) == [.note])
      #expect(try read(stray) == "mine")
    }
  }

  @Test func `a finished folder whose job is gone stays where it is`() throws {
    try withFinishedJob { damaged in
      remove(damaged.body)
      let found = try damaged.repair()
      #expect(found.map(\.kind) == [.strayFace] && found.map(\.outcome) == [.note])
      #expect(try read(damaged.face().appending("01-car.png")) == "layer")
    }
  }

  @Test func `repair refuses beside a running service, and where there is no root`() throws {
    try withFinishedJob { damaged in
      let store = try damaged.root.open()
      try write("ha", to: damaged.body.appending(".x.1.ab.part"))
      #expect(throws: StorageError.self) { try damaged.repair() }
      // The service may be writing it.
      #expect(try damaged.look() == [])
      #expect(exists(damaged.body.appending(".x.1.ab.part")))
      withExtendedLifetime(store) {}
      let nowhere = Layout(root: damaged.root.layout.root.appending("nowhere").string)
      #expect(throws: StorageError.waitingForDisk(nowhere.marker)) { try RootRepair.run(nowhere) }
      #expect(!exists(nowhere.root))
    }
  }
}
