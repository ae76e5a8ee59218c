import Model
package import Storage

/// The paid calls of the day over all jobs, on all machines; the journals in the bodies are what it is counted from.
package final class DayBudget: Sendable {
  private let store: JobStore
  private let limit: @Sendable () -> Int

  /// As many calls as `limit` says at that moment may be made on one day (UTC).
  package init(store: JobStore, limit: @escaping @Sendable () -> Int) {
    self.store = store
    self.limit = limit
  }

  /// Takes one call for the job from the day's budget. Throws `BudgetReached`, or `.claimLost` where another machine
  /// works on the job now. Blocks.
  func take(for jobID: String, now: Timestamp = .now) throws {
    if case .usedUp(let made) = try store.takeCall(for: jobID, on: now.day, limit: limit()) {
      throw BudgetReached(limit: .day(now.day, made))
    }
  }

  /// Gives back a call that the service turned away. Blocks.
  func giveBack(_ call: CallRecord) { store.giveBackCall(on: call.sentAt.day) }
}
