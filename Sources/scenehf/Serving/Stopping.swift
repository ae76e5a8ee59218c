import Blocking
import Dispatch
import Glibc

/// SIGTERM and SIGINT as something a task can wait for.
///
/// The first signal stops the work: no new run begins, the write in hand is finished. A second one, or two
/// seconds, ends the process: whatever computes then has written nothing yet, and the next start goes on.
final class Stopping: Sendable {
  private let stream: AsyncStream<Void>
  private let sources: Locked<[any DispatchSourceSignal]>

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.stream = stream
    let asked = Locked(false)
    let made = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let isSecond = asked.withLock { asked in
          defer { asked = true }
          return asked
        }
        if isSecond { exit(0) }
        continuation.yield()
        DispatchQueue.global().asyncAfter(deadline: .now() + 1.8) { exit(0) }
      }
      source.resume()
      return source
    }
    sources = Locked(made)
  }

  /// Returns when the process is asked to stop.
  func wait() async {
    for await _ in stream { return }
  }
}
