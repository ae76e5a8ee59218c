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

  /// `say` is called at the first signal, on a thread of its own.
  init(_ say: @escaping @Sendable () -> Void = {}) {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.stream = stream
    let asked = Locked(false)
    // A queue of its own has a thread of its own, also while every shared one computes.
    let queue = DispatchQueue(label: "scenehf.signals", qos: .userInteractive)
    let end = DispatchQueue(label: "scenehf.end", qos: .userInteractive)
    let made = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        let isSecond = asked.withLock { asked in
          defer { asked = true }
          return asked
        }
        // Without the libraries' own tidying up, which may wait for threads that compute.
        if isSecond { _exit(0) }
        // Beside this queue, since what is said may wait for whoever reads it.
        end.asyncAfter(deadline: .now() + 1.8) { _exit(0) }
        say()
        continuation.yield()
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
