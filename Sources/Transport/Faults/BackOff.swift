/// How often and after what wait a call is made again: exponential with jitter, unless the service names the wait.
package struct BackOff: Sendable, Hashable {
  /// Calls in all, the first included.
  package var tries: Int
  /// Seconds before the first repetition; doubled for each further one.
  package var base: Double
  /// Seconds that no wait of our own exceeds.
  package var cap: Double

  package init(tries: Int, base: Double = 1, cap: Double = 30) {
    self.tries = tries
    self.base = base
    self.cap = cap
  }

  /// For pictures, where each try can be billed.
  package static let image = BackOff(tries: 3)
  /// For plans.
  package static let planner = BackOff(tries: 4)

  /// Seconds to wait before the call is made again, or nil if it is not.
  ///
  /// `made` is the number of calls so far, from 1; `jitter` 0...1 takes up to a quarter off our own wait, so that
  /// many jobs do not come back at one moment. A wait that the service names is obeyed as it is.
  package func wait(
    for remedy: ServiceFault.Remedy, made: Int, jitter: Double = .random(in: 0...1)
  ) -> Double? {
    switch remedy {
    case .tryLater(let after):
      guard made < tries else { return nil }
      return after ?? min(cap, base * Double(1 << min(made - 1, 20))) * (1 - 0.25 * jitter)
    case .tryOnceMore:
      return made < 2 ? 0 : nil
    case .tryOtherModel:
      // No list of models is as long.
      return made < 16 ? 0 : nil
    case .tryOtherPrompt, .stop, .askPerson:
      return nil
    }
  }

  /// The same for what is to be done about `fault`.
  package func wait(after fault: ServiceFault, made: Int, jitter: Double = .random(in: 0...1)) -> Double? {
    wait(for: fault.remedy, made: made, jitter: jitter)
  }
}
