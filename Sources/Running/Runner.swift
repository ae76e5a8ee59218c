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
      var crew = Crew()
      group.addTask { await Self.nextWakeUp(self.wakeUps) }
      while !Task.isCancelled {
        if untilIdle, crew.count == 0 { await workshop.disk.wait() }
        while crew.hasRoom(of: workshop.settings.jobsAtOnce), !workshop.disk.isPaused, !workshop.rush.isOn,
          let assignment = try await Self.next(crew, workshop), crew.admits(assignment)
        {
          group.addTask { await Self.work(on: assignment, workshop, cancellations) }
        }
        if untilIdle, crew.count == 0, await Self.isIdle(workshop) { break }
        switch try await group.next() {
        case .finished?: crew.finishedOne()
        case .wokenUp?: group.addTask { await Self.nextWakeUp(self.wakeUps) }
        case nil, .ended?: return await Self.giveBack(crew.waiting, workshop)
        }
      }
      group.cancelAll()
      await Self.giveBack(crew.waiting, workshop)
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

  private static func next(_ crew: Crew, _ workshop: Workshop) async throws -> Assignment? {
    if let waiting = crew.waiting { return waiting }
    let store = workshop.store
    do {
      return try await workshop.blocking {
        try store.claimNext().map { Assignment(claim: $0, deaths: store.deaths(at: $0.jobID)) }
      }
    } catch is StorageError {
      // The next wake-up tries again: a store that others share wakes regularly.
      return nil
    }
  }

  private static func giveBack(_ assignment: Assignment?, _ workshop: Workshop) async {
    guard let assignment else { return }
    await workshop.pool.run { workshop.store.giveBack(assignment.claim) }
  }

  /// How often a job is begun that cannot be carried on although the disk is well.
  private static let attempts = 3

  private static func work(
    on assignment: Assignment, _ workshop: Workshop, _ cancellations: Cancellations
  ) async -> Event {
    let (store, claim) = (workshop.store, assignment.claim)
    await workshop.pool.run { store.beginWork(on: claim.jobID, after: assignment.deaths) }
    let ending = await carryOut(assignment, workshop, cancellations)
    await workshop.pool.run {
      // The mark is another's, who has the job now.
      if ending != .lost { store.endWork(on: claim.jobID) }
      if ending == .over { store.release(claim) } else { store.giveBack(claim) }
    }
    return .finished
  }

  private enum Ending {
    case over
    /// The work was broken off and has to go on.
    case brokenOff
    /// Another machine goes on with it.
    case lost
  }

  private static func carryOut(
    _ assignment: Assignment, _ workshop: Workshop, _ cancellations: Cancellations
  ) async -> Ending {
    let jobID = assignment.claim.jobID
    for attempt in 1...attempts {
      do {
        let job = JobRunner(workshop: workshop, jobID: jobID)
        // What became of it before has been seen to by the first attempt.
        let deaths = attempt == 1 ? assignment.deaths : 0
        try await cancellations.during(jobID) { try await job.run(after: deaths) }
        return Task.isCancelled ? .brokenOff : .over
      } catch is CancellationError {
        return Task.isCancelled ? .brokenOff : .over
      } catch StorageError.claimLost {
        // Who has it now has said so to nobody else.
        workshop.notice("\(StorageError.claimLost(jobID))")
        return .lost
      } catch {
        if await workshop.disk.pauses(for: error) {
          // Not this job's fault: it waits again.
          await workshop.disk.wait()
          return .brokenOff
        }
        // What was away for a moment, a disk or memory for a process, is there again when it is asked.
        guard attempt < attempts else {
          // One job that cannot go on must not stop the others.
          workshop.notice("Job \(jobID): \(error)")
          return .over
        }
        try? await Task.sleep(for: .seconds(1))
      }
    }
    return .over
  }
}
