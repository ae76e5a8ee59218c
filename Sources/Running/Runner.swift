import Blocking
import Model
import Storage

/// Works on every job that has something to do, several at once.
///
/// It takes claims from the store; who else may take them, in this process or elsewhere, is the store's
/// business. `wake` is called whenever there may be a claim.
package actor Runner {
  private let workshop: Workshop
  private let wakeUps: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation
  private let cancellations: Cancellations

  package init(workshop: Workshop) {
    self.workshop = workshop
    cancellations = Cancellations(of: workshop.book)
    (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that a job may be waiting. Cheap, and never lost while `run` goes on.
  package nonisolated func wake() { waker.yield() }

  /// Runs jobs until the task is cancelled, or, with `untilIdle`, until no job is waiting or running.
  ///
  /// A disk in trouble pauses the work until it is well: no new job begins, and those at work wait where they are.
  package func run(untilIdle: Bool = false) async throws {
    let (workshop, cancellations) = (workshop, cancellations)
    try await withThrowingTaskGroup(of: Event.self) { group in
      var running = 0
      group.addTask { await Self.nextWakeUp(self.wakeUps) }
      while !Task.isCancelled {
        if untilIdle, running == 0 { await workshop.disk.wait() }
        while running < workshop.settings.jobsAtOnce, !workshop.disk.isPaused, !workshop.rush.isOn,
          let claim = try await Self.claim(workshop)
        {
          running += 1
          group.addTask { await Self.work(on: claim, workshop, cancellations) }
        }
        if untilIdle, running == 0, await Self.isIdle(workshop) { break }
        switch try await group.next() {
        case .finished?: running -= 1
        case .wokenUp?: group.addTask { await Self.nextWakeUp(self.wakeUps) }
        case nil, .ended?: return
        }
      }
      group.cancelAll()
    }
  }

  /// Other machines may be at what is left.
  private static func isIdle(_ workshop: Workshop) async -> Bool {
    let store = workshop.store
    return await workshop.pool.run { store.openClaims == 0 }
  }

  private enum Event: Sendable {
    case finished
    case wokenUp
    case ended
  }

  private static func nextWakeUp(_ stream: AsyncStream<Void>) async -> Event {
    var iterator = stream.makeAsyncIterator()
    return await iterator.next() == nil ? .ended : .wokenUp
  }

  private static func claim(_ workshop: Workshop) async throws -> Claim? {
    let store = workshop.store
    do {
      return try await workshop.blocking { try store.claimNext() }
    } catch is StorageError {
      // The next wake-up tries again: a store that others share wakes regularly.
      return nil
    }
  }

  /// How often a job is begun that cannot be carried on although the disk is well.
  private static let attempts = 3

  private static func work(
    on claim: Claim, _ workshop: Workshop, _ cancellations: Cancellations
  ) async -> Event {
    let store = workshop.store
    let isOver = await carryOut(claim, workshop, cancellations)
    _ = await workshop.pool.run { isOver ? store.release(claim) : store.giveBack(claim) }
    return .finished
  }

  /// False if the work was broken off and has to go on.
  private static func carryOut(
    _ claim: Claim, _ workshop: Workshop, _ cancellations: Cancellations
  ) async -> Bool {
    for attempt in 1...attempts {
      do {
        let job = JobRunner(workshop: workshop, jobID: claim.jobID)
        try await cancellations.during(claim.jobID) { try await job.run() }
        return !Task.isCancelled
      } catch is CancellationError {
        return !Task.isCancelled
      } catch StorageError.claimLost {
        // Another machine goes on with it, and has said so to nobody else.
        workshop.notice("\(StorageError.claimLost(claim.jobID))")
        return false
      } catch {
        if await workshop.disk.pauses(for: error) {
          // Not this job's fault: it waits again.
          await workshop.disk.wait()
          return false
        }
        // What was away for a moment, a disk or memory for a process, is there again when it is asked.
        guard attempt < attempts else {
          // One job that cannot go on must not stop the others.
          workshop.notice("Job \(claim.jobID): \(error)")
          return true
        }
        try? await Task.sleep(for: .seconds(1))
      }
    }
    return true
  }
}
