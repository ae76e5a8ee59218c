import Blocking

/// Counts calls, on whatever thread they are made.
final class Counter: Sendable {
  private let count = Locked(0)

  /// 1 at the first call.
  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }

  var value: Int { count.withLock { $0 } }
}
