import Blocking
import Dispatch
import Glibc

/// SIGHUP as something a task can wait for: the wish to have the settings read again.
///
/// Where the terminal that the service was started on went away, it is the end of the service, as of every program
/// there.
final class HangUps: Sendable {
  /// One element for each signal; those that come while one is being dealt with count once.
  let requests: AsyncStream<Void>
  private let source: Locked<any DispatchSourceSignal>

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    requests = stream
    let hadTerminal = Self.hasTerminal
    signal(SIGHUP, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "scenehf.hangups"))
    source.setEventHandler {
      if hadTerminal, !Self.hasTerminal { kill(getpid(), SIGTERM) } else { continuation.yield() }
    }
    source.resume()
    self.source = Locked(source)
  }

  /// A terminal that has gone is none any more.
  private static var hasTerminal: Bool { isatty(0) == 1 || isatty(2) == 1 }
}
