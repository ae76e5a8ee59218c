import Model

/// What is thought of a job at whose work the service has died, so many times in a row.
///
/// A picture for which the memory is too small, for example, must not end the service again and again: then no other
/// would ever be done, and a call in flight would be lost, and perhaps charged, each time.
struct Blame {
  let workshop: Workshop
  let deaths: Int

  /// Whether the job is to blame shows best when nothing else is at work.
  static func worksAlone(after deaths: Int) -> Bool { deaths >= 2 }
  /// It died alone, twice: a person is asked.
  private var isGivenUp: Bool { deaths >= 4 }
  /// Even what a person is to look at cannot be made.
  private var isUntouchable: Bool { deaths >= 6 }

  /// Whether the job may be worked on. After too many deaths what it was at fails, with the reason in words; false if
  /// that leaves nothing to do.
  func allows(_ job: Job) async throws -> Bool {
    guard Self.worksAlone(after: deaths), !job.isHeld, job.status != .cancelled else { return true }
    guard isGivenUp else {
      workshop.notice("\(job.sourceName): \(sentence) Now nothing else is worked on beside it.")
      return true
    }
    let reason = "\(sentence) Give it more memory, or a smaller picture."
    let (book, isUntouchable) = (workshop.book, isUntouchable)
    return try await workshop.blocking {
      let job = try book.update(job.id, message: reason) { job in
        if !isUntouchable, let (step, _) = job.nextRunnable {
          job.fail(step.id, because: reason)
        } else if !isUntouchable, job.plan == nil {
          job.status = .failed
          job.metadata["reason"] = .string("\(reason) Then move this folder into the inbox.")
        } else {
          // Its results, or what a person is to look at, cannot be made.
          job.hold(because: "\(reason) \"scenehf resume \(job.id.prefix(8))\" tries again.")
          job.status = .paused
        }
      }
      return job.plan != nil && !job.isHeld
    }
  }

  private var sentence: String { "SceneHF has died \(deaths) times in a row while it worked on this picture." }
}
