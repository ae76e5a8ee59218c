import Blocking
import Model
import Running
import Storage

/// What systemd is told: the state in words, and that the service lives.
extension Service {
  /// How many jobs are in which state, as `systemctl status` shows it; sent when it changes.
  func showStatus() async {
    var last = ""
    for await sentence in tally.sentences {
      if sentence != last { Notify.send("STATUS=\(sentence)") }
      last = sentence
    }
  }

  /// Signs of life. Each goes the way of the work: the threads for the disk take it, and it reads
  /// the root. A service whose threads all hang stays silent, and systemd starts it again.
  func beat(every interval: Duration) async {
    let store = studio.store
    while !Task.isCancelled {
      _ = await studio.pool.run { store.isPresent(.review) }
      Notify.send("WATCHDOG=1")
      try? await Task.sleep(for: interval)
    }
  }
}
