import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// Everything that the store does in the lives of a few drops, in the order in which the service asks for it,
/// and what it promised on the way.
final class Life {
  let root: Root
  /// The last state of each job that a call returned as saved.
  private(set) var saved: [String: Job] = [:]
  private(set) var records: [HistoryRecord] = []
  private(set) var assets: [(jobID: String, asset: Asset, bytes: [UInt8])] = []
  /// The last state of each paid call that a call returned as written.
  private(set) var calls: [String: CallRecord] = [:]
  /// Faces that a call returned as moved.
  private(set) var faces: [String: Layout.Folder] = [:]
  private(set) var isOver = false

  /// What lies in the inbox before: each content once.
  static let contents = ["broken", "copied", "dropped"]

  /// Puts the drops there.
  init(_ root: Root) throws {
    self.root = root
    for content in Self.contents { try write(content, to: root.inbox.appending("\(content).png")) }
    // A second name, which makes the store copy.
    try link(root.inbox.appending("copied.png"), to: root.layout.root.appending("copied.other"))
  }

  /// Lives until the end or the first error.
  func run(_ store: JobStore) throws {
    try takeAll(store)
    guard let dropped = try store.outlines().jobs.first(where: { $0.sourceName == "dropped.png" }) else { return }
    var job = try store.load(dropped.id)
    let step = PlanStep(id: "s1", name: "Car", type: .extract, target: "", prompt: "p", validate: .layer)
    job.plan = Plan(sceneSummary: "A street", steps: [step])
    job.steps = [Step(step, index: 1)]
    job.status = .planned
    job = try save(job, store)
    let face = store.face(of: job)
    job = try runStep(job, .needsReview, store)
    try face.write("01-car.png", Array("candidate".utf8))
    try face.write("01-car.yaml", Array("action: retry".utf8))
    try face.move(to: .review)
    faces[job.id] = .review
    job.status = .paused
    job = try save(job, store)
    job = try runStep(job, .success, store)
    if let asset = assets.last?.asset { try face.place(store.path(of: asset, of: job.id), as: "01-car.png") }
    try face.remove("01-car.yaml")
    try face.write("manifest.json", Array("{}".utf8))
    try face.move(to: .done)
    faces[job.id] = .done
    job.status = .done
    _ = try save(job, store)
    isOver = true
  }

  /// What the service does with everything in the inbox.
  func takeAll(_ store: JobStore) throws {
    for name in names(in: root.inbox).sorted(by: { $0.string < $1.string }) {
      let drop = try root.describe(root.inbox.appending(name))
      if try read(drop.path) == "broken" {
        try store.reject(drop.path, expecting: drop.identity, stem: "broken", reason: "It is broken.")
        continue
      }
      let job = root.job(name.string)
      try store.take(drop, as: job)
      saved[job.id] = job
      try store.face(of: job).create(in: .working)
      try store.face(of: job).write("status.txt", Array("new".utf8))
      try store.append(events: [JobEvent(event: .jobUpdated, jobID: job.id, message: "new")], to: job.id)
    }
  }

  private func runStep(_ job: Job, _ status: StepStatus, _ store: JobStore) throws -> Job {
    var job = job
    job.status = .running
    job.steps[0].status = .running
    job = try save(job, store)
    let raw = try call(for: job, status, store)
    job.assets[raw.id] = raw
    let asset = try make(.layer, "assets/derived/\(status.rawValue).png", of: job, store)
    let record = HistoryRecord(
      runID: Identifier.run(), jobID: job.id, step: job.steps[0], attempt: 1, provider: "local", model: "m",
      prompt: "p")
    try store.appendHistory(record)
    records.append(record)
    job.assets[asset.id] = asset
    job.steps[0].status = status
    job.steps[0].outputAssetID = asset.id
    return try save(job, store)
  }

  /// A paid call: in the journal before it is sent, its answer in the body before the journal says so.
  private func call(for job: Job, _ status: StepStatus, _ store: JobStore) throws -> Asset {
    var call = CallRecord(
      jobID: job.id, stepID: job.steps[0].id, provider: "gemini", model: "m", prompt: "p", key: status.rawValue)
    try store.write(call)
    calls[call.id] = call
    let raw = try make(.generation, "assets/generations/\(status.rawValue).png", of: job, store)
    call.state = .answered
    call.answer = raw
    try store.write(call)
    calls[call.id] = call
    return raw
  }

  private func make(_ kind: AssetKind, _ path: String, of job: Job, _ store: JobStore) throws -> Asset {
    let asset = Asset(id: Identifier.asset(), kind: kind, path: path, width: 2, height: 2)
    let bytes = Array("\(kind.rawValue) \(path)".utf8)
    try store.write(bytes, as: asset, of: job.id)
    assets.append((job.id, asset, bytes))
    return asset
  }

  private func save(_ job: Job, _ store: JobStore) throws -> Job {
    let job = try store.save(job)
    saved[job.id] = job
    try store.append(events: [JobEvent(event: .jobUpdated, jobID: job.id, message: "saved")], to: job.id)
    return job
  }

  /// Checks that a service which goes on after an error, as it does when the disk is well again, knows of every job that
  /// has something to do.
  func checkQueue(_ store: JobStore, _ place: String) throws {
    var known = Set(saved.keys)
    while let claim = try store.claimNext() { known.insert(claim.jobID) }
    // Before anybody asks: an error at one call need not mean that the disk is in trouble.
    let unknown = {
      let jobs = try store.outlines().jobs.map { try store.load($0.id) }
      return jobs.filter { !$0.isSettled && !known.contains($0.id) }.map(\.sourceName)
    }
    #expect(try unknown() == [], "\(place): nobody works on them")
    known.formUnion(try store.goOn().toResume)
    #expect(try unknown() == [], "\(place): nobody works on them")
  }

  /// Checks after a restart, or after an error that the service survived, that every promise was kept.
  func check(_ store: JobStore, _ place: String) throws {
    try takeAll(store)
    #expect(try root.everything() == Self.contents, "\(place): every content once")
    let (jobs, unreadable) = try store.outlines()
    #expect(unreadable.isEmpty, "\(place): \(unreadable)")
    #expect(jobs.count == 2, "\(place)")
    #expect(root.leftovers().isEmpty, "\(place): \(root.leftovers())")
    for (id, promised) in saved {
      let found = try store.load(id)
      #expect(found.updatedAt >= promised.updatedAt, "\(place): an older job.json")
      for asset in found.assets.values {
        #expect(exists(store.path(of: asset, of: id)), "\(place): job.json names a missing asset")
      }
      let numbers = try store.events(of: id).map(\.id)
      #expect(numbers == Array(1..<numbers.count + 1), "\(place): events \(numbers)")
    }
    for (jobID, asset, bytes) in assets { #expect(try store.read(asset, of: jobID) == bytes, "\(place)") }
    for record in records { #expect(try store.history(of: record.jobID).contains(record), "\(place): history") }
    for (id, promised) in calls {
      let found = try #require(try store.calls(of: promised.jobID).first { $0.id == id }, "\(place): a call is lost")
      #expect(found.state == .answered || promised.state == .sent, "\(place): an answered call would be paid again")
      if let answer = found.answer { #expect(exists(store.path(of: answer, of: found.jobID)), "\(place): no answer") }
    }
    for job in jobs {
      let places = Layout.Folder.allCases.filter { exists(root.layout.folder($0).appending(job.face)) }
      #expect(places.count <= 1, "\(place): faces in \(places)")
      if faces[job.id] != nil { #expect(places.count == 1, "\(place): the face is lost") }
    }
  }
}
