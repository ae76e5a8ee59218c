/// One thing in a storage root that is not as it should be.
package struct Damage: Sendable, Hashable, Encodable {
  package enum Kind: String, Sendable, Encodable {
    /// What an interrupted write left.
    case halfFile = "half_file"
    /// A drop, a rejection or a removal that stopped on its way.
    case unfinished
    /// A job.json that is missing or makes no sense.
    case unreadableJob = "unreadable_job"
    /// A job of a newer SceneHF, which this one leaves alone.
    case newerJob = "newer_job"
    /// A file that job.json or the journal of calls names is not there.
    case missingAsset = "missing_asset"
    /// A file whose bytes are not those that were written.
    case changedAsset = "changed_asset"
    /// A file in a body that nothing names.
    case unnamedFile = "unnamed_file"
    /// A record of the history or of a paid call that makes no sense.
    case unreadableRecord = "unreadable_record"
    /// An event log with half a line at its end, or with lines missing.
    case tornEvents = "torn_events"
    /// A job that is marked as being at rest and is not.
    case falseRest = "false_rest"
    /// A step that says that it runs, and nobody runs it.
    case interrupted
    /// A job without its folder.
    case lostFace = "lost_face"
    /// A job with a folder in several places.
    case doubleFace = "double_face"
    /// A folder that belongs to no job.
    case strayFace = "stray_face"
  }

  /// What becomes of it.
  package enum Outcome: String, Sendable, Encodable {
    /// It was there and is not any more.
    case repaired
    /// A person must act.
    case open
    /// Nothing need be done, or the next start does it.
    case note
  }

  package var kind: Kind
  package var outcome: Outcome
  /// Nil where no job is known.
  package var job: String?
  /// Relative to the root.
  package var path: String
  /// What is wrong, and what to do where somebody must.
  package var sentence: String

  private enum CodingKeys: String, CodingKey {
    case kind, outcome, job, path
    case sentence = "message"
  }

  /// Whether both are about the same thing.
  func isSame(as other: Damage) -> Bool { kind == other.kind && path == other.path && job == other.job }
}
