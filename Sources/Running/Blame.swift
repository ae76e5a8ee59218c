import Model
import Storage

/// What is done with a job at whose work the service has died again and again, which a person must learn of, and which
/// must not go on all night.
struct Blame {
  let workshop: Workshop
  let assignment: Assignment

  private var jobID: String { assignment.claim.jobID }

  /// Whether the job may be worked on. After too many deaths what it was at fails, with the reason in words; false if
  /// that leaves nothing to do.
  func allows(_ job: Job) async throws -> Bool {
    guard assignment.worksAlone, !job.isHeld, job.status != .cancelled else { return true }
    guard assignment.isGivenUp else {
      workshop.notice("\(job.sourceName): \(deaths) Now nothing else is worked on beside it.")
      return true
    }
    let (book, jobID, sentence) = (workshop.book, jobID, "\(deaths) Give it more memory, or a smaller picture.")
    let isUntouchable = assignment.isUntouchable
    return try await workshop.blocking {
      let job = try book.update(jobID, message: sentence) { job in
        if !isUntouchable, let (step, _) = job.nextRunnable {
          job.fail(step.id, because: sentence)
        } else if !isUntouchable, job.plan == nil {
          job.status = .failed
          job.metadata["reason"] = .string("\(sentence) Then move this folder into the inbox.")
        } else {
          // Its results, or what a person is to look at, cannot be made.
          job.hold(because: "\(sentence) \"scenehf resume \(jobID.prefix(8))\" tries again.")
          job.status = .paused
        }
      }
      return job.plan != nil && !job.isHeld
    }
  }

  private var deaths: String { "SceneHF has died \(assignment.deaths) times in a row while it worked on this picture." }
}
