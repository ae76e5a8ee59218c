package import Blocking
package import Storage

/// Whether the disk as a whole is in trouble: then everything pauses, which is said once, and the disk is asked
/// every two seconds until it is well again.
///
/// The disk itself is asked, not the error that brought up the question: an ENOENT may be a face that somebody
/// took away, or a disk that was pulled out.
package final class DiskGuard: Sendable {
  private struct State {
    var isTroubled = false
    /// Whether somebody is asking the disk at the moment, for all who wait.
    var isAsking = false
  }

  private let store: JobStore
  private let pool: BlockingPool
  private let notice: @Sendable (String) -> Void
  private let state = Locked(State())
  private let troubles: AsyncStream<Void>
  private let tell: AsyncStream<Void>.Continuation

  package init(store: JobStore, pool: BlockingPool, notice: @escaping @Sendable (String) -> Void) {
    self.store = store
    self.pool = pool
    self.notice = notice
    (troubles, tell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package var isPaused: Bool { state.withLock { $0.isTroubled } }

  /// Whether the disk is behind this error, so that nobody need be told of the error itself.
  package func pauses(for error: any Error) async -> Bool {
    guard error is StorageError else { return false }
    if isPaused { return true }
    guard let trouble = await find() else { return false }
    let isFirst = state.withLock { state in
      defer { state.isTroubled = true }
      return !state.isTroubled
    }
    if isFirst {
      notice("Paused: \(trouble)")
      tell.yield()
    }
    return true
  }

  /// Returns when the disk is well, or the task is cancelled.
  package func wait() async {
    while isPaused, !Task.isCancelled {
      try? await Task.sleep(for: .seconds(2))
      await ask()
    }
  }

  /// Does `work`, and again whenever the disk that refused it is well; throws every other error.
  package func insist<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    while true {
      do {
        return try await pool.run(work)
      } catch {
        guard await pauses(for: error) else { throw error }
        await wait()
        try Task.checkCancellation()
      }
    }
  }

  /// Runs until the task is cancelled; `goOn` is called each time the disk is well again. Throws what it throws, unless
  /// the disk went once more meanwhile.
  package func run(_ goOn: () async throws -> Void) async throws {
    for await _ in troubles {
      await wait()
      if Task.isCancelled { return }
      do {
        try await goOn()
      } catch {
        guard await pauses(for: error) else { throw error }
      }
    }
  }

  private func ask() async {
    let isMine = state.withLock { state in
      defer { state.isAsking = true }
      return state.isTroubled && !state.isAsking
    }
    guard isMine else { return }
    let trouble = await find()
    state.withLock { state in
      state.isAsking = false
      state.isTroubled = trouble != nil
    }
    if trouble == nil { notice("All is well again; work goes on.") }
  }

  private func find() async -> StorageError? {
    let store = store
    return await pool.run { store.trouble() }
  }
}
