package import Model
import Storage

/// Lets go what the rules of retention say, job by job: each is marked, durably, before anything of it is removed, so
/// that a crash between leaves no job that claims to have what is gone.
package struct Retention: Sendable {
  let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// Removes what goes by `rules`, or by the settings. The sentence that tells of it comes back; nil where nothing was to
  /// go. Blocks.
  @discardableResult
  package func carryOut(_ rules: RetentionRules? = nil, now: Timestamp = .now) throws -> String? {
    let plan = try RetentionPlan(of: workshop.store, rules ?? workshop.settings.retention, now: now)
    var (results, answers, bytes) = (0, 0, 0)
    for item in plan.items {
      guard try remove(item, now: now) else { continue }
      bytes += item.bytes
      if item.what == .results { results += 1 } else { answers += item.assets.count }
    }
    guard results + answers > 0 else { return nil }
    return
      "Made room, \(bytes.inWords): results of \(results) finished jobs, \(answers) raw answers. Sources, masks and "
      + "records stay."
  }

  /// False if the job has changed meanwhile.
  private func remove(_ item: RetentionPlan.Item, now: Timestamp) throws -> Bool {
    let (book, store) = (workshop.book, workshop.store)
    if item.what == .results {
      let job = try book.update(item.jobID, message: "Its results were removed, as the rules of retention say.") {
        job in
        guard job.status == .done, job.prunedDay == nil, job.updatedAt == item.finished else { return }
        job.metadata["pruned"] = .string(now.description)
      }
      guard job.prunedDay != nil else { return false }
    }
    let assets = Set(item.assets.map(\.id))
    let job = try book.update(item.jobID) { job in
      // Somebody may have brought it back, or run a step again, since.
      guard job.status == .done, item.what == .answers || job.prunedDay != nil else { return }
      if item.what == .results { try store.removeFace(of: job) }
      for asset in item.assets { try store.removeFile(of: asset, of: job.id) }
      for id in assets { job.assets[id] = nil }
    }
    return assets.isDisjoint(with: job.assets.keys)
  }
}

extension Int {
  /// `12.3 MB`, of bytes; `49 kB` of few.
  package var inWords: String {
    if self < 1_000_000 { return "\((self + 999) / 1000) kB" }
    let tenths = (self + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }
}
