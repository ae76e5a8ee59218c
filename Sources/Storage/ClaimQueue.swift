import Blocking

/// The right to work on one job, given to one runner at a time. It dies with the process.
package struct Claim: Sendable, Hashable {
  package let jobID: String
}

/// Which jobs wait for a runner, first come, first served.
final class ClaimQueue: Sendable {
  private struct State {
    var waiting: [String] = []
    /// How many of `waiting` were handed out already; they are dropped now and then, not one by one.
    var taken = 0
    var isWaiting: Set<String> = []
    var held: Set<String> = []
    /// Held jobs that got new work meanwhile: they wait again once released.
    var again: Set<String> = []

    mutating func append(_ jobID: String) {
      if isWaiting.insert(jobID).inserted { waiting.append(jobID) }
    }

    mutating func takeFirst() -> String? {
      guard taken < waiting.count else { return nil }
      let first = waiting[taken]
      taken += 1
      if taken * 2 > waiting.count {
        waiting.removeFirst(taken)
        taken = 0
      }
      isWaiting.remove(first)
      return first
    }
  }

  private let state = Locked(State())

  func enqueue(_ jobID: String) {
    state.withLock { state in
      if state.held.contains(jobID) {
        state.again.insert(jobID)
      } else {
        state.append(jobID)
      }
    }
  }

  func next() -> Claim? {
    state.withLock { state in
      guard let jobID = state.takeFirst() else { return nil }
      state.held.insert(jobID)
      return Claim(jobID: jobID)
    }
  }

  func release(_ claim: Claim) {
    state.withLock { state in
      state.held.remove(claim.jobID)
      if state.again.remove(claim.jobID) != nil { state.append(claim.jobID) }
    }
  }

  /// Waiting and held jobs.
  var count: Int { state.withLock { $0.isWaiting.count + $0.held.count } }
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
