import Blocking
import Model

/// Tells the work on a job that a person has cancelled the job, so that a call in flight ends at once instead of
/// being waited for.
final class Cancellations: Sendable {
  private let waiting = Locked<[String: AsyncStream<Void>.Continuation]>([:])

  init(of book: JobBook) {
    book.listen { [waiting] news in
      guard news.job.status == .cancelled else { return }
      waiting.withLock { $0.removeValue(forKey: news.job.id) }?.finish()
    }
  }

  /// Does `work` on the job in a task that is cancelled with the job or with the caller. A job is worked on by one
  /// runner at a time.
  func during(_ jobID: String, _ work: @escaping @Sendable () async throws -> Void) async throws {
    let (ended, end) = AsyncStream<Void>.makeStream()
    waiting.withLock { $0[jobID] = end }
    defer { waiting.withLock { $0[jobID] = nil } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { end.finish() }
        try await work()
      }
      for await _ in ended {}
      // Either the work is over, and this changes nothing, or nobody wants it any more.
      group.cancelAll()
      try await group.waitForAll()
    }
  }
}
