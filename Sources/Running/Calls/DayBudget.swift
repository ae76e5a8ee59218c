import Blocking
import Model
package import Storage

/// The paid calls of the day over all jobs, in memory; the journals in the bodies are what it is counted from.
package final class DayBudget: Sendable {
  private let store: JobStore
  private let limit: @Sendable () -> Int
  /// Nil until the first call.
  private let spending = Locked<Spending?>(nil)

  /// As many calls as `limit` says at that moment may be made on one day (UTC).
  package init(store: JobStore, limit: @escaping @Sendable () -> Int) {
    self.store = store
    self.limit = limit
  }

  /// Takes one call from the day's budget. Blocks.
  func take(now: Timestamp = .now) throws {
    try spending.withLock { spending in
      var current = try spending ?? store.spending(on: now.day)
      if current.day != now.day { current = Spending(day: now.day) }
      defer { spending = current }
      guard current.calls < limit() else { throw BudgetReached(limit: .day(current.day, current.calls)) }
      current.calls += 1
    }
  }

  /// Gives back a call that the service turned away.
  func giveBack(_ call: CallRecord) {
    spending.withLock { spending in
      guard spending?.day == call.sentAt.day else { return }
      spending?.calls -= 1
    }
  }
}
