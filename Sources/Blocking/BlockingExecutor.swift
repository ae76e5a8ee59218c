import Dispatch

/// A serial executor on its own dispatch queue, for actors whose methods block.
///
/// The cooperative pool has one thread a core; an `fsync` or a codec on it stalls every other task of
/// the program. An actor that returns this as its `unownedExecutor` blocks only its own queue.
package final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// `label` is what a debugger shows for the thread.
  package init(label: String) {
    queue = DispatchQueue(label: label)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    let executor = asUnownedSerialExecutor()
    queue.async { unowned.runSynchronously(on: executor) }
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }
}
