import CLinux
import Glibc
import SystemPackage

/// What is known of one watched folder. Lives on the watch thread alone.
final class FolderState: @unchecked Sendable {
  // Unchecked: made on, and only ever touched by, the watch thread.
  let root: FilePath
  let options: WatchOptions
  private let stream: AsyncStream<WatchEvent>.Continuation
  /// What is known of each file, by its whole path.
  var files: [FilePath: Entry] = [:]
  /// The folders directly in the root, as the last scan saw them.
  private var folders: Set<FilePath> = []
  /// Set while the reader of the stream is behind: then nothing more is looked at until it has caught up.
  private var isFull = false
  /// Sentences that found the stream full.
  private var untold: [WatchEvent] = []
  private var isPaused = false
  private var nextScan = 0.0
  private var scanNumber = 0
  /// When the last scan ended and how long it took, in seconds.
  private var lastScan = (end: -Double.infinity, duration: 0.0)
  private var hearing = Hearing()
  private var mount = MountState()

  /// How long a missing folder or a deaf file system waits between looks.
  private static let pollInterval = 2.0

  init(_ root: FilePath, _ options: WatchOptions, _ stream: AsyncStream<WatchEvent>.Continuation) {
    self.root = root
    self.options = options
    self.stream = stream
  }

  func finish() { stream.finish() }

  /// When there is something to do next, on the monotonic clock.
  var nextDue = 0.0

  /// Reads the folder again soon: at once after a short scan, later after a long one, so that a storm of new
  /// folders costs a fifth of the time and not all of it.
  func lookAgain() {
    nextScan = min(nextScan, lastScan.end + 4 * lastScan.duration)
    nextDue = min(nextDue, nextScan)
  }

  /// Reads the folder again and offers also what was offered before, for a caller that lost it.
  func offerAgain() {
    for path in files.keys { files[path]?.state = .checking }
    lookAgain()
  }

  /// The kernel's queue overflowed: what happened is unknown, and a hearing test that waits for its event is void.
  func lostEvents() {
    hearing.startOver()
    lookAgain()
  }

  /// The file system below the folder went away; the bare mount point is not the folder.
  func wasUnmounted() {
    mount.leave()
    lookAgain()
  }

  /// Something happened to this path.
  func look(at path: FilePath, now: Double) {
    if hearing.heard(path) { return }
    guard let name = path.lastComponent, !options.ignored.contains(name) else { return }
    check(path, now: now)
  }

  /// Scans and checks what is due. `caughtUp`: no event waits unread, so one that has not come does not come.
  func work(now: Double, caughtUp: Bool, _ watch: (FilePath) -> Errno?) {
    isFull = false
    for event in untold { tell(event) }
    if caughtUp, let sentence = hearing.verdict(now: now, root) { tell(.polling(sentence)) }
    if nextScan <= now { scan(now: now, watch) }
    for (path, entry) in files where entry.nextCheck <= now { check(path, now: now) }
    nextDue = min(nextScan, hearing.due, files.values.map(\.nextCheck).min() ?? .infinity)
    if !untold.isEmpty { nextDue = min(nextDue, Self.soon(now)) }
  }

  // MARK: - Telling

  /// A sentence that must not be lost.
  private func tell(_ event: WatchEvent) {
    untold.removeAll { $0 == event }
    if case .dropped = stream.yield(event) { untold.append(event) }
  }

  /// Yields the event of a file; a full stream means the same file again a little later.
  func offer(_ event: WatchEvent, _ entry: inout Entry, now: Double, as state: Entry.State) {
    if case .dropped = stream.yield(event) {
      isFull = true
      postpone(&entry, now: now)
    } else {
      entry.state = state
      entry.nextCheck = .infinity
    }
  }

  /// Leaves the file for the next round if the reader of the stream is behind.
  func waitsForReader(_ entry: inout Entry, now: Double) -> Bool {
    if isFull { postpone(&entry, now: now) }
    return isFull
  }

