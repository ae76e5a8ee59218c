import SystemPackage
import TestSupport
import Watching

/// Reads a watch's stream one event at a time.
struct Listener {
  private let watch: FolderWatch
  private var events: AsyncStream<WatchEvent>.Iterator

  /// Watches `folder` and returns when its first scan runs: when the file laid there has been offered.
  init(_ folder: FilePath, _ options: WatchOptions = WatchOptions()) async throws {
    try write("first", to: folder.appending("first.png"))
    watch = try FolderWatch(folder, options)
    events = watch.events.makeAsyncIterator()
    guard await nextWhole() == folder.appending("first.png") else { throw Errno.badFileDescriptor }
  }

  mutating func next() async -> WatchEvent? { await events.next(isolation: #isolation) }

  /// The next event's path, if it says that a file is whole.
  mutating func nextWhole() async -> FilePath? {
    if case .whole(let file) = await events.next(isolation: #isolation) { file.path } else { nil }
  }

  func notYet(_ path: FilePath) { watch.notYet(path) }
  func lookAgain() { watch.lookAgain() }
  func stop() { watch.stop() }
}
