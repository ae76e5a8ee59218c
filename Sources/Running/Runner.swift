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

  package init(workshop: Workshop) {
    self.workshop = workshop
    (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that a job may be waiting. Cheap, and never lost while `run` goes on.
  package nonisolated func wake() { waker.yield() }

  /// Runs jobs until the task is cancelled, or, with `untilIdle`, until no job is waiting or running.
  ///
  /// Throws what makes going on pointless, such as a full disk.
  package func run(untilIdle: Bool = false) async throws {
    let workshop = workshop
    try await withThrowingTaskGroup(of: Event.self) { group in
      var running = 0
      group.addTask { await Self.nextWakeUp(self.wakeUps) }
      while !Task.isCancelled {
        while running < workshop.settings.jobsAtOnce, let claim = try await Self.claim(workshop) {
          running += 1
          group.addTask { try await Self.work(on: claim, workshop: workshop) }
        }
        if untilIdle, running == 0 { break }
        switch try await group.next() {
        case .finished?: running -= 1
        case .wokenUp?: group.addTask { await Self.nextWakeUp(self.wakeUps) }
        case nil, .ended?: return
        }
      }
      group.cancelAll()
    }
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
    return try await workshop.blocking { try store.claimNext() }
  }

  private static func work(on claim: Claim, workshop: Workshop) async throws -> Event {
    do {
      try await JobRunner(workshop: workshop, jobID: claim.jobID).run()
      workshop.store.release(claim)
    } catch is CancellationError {
      workshop.store.release(claim)
    } catch let error as StorageError where error.concernsDisk {
      // Not this job's fault: it waits again, and the service decides when to go on.
      workshop.store.enqueue(claim.jobID)
      workshop.store.release(claim)
      throw error
    } catch {
      // One job that cannot go on must not stop the others.
      workshop.store.release(claim)
      workshop.notice("Job \(claim.jobID): \(error)")
    }
    return .finished
  }
}
