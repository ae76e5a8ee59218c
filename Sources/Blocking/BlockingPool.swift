import Dispatch

/// Runs blocking or CPU-heavy closures on a bounded number of own threads, off the cooperative pool.
///
/// `width` is the number that may run at once; the rest wait in order. A closure that has started is
/// never interrupted: cancellation is the caller's to check before and after.
package final class BlockingPool: Sendable {
  private let queues: DispatchQueue
  private let width: AsyncSemaphore

  package init(label: String, width: Int) {
    queues = DispatchQueue(label: label, attributes: .concurrent)
    self.width = AsyncSemaphore(count: max(1, width))
  }

  /// The value of `work`, or what it threw, after it ran on a thread of this pool.
  package func run<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    await width.acquire()
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      queues.async {
        do throws(Failure) {
          continuation.resume(returning: .success(try work()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    width.release()
    return try result.get()
  }
}
