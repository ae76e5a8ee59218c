import Blocking
import Model

/// The jobs that were read or written last, each with the file that says so.
///
/// A job under work is asked for at each of its some thirty changes, and decoding job.json was a tenth of the
/// processor time of a small one. What is known counts only for the very file that it was read from or written to, so a
/// job.json that somebody else replaced is read again.
final class KnownJobs: Sendable {
  private let jobs = Locked<[String: (file: FileIdentity, job: Job)]>([:])
  /// Far more than are worked on at once; some 50 KB each.
  private static let most = 64

  /// Nil where nothing is known of this job, or job.json is another file now.
  func job(_ id: String, in file: FileIdentity) -> Job? {
    jobs.withLock { jobs in
      guard let known = jobs[id], known.file == file else { return nil }
      return known.job
    }
  }

  func remember(_ job: Job, in file: FileIdentity) {
    jobs.withLock { jobs in
      if jobs.count >= Self.most, jobs[job.id] == nil { jobs.removeAll() }
      jobs[job.id] = (file, job)
    }
  }
}
