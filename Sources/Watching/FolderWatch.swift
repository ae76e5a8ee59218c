package import SystemPackage

/// What to watch, and how patiently.
package struct WatchOptions: Sendable, Hashable {
  /// How many levels of sub-folders are looked into; 0 is the folder alone.
  package var depth: Int
  package var ignored: IgnoredNames
  /// Seconds between full looks at the folder, the safety net below all events.
  package var rescanInterval: Double
  /// Seconds without change that make a file whole where there are no leases.
  package var quietTime: Double
  /// Seconds after which a file that is still not usable is offered again, for the caller to give it up.
  package var patience: Double

  package init(
    depth: Int = 8, ignored: IgnoredNames = IgnoredNames(), rescanInterval: Double = 300, quietTime: Double = 2,
    patience: Double = 30
  ) {
    self.depth = depth
    self.ignored = ignored
    self.rescanInterval = rescanInterval
    self.quietTime = quietTime
    self.patience = patience
  }
}

/// A folder as a stream of "this file is whole".
///
/// Events are hints, the folder is the truth: the folder is read at the start, after lost events, when a
/// folder appears, and every few minutes, and each of these offers the same files in the same way.
package struct FolderWatch: Sendable {
  /// Bounded: what does not fit is offered again later, not lost.
  package let events: AsyncStream<WatchEvent>
  private let id: Int

  /// Begins to watch. The folder need not exist yet.
  package init(_ folder: FilePath, _ options: WatchOptions = WatchOptions()) throws(WatchingError) {
    let (stream, continuation) = AsyncStream.makeStream(of: WatchEvent.self, bufferingPolicy: .bufferingOldest(1024))
    events = stream
    id = try WatchThread.shared().add { FolderState(folder, options, continuation) }
  }

  /// The file was offered but is not usable yet: it is offered again when it changes, or when its patience ends.
  package func notYet(_ path: FilePath) {
    try? WatchThread.shared().post { thread in thread.folders[id]?.notYet(path, now: thread.now) }
  }

  /// Reads the whole folder again, offering also what was offered before.
  package func lookAgain() {
    try? WatchThread.shared().post { thread in thread.folders[id]?.offerAgain() }
  }

  /// Ends the stream.
  package func stop() {
    try? WatchThread.shared().post { thread in thread.remove(id) }
  }
}

/// Why nothing can be watched at all.
package enum WatchingError: Error, Sendable, Hashable, CustomStringConvertible {
  case cannotOpen(Errno)

  package var description: String {
    switch self {
    case .cannotOpen(let errno):
      "inotify cannot be used: \(errno). Raise fs.inotify.max_user_instances (sysctl), or close other programs."
    }
  }
}
