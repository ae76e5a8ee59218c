import Blocking
package import Model
package import Storage

/// The one place where jobs change: reads, changes and saves a job as one step that no other change can
/// come between, then tells whoever listens.
///
/// Everything here blocks on the disk; call it on a `BlockingPool`.
package final class JobBook: Sendable {
  package let store: JobStore
  /// A job's lock is chosen by its id: as many as can be busy at once, however many jobs there ever are.
  private let locks = (0..<64).map { _ in Locked(()) }
  private let faceLocks = (0..<256).map { _ in Locked(()) }
  private let listeners = Locked<[@Sendable (JobNews) -> Void]>([])
  /// The last event of each job that another process made and that was passed on.
  private let heard = Locked<[String: Int]>([:])
  private let removalListeners = Locked<[@Sendable (String) -> Void]>([])
  private let rejectionListeners = Locked<[@Sendable (Rejection) -> Void]>([])

  package init(store: JobStore) {
    self.store = store
  }

  /// Calls `listener` after every change, on the thread that made it. Keep it short.
  package func listen(_ listener: @escaping @Sendable (JobNews) -> Void) {
    listeners.withLock { $0.append(listener) }
  }

  /// Calls `listener` with the id of every job that another process has removed.
  package func listen(toRemovals listener: @escaping @Sendable (String) -> Void) {
    removalListeners.withLock { $0.append(listener) }
  }

  /// Calls `listener` for every drop that became no job, wherever it came in, on the thread that found it so.
  package func listen(toRejections listener: @escaping @Sendable (Rejection) -> Void) {
    rejectionListeners.withLock { $0.append(listener) }
  }

  /// The job as it stands on disk.
  package func job(_ id: String) throws(StorageError) -> Job { try store.load(id) }

  /// Applies `change` to the job, saves it durably, appends the events and returns the saved job.
  ///
  /// A change that leaves the job as it was, or throws a refusal, writes nothing: what `change` checks still
  /// holds when the job is saved. `message` goes to the event log and to progress. Within `change` no job may be
  /// updated: two jobs can share a lock.
  @discardableResult
  package func update(
    _ id: String, message: String? = nil, _ change: (inout Job) throws -> Void
  ) throws -> Job {
    try locks[Int(id.hashValue.magnitude % UInt(locks.count))].withLock { (_: inout Void) throws in
      let (job, events) = try store.changing(id) { () throws -> (Job, [JobEvent]?) in
        let before = try store.load(id)
        var job = before
        try change(&job)
        guard job != before else { return (before, nil) }
        let saved = try store.save(job)
        return (saved, try store.append(events: JobNews.events(from: before, to: saved, message: message), to: id))
      }
      if let events {
        tell(JobNews(job: job, events: events))
        if let first = events.first { store.tellOthers(of: id, firstEvent: first.id) }
      }
      return job
    }
  }

  /// Passes on what another process has changed: the job's events from this number on, each once, or that it is gone.
  /// Blocks.
  package func hear(of id: String, firstEvent: Int) {
    let job: Job
    do throws(StorageError) {
      job = try store.load(id)
    } catch {
      guard case .noSuchJob = error else { return }
      for listener in removalListeners.withLock({ $0 }) { listener(id) }
      return
    }
    heard.withLock { heard in
      let last = max(firstEvent - 1, heard[id] ?? 0)
      guard let events = try? store.events(of: id, after: last), !events.isEmpty else {
        return
      }
      // Only against doubles within moments.
      if heard.count >= 4096 { heard.removeAll() }
      heard[id] = events.last?.id
      tell(JobNews(job: job, events: events))
    }
  }

  /// Runs `body` while nobody else fills or moves the job's face, or concludes from where it lies: two hands may have
  /// asked for it at once, and who looks through the folders one by one misses a face that moves meanwhile.
  ///
  /// Within `body` jobs may be updated, but no other face may be held.
  package func holdingFace<Value: Sendable>(of jobID: String, _ body: () throws -> Value) throws -> Value {
    let number = Int(jobID.hashValue.magnitude % UInt(faceLocks.count))
    return try faceLocks[number].withLock { (_: inout Void) throws in try store.holdingFace(of: jobID, body) }
  }

  /// Tells of a job that has just come into being; its body is already durable.
  package func announce(_ job: Job, message: String) throws(StorageError) {
    let arrival = JobEvent(event: .jobUpdated, jobID: job.id, status: job.status.rawValue, message: message)
    let events = try store.append(events: [arrival], to: job.id)
    tell(JobNews(job: job, events: events))
    if let first = events.first { store.tellOthers(of: job.id, firstEvent: first.id) }
  }

  /// Tells of a drop that became no job; it lies in `rejected/` already.
  package func announce(_ rejection: Rejection) {
    for listener in rejectionListeners.withLock({ $0 }) { listener(rejection) }
  }

  private func tell(_ news: JobNews) {
    for listener in listeners.withLock({ $0 }) { listener(news) }
  }
}

/// A change of one job, as progress displays and the event stream take it.
package struct JobNews: Sendable {
  package var job: Job
  package var events: [JobEvent]

  /// One event for each step whose status or validation changed, one for the job if its status changed.
  static func events(from before: Job, to after: Job, message: String?) -> [JobEvent] {
    var events: [JobEvent] = []
    let old = Dictionary(before.steps.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for step in after.steps where old[step.id] != step {
      guard old[step.id]?.status != step.status || old[step.id]?.reason != step.reason else { continue }
      events.append(
        JobEvent(
          event: .stepUpdated, jobID: after.id, stepID: step.id, status: step.status.rawValue,
          message: step.reason ?? message))
    }
    // A job under review that is held as well keeps its status, but it is news all the same.
    if before.status != after.status || before.isHeld != after.isHeld {
      events.append(
        JobEvent(event: .jobUpdated, jobID: after.id, status: after.status.rawValue, message: message ?? after.reason))
    } else if events.isEmpty, let message {
      events.append(JobEvent(event: .log, jobID: after.id, status: after.status.rawValue, message: message))
    }
    return events
  }
}
