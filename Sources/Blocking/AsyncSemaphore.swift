/// A counting semaphore whose waiters suspend instead of blocking a thread; first come, first served.
package final class AsyncSemaphore: Sendable {
  private struct State {
    var free: Int
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Locked<State>

  /// `count` tasks may hold the semaphore at once.
  package init(count: Int) {
    state = Locked(State(free: count))
  }

  /// Returns when this task holds one of the places.
  package func acquire() async {
    await withCheckedContinuation { continuation in
      let entered = state.withLock { state in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        state.waiters.append(continuation)
        return false
      }
      if entered { continuation.resume() }
    }
  }

  /// Gives the place to the task that has waited longest.
  package func release() {
    let next: CheckedContinuation<Void, Never>? = state.withLock { state in
      if state.waiters.isEmpty {
        state.free += 1
        return nil
      }
      return state.waiters.removeFirst()
    }
    next?.resume()
  }
}
