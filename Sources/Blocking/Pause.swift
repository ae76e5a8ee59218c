import Dispatch

/// Waits of minutes and hours.
///
/// `Task.sleep` (Swift 6.3 on Linux) wakes the process once a second until its time has come; a timer of libdispatch
/// does not. All return at once when the task is cancelled.
package enum Pause {
  /// Returns after `duration` of the machine being awake.
  package static func wait(for duration: Duration) async {
    await wait { wake in DispatchQueue.global().asyncAfter(deadline: .now() + interval(duration), execute: wake) }
  }

  /// Returns when the clock on the wall has gone on by `duration`, also while the machine slept.
  package static func wait(byTheClock duration: Duration) async {
    await wait { wake in DispatchQueue.global().asyncAfter(wallDeadline: .now() + interval(duration), execute: wake) }
  }

  private static func interval(_ duration: Duration) -> DispatchTimeInterval {
    let (seconds, attoseconds) = duration.components
    return .milliseconds(Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }

  private static func wait(_ schedule: (@escaping @Sendable () -> Void) -> Void) async {
    let waiter = Locked<CheckedContinuation<Void, Never>?>(nil)
    let wake: @Sendable () -> Void = {
      waiter.withLock { waiter in
        waiter?.resume()
        waiter = nil
      }
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiter.withLock { $0 = continuation }
        // The task may have been cancelled before there was anybody to wake.
        if Task.isCancelled { wake() } else { schedule(wake) }
      }
    } onCancel: {
      wake()
    }
  }
}
