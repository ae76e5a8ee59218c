import Blocking
import Glibc
import Model
import Running

/// What a day came to, in one line of the log.
final class DaySummary: Sendable {
  private struct Counts {
    var arrived = 0
    var done = 0
    var review = 0
    var rejected = 0
  }

  private let counts = Locked(Counts())

  func count(_ news: JobNews) {
    for event in news.events where event.event == .jobUpdated {
      counts.withLock { counts in
        switch event.status.flatMap(JobStatus.init) {
        case .idle: counts.arrived += 1
        case .done: counts.done += 1
        case .paused where !news.job.isHeld: counts.review += 1
        case .failed: counts.review += 1
        case .paused, .planned, .running, .cancelled, nil: break
        }
      }
    }
  }

  func countRejection() { counts.withLock { $0.rejected += 1 } }

  /// The line for the time since the last call; nil if nothing happened.
  func line(for day: String) -> String? {
    let day = String(day.prefix(10))
    let counts = counts.withLock { counts in
      defer { counts = Counts() }
      return counts
    }
    guard counts.arrived + counts.done + counts.review + counts.rejected > 0 else { return nil }
    return "\(day): \(counts.arrived) arrived, \(counts.done) done, \(counts.review) times a review, "
      + "\(counts.rejected) rejected."
  }

  /// Says the line at each midnight of this machine's clock, until the task is cancelled.
  func run(_ note: (String) -> Void) async {
    while !Task.isCancelled {
      let today = Timestamp.now.local
      try? await Task.sleep(for: .seconds(Self.secondsToMidnight()))
      if !Task.isCancelled, let line = line(for: today) { note(line) }
    }
  }

  private static func secondsToMidnight() -> Int {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return 86_400 - Int(parts.tm_hour) * 3600 - Int(parts.tm_min) * 60 - Int(parts.tm_sec)
  }
}
