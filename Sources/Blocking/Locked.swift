import Glibc

/// A value behind a pthread mutex.
///
/// Not `Synchronization.Mutex`: its uninstrumented slow path makes Thread Sanitizer report races that
/// are none (Swift 6.3), and a sanitizer that cries wolf is not run.
///
/// The value must not be a closure, nor an optional one: each use of it as what it is wraps it once more (a
/// reabstraction thunk), and after some ten thousand the calls through all of them fill the stack. Put it into a struct.
package final class Locked<Value>: @unchecked Sendable {
  /// With something beside the value: an empty one has no address of its own, takes the object's, and Thread Sanitizer
  /// would take finding the object for a race with changing the value.
  private struct Guarded {
    var value: Value
    let filling: UInt8 = 0
  }

  // Unchecked: it is only touched between lock and unlock.
  private var guarded: Guarded
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  package init(_ value: sending Value) {
    guarded = Guarded(value: value)
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` with exclusive access; keep it short and never suspend or block in it.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&guarded.value)
  }
}
