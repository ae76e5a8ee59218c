import Blocking
import Dispatch

/// How much may be in memory at the same time, in whatever it is counted (pixels, bytes), first come, first served.
final class MemoryBudget: Sendable {
  private struct State {
    var free: Int
    var waiting: [(need: Int, turn: DispatchSemaphore)] = []
  }

  private let total: Int
  private let state: Locked<State>

  init(_ total: Int) {
    self.total = total
    state = Locked(State(free: total))
  }

  /// Runs `body` when so much is free; what needs more than there is has all of it. Blocks.
  func spend<Value>(_ amount: Int, _ body: () throws -> Value) rethrows -> Value {
    let need = min(max(amount, 0), total)
    let turn: DispatchSemaphore? = state.withLock { state in
      if state.waiting.isEmpty, state.free >= need {
        state.free -= need
        return nil
      }
      let turn = DispatchSemaphore(value: 0)
      state.waiting.append((need, turn))
      return turn
    }
    turn?.wait()
    defer { giveBack(need) }
    return try body()
  }

  private func giveBack(_ amount: Int) {
    state.withLock { state in
      state.free += amount
      while let next = state.waiting.first, next.need <= state.free {
        state.free -= next.need
        state.waiting.removeFirst()
        next.turn.signal()
      }
    }
  }
}
