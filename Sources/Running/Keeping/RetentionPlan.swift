package import Model
package import Storage

/// What would go of the finished jobs of a root by certain rules. Reads only, so it can be asked beside a service.
package struct RetentionPlan: Sendable {
  /// What goes of one job.
  package struct Item: Sendable, Hashable {
    package enum What: String, Sendable {
      /// The face in `done/`, and all pictures of the body but the source and masks.
      case results
      /// Raw answers of services.
      case answers
    }

    package var jobID: String
    package var name: String
    package var what: What
    package var finished: Timestamp
    package var assets: [Asset]
    /// What is freed on the disk, in bytes; blocks that files share are counted for each of them.
    package var bytes: Int
  }

  /// A job that stays although the rules would let it go.
  package struct Kept: Sendable, Hashable {
    package var jobID: String
    package var name: String
    /// A sentence.
    package var why: String
  }

  package private(set) var items: [Item] = []
  package private(set) var kept: [Kept] = []

  package var bytes: Int { items.reduce(0) { $0 + $1.bytes } }

  /// Reads all jobs, one after the other: those of years do not fit into memory at once. One that cannot be read stays as
  /// it is. Blocks.
  package init(of store: JobStore, _ rules: RetentionRules, now: Timestamp = .now) throws(StorageError) {
    guard !rules.isEmpty else { return }
    let done = try store.outlines().jobs.filter { $0.status == .done }.sorted { $0.updatedAt < $1.updatedAt }
    var rest: [String] = []
    for job in done.lazy.compactMap({ try? store.load($0.id) }) where job.status == .done {
      if job.prunedDay != nil {
        // What a crash left of an earlier time.
        if !job.resultAssets.isEmpty { try addResults(of: job, store) }
      } else if let days = rules.doneDays, job.updatedAt.milliseconds < now.milliseconds - Int64(days) * Self.day {
        try addResults(of: job, store)
      } else {
        rest.append(job.id)
      }
    }
    if let quota = rules.quota { try addOldest(of: &rest, beyond: quota, store) }
    if let count = rules.generations {
      for job in rest.lazy.compactMap({ try? store.load($0) }) where job.status == .done {
        try add(.answers, of: job, job.answers(beyond: count), store)
      }
    }
  }

  /// Takes from the front of `rest` until the root fits into `quota` bytes.
  private mutating func addOldest(of rest: inout [String], beyond quota: Int, _ store: JobStore) throws(StorageError) {
    var excess = try store.space(below: store.layout.root) - bytes - quota
    var taken = 0
    while excess > 0, taken < rest.count {
      let before = bytes
      if let job = try? store.load(rest[taken]), job.status == .done { try addResults(of: job, store) }
      excess -= bytes - before
      taken += 1
    }
    rest.removeFirst(taken)
  }

  /// In milliseconds.
  private static let day: Int64 = 86_400_000

  private mutating func addResults(of job: Job, _ store: JobStore) throws(StorageError) {
    let face = store.face(of: job)
    if let file = try face.fileOfPerson(job) {
      kept.append(
        Kept(
          jobID: job.id, name: job.sourceName,
          why: "\(file) in done/\(face.name) is not as SceneHF made it. Move it elsewhere, and the folder can go."))
      return
    }
    try add(.results, of: job, job.resultAssets, store)
  }

  private mutating func add(
    _ what: Item.What, of job: Job, _ assets: [Asset], _ store: JobStore
  ) throws(StorageError) {
    guard what == .results || !assets.isEmpty else { return }
    var bytes = 0
    for asset in assets { bytes += try store.space(of: asset, of: job.id) }
    if what == .results, let path = try store.face(of: job).path() { bytes += try store.space(below: path) }
    items.append(
      Item(
        jobID: job.id, name: job.sourceName, what: what, finished: job.updatedAt, assets: assets, bytes: bytes))
  }
}

extension Face {
  /// A file that somebody put into the finished face or changed there; nil if everything is as it was made.
  ///
  /// `status.txt` is written last of all, so what changed after it was changed by a person; what was copied there with
  /// an older time has a name of its own.
  fileprivate func fileOfPerson(_ job: Job) throws(StorageError) -> String? {
    guard try folder() != nil else { return nil }
    let ours = Deliverables.wholeNames(of: job)
    let end = try modified(Deliverables.statusName) ?? 0
    for file in try names().sorted() where !file.hasPrefix(".") {
      let isOurs =
        ours.contains(file) || file.hasPrefix("source.") || job.steps.contains { file.hasPrefix($0.fileStem + ".") }
      let changed = try modified(file) ?? 0
      if !isOurs || changed > end { return file }
    }
    return nil
  }
}
