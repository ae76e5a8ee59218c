import Blocking

/// The right to work on one job, given to one runner at a time. It dies with the process.
package struct Claim: Sendable, Hashable {
  package let jobID: String
}

/// Which jobs wait for a runner, first come, first served.
final class ClaimQueue: Sendable {
  private struct State {
    var waiting: [String] = []
    var held: Set<String> = []
    /// Held jobs that got new work meanwhile: they wait again once released.
    var again: Set<String> = []
  }

  private let state = Locked(State())

  func enqueue(_ jobID: String) {
    state.withLock { state in
      if state.held.contains(jobID) {
        state.again.insert(jobID)
      } else if !state.waiting.contains(jobID) {
        state.waiting.append(jobID)
      }
    }
  }

  func next() -> Claim? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      let jobID = state.waiting.removeFirst()
      state.held.insert(jobID)
      return Claim(jobID: jobID)
    }
  }

  func release(_ claim: Claim) {
    state.withLock { state in
      state.held.remove(claim.jobID)
      if state.again.remove(claim.jobID) != nil { state.waiting.append(claim.jobID) }
    }
  }

  /// Waiting and held jobs.
  var count: Int { state.withLock { $0.waiting.count + $0.held.count } }
}

extension JobStore {
  /// Says that there is something to do for the job.
  package func enqueue(_ jobID: String) { queue.enqueue(jobID) }

  /// The next job to work on, for the caller alone until it releases the claim; nil if none waits.
  package func claimNext() throws(StorageError) -> Claim? { queue.next() }

  /// Gives the job back; if it got new work meanwhile it waits again.
  package func release(_ claim: Claim) { queue.release(claim) }

  /// How many jobs wait or are being worked on.
  package var openClaims: Int { queue.count }
}
