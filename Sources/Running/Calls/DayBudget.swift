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

  /// Takes one call to the provider for the job from the day's budget. Where the provider has asked to slow down none is
  /// taken, and the seconds come back after which to ask again. Throws `BudgetReached`, or `.claimLost` where another
  /// machine works on the job now. Blocks.
  func take(to provider: String, for jobID: String, now: Timestamp = .now) throws -> Double? {
    switch try store.takeCall(to: provider, for: jobID, on: now.day, limit: limit()) {
    case .granted: return nil
    case .usedUp(let made): throw BudgetReached(limit: .day(now.day, made))
    case .heldBack(let seconds): return seconds
    }
  }

  /// Gives back a call that the service turned away. Blocks.
  func giveBack(_ call: CallRecord) { store.giveBackCall(on: call.sentAt.day) }
}