  private func postpone(_ entry: inout Entry, now: Double) {
    entry.state = .checking
    entry.nextCheck = Self.soon(now)
  }

  /// A tenth of a second on, on a grid, so that thousands of files are one wake-up and one pass over the table.
  private static func soon(_ now: Double) -> Double { ((now + 0.1) * 10).rounded(.up) / 10 }

  // MARK: - Scanning

  private func scan(now: Double, _ watch: (FilePath) -> Errno?) {
    var info = stat()
    guard root.withPlatformString({ stat($0, &info) }) == 0, info.st_mode & S_IFMT == S_IFDIR else {
      return pause(now: now, "\(root.string) is missing; waiting for the disk.")
    }
    guard mount.isThere(device: UInt64(info.st_dev)) else {
      return pause(now: now, "\(root.string) was unmounted; waiting for the disk.")
    }
    guard root.withPlatformString({ access($0, R_OK | X_OK) }) == 0 else {
      return pause(now: now, "\(root.string) cannot be read; waiting for the right to do so.")
    }
    if isPaused {
      isPaused = false
      untold.removeAll { if case .paused = $0 { true } else { false } }
      tell(.resumed)
    }
    scanNumber += 1
    present = []
    if let sentence = hearing.recognise(root) { tell(.polling(sentence)) }
    guard read(root, depth: 0, now: now, watch) else {
      return pause(now: now, "\(root.string) cannot be read; waiting for the disk.")
    }
    files = files.filter { $0.value.seenInScan == scanNumber }
    tellVanished()
    hearing.test(root, now: now)
    let end = WatchThread.now
    lastScan = (end, end - now)
    nextScan = end + (hearing.isDeaf ? Self.pollInterval : options.rescanInterval)
  }

  /// The folders directly in the root, as the running scan sees them.
  private var present: Set<FilePath> = []

  /// Offers each folder that is gone once; what a full stream turns away is told after the next scan.
  private func tellVanished() {
    for folder in folders where !present.contains(folder) {
      if case .dropped = stream.yield(.vanished(folder)) { present.insert(folder) }
    }
    folders = present
  }

  private func pause(now: Double, _ sentence: String) {
    nextScan = now + Self.pollInterval
    guard !isPaused else { return }
    isPaused = true
    files = [:]
    // With the disk everything is away, which is no news of any folder.
    folders = []
    tell(.paused(sentence))
  }

  /// Watches the folder, then lists it: what appears in between is in the list, what appears later is an event.
  private func read(_ folder: FilePath, depth: Int, now: Double, _ watch: (FilePath) -> Errno?) -> Bool {
    if let error = watch(folder), let sentence = hearing.cannotWatch(root, error) { tell(.polling(sentence)) }
    guard let listing = folder.withPlatformString({ opendir($0) }) else { return false }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath(platformString: $0) }
      }
      guard let name = name.lastComponent, name.kind == .regular, !options.ignored.contains(name) else { continue }
      let path = folder.appending(name)
      var info = stat()
      guard path.withPlatformString({ lstat($0, &info) }) == 0 else { continue }
      if info.st_mode & S_IFMT == S_IFDIR {
        if depth == 0 { present.insert(path) }
        if depth < options.depth { _ = read(path, depth: depth + 1, now: now, watch) }
      } else {
        check(path, info, now: now)
        files[path]?.seenInScan = scanNumber
      }
    }
    return true
  }
}

/// Whether the file system that was watched is the one that lies there.
private struct MountState {
  private enum State {
    case mounted
    /// Unmounted; which device the bare mount point lies on is not known yet.
    case left
    case bare(device: UInt64)
  }

  private var state = State.mounted

  mutating func leave() { state = .left }

  mutating func isThere(device: UInt64) -> Bool {
    switch state {
    case .mounted: return true
    case .left:
      state = .bare(device: device)
      return false
    case .bare(let bare):
      if bare != device { state = .mounted }
      return bare != device
    }
  }
}
