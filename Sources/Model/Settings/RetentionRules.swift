/// What of finished jobs goes, and when; a rule that is nil lets everything stay. The source, masks and records of a job
/// are never touched.
package struct RetentionRules: Codable, Sendable, Hashable {
  /// The results of a job go so many days after it was finished.
  package var doneDays: Int?
  /// So many raw answers of each step stay: that of its result, then the newest.
  package var generations: Int?
  /// While the root takes more bytes than this, results go, those that were finished first before others.
  package var quota: Int?

  package init(doneDays: Int? = nil, generations: Int? = nil, quota: Int? = nil) {
    self.doneDays = doneDays
    self.generations = generations
    self.quota = quota
  }

  /// Whether everything stays.
  package var isEmpty: Bool { self == RetentionRules() }
}

extension Job {
  /// The day on which the job's results were removed; nil while it has them.
  package var prunedDay: String? { metadata["pruned"]?.text.map { String($0.prefix(10)) } }

  /// What goes with the results: every file of the body but the source and masks, which people may have painted.
  package var resultAssets: [Asset] {
    assets.values.filter { $0.id != sourceImage && $0.kind != .source && $0.kind != .mask }.sorted { $0.id < $1.id }
  }

  /// The raw answers that go where `count` of each step stay.
  package func answers(beyond count: Int) -> [Asset] {
    let answers = Dictionary(grouping: assets.values.filter { $0.kind == .generation }) { $0.stepID ?? "" }
    return answers.flatMap { stepID, answers in
      let chosen = steps.first { $0.id == stepID }?.lastRunID
      let order = answers.sorted { left, right in
        if (left.runID == chosen) != (right.runID == chosen) { return left.runID == chosen }
        return (left.createdAt, left.id) > (right.createdAt, right.id)
      }
      return order.dropFirst(count)
    }.sorted { $0.id < $1.id }
  }
}
