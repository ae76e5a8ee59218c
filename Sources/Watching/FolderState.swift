import CLinux
import Glibc
import SystemPackage

/// What is known of one watched folder. Lives on the watch thread alone.
final class FolderState: @unchecked Sendable {
  // Unchecked: made on, and only ever touched by, the watch thread.
  private let root: FilePath
  private let options: WatchOptions
  private let stream: AsyncStream<WatchEvent>.Continuation
  private var files: [FilePath: Entry] = [:]
  private var isPaused = false
  private var isDeaf = false
  private var saidPolling = false
  private var nextScan = 0.0

  /// How long a missing folder or a deaf file system waits between looks.
  private static let pollInterval = 2.0
  private static let shortestWait = 0.02
  private static let longestWait = 1.0

  /// What is known of one path.
  private struct Entry {
    var identity: Identity
    /// When this identity was first seen.
    var since: Double
    var state: State
    var wait = FolderState.shortestWait
    var nextCheck = Double.infinity
    var seenInScan = 0

    enum State {
      case checking
      case offered
      /// The caller could not use it yet.
      case unusable
      case done
    }
  }

  private struct Identity: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modified: Int64

    init(_ info: stat) {
      device = UInt64(info.st_dev)
      inode = UInt64(info.st_ino)
      size = Int64(info.st_size)
      modified = Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
    }
  }

  init(_ root: FilePath, _ options: WatchOptions, _ stream: AsyncStream<WatchEvent>.Continuation) {
    self.root = root
    self.options = options
    self.stream = stream
  }

  func finish() { stream.finish() }

  /// When there is something to do next, on the monotonic clock.
  private(set) var nextDue = 0.0

  /// Reads the folder again at the next opportunity.
  func lookAgain() {
    nextScan = 0
    nextDue = 0
  }

  /// Reads the folder again and offers also what was offered before, for a caller that lost it.
  func offerAgain() {
    for (path, entry) in files where entry.state == .offered || entry.state == .unusable {
      files[path]?.state = .checking
    }
    lookAgain()
  }

  func notYet(_ path: FilePath, now: Double) {
    guard var entry = files[path] else { return }
    entry.state = .unusable
    entry.nextCheck = max(now + Self.longestWait, entry.since + options.patience)
    files[path] = entry
    nextDue = min(nextDue, entry.nextCheck)
  }

  /// Something happened to this path.
  func look(at path: FilePath, now: Double) {
    guard let name = path.lastComponent, !options.ignored.contains(name) else { return }
    check(path, now: now)
  }

  /// Scans and checks what is due.
  func work(now: Double, _ watch: (FilePath) -> Errno?) {
    if nextScan <= now { scan(now: now, watch) }
    for (path, entry) in files where entry.nextCheck <= now { check(path, now: now) }
    nextDue = min(nextScan, files.values.map(\.nextCheck).min() ?? .infinity)
  }

  // MARK: - Scanning

  private var scanNumber = 0

  private func scan(now: Double, _ watch: (FilePath) -> Errno?) {
    var info = stat()
    guard root.withPlatformString({ stat($0, &info) }) == 0, info.st_mode & S_IFMT == S_IFDIR else {
      return pause(now: now, "\(root.string) is missing; waiting for the disk.")
    }
    scanNumber += 1
    isDeaf = false
    checkDeafness()
    guard read(root, depth: 0, now: now, watch) else {
      return pause(now: now, "\(root.string) cannot be read; waiting for the right to do so.")
    }
    if isPaused {
      isPaused = false
      stream.yield(.resumed)
    }
    files = files.filter { $0.value.seenInScan == scanNumber }
    nextScan = now + (isDeaf ? Self.pollInterval : options.rescanInterval)
  }

  private func pause(now: Double, _ sentence: String) {
    nextScan = now + Self.pollInterval
    guard !isPaused else { return }
    isPaused = true
    files = [:]
    stream.yield(.paused(sentence))
  }

  /// Watches the folder, then lists it: what appears in between is in the list, what appears later is an event.
  private func read(_ folder: FilePath, depth: Int, now: Double, _ watch: (FilePath) -> Errno?) -> Bool {
    if !isDeaf, let error = watch(folder) { cannotWatch(error) }
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
        if depth < options.depth { _ = read(path, depth: depth + 1, now: now, watch) }
      } else {
        check(path, now: now)
        files[path]?.seenInScan = scanNumber
      }
    }
    return true
  }

  private func cannotWatch(_ error: Errno) {
    // The folder went away between being listed and being watched.
    if error == .noSuchFileOrDirectory || error == .notDirectory { return }
    isDeaf = true
    guard !saidPolling else { return }
    saidPolling = true
    let remedy =
      error == .noSpace
      ? " Raise fs.inotify.max_user_watches (sysctl) to be told at once." : ""
    stream.yield(.polling("\(root.string) cannot be watched (\(error)), so it is read every few seconds.\(remedy)"))
  }

  /// File systems whose changes are made elsewhere and never reach inotify (statfs(2), inotify(7)).
  private func checkDeafness() {
    let deaf: [UInt64: String] = [
      0x6969: "NFS", 0xFF53_4D42: "SMB", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
      0x6B41_4653: "AFS", 0x00C3_6400: "Ceph",
    ]
    let folder = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard folder >= 0 else { return }
    defer { close(folder) }
    var type: UInt64 = 0
    guard clinux_filesystem(folder, &type) == 0, let name = deaf[type] else { return }
    isDeaf = true
    guard !saidPolling else { return }
    saidPolling = true
    stream.yield(.polling("\(root.string) is on \(name), where events do not arrive; it is read every few seconds."))
  }

  // MARK: - One file

  private func check(_ path: FilePath, now: Double) {
    var info = stat()
    guard path.withPlatformString({ lstat($0, &info) }) == 0 else {
      files[path] = nil
      return
    }
    guard info.st_mode & S_IFMT != S_IFDIR else { return }
    let identity = Identity(info)
    var entry = files[path] ?? Entry(identity: identity, since: now, state: .checking)
    if entry.identity != identity {
      entry = Entry(identity: identity, since: now, state: .checking, seenInScan: entry.seenInScan)
    }
    let patienceIsOver = now - entry.since >= options.patience
    if entry.state == .checking || (entry.state == .unusable && patienceIsOver) {
      judge(path, info, &entry, now: now)
    }
    files[path] = entry
    nextDue = min(nextDue, entry.nextCheck)
  }

  private func judge(_ path: FilePath, _ info: stat, _ entry: inout Entry, now: Double) {
    let unchangedFor = now - entry.since
    switch Completeness.check(path, info) {
    case .gone: later(&entry, now: now)
    case .notRegular(let kind): offer(.notAFile(path, kind: kind), &entry, now: now, as: .done)
    case .whole:
      offer(.whole(file(path, entry, unchangedFor)), &entry, now: now, as: .offered)
    case .noLeases where unchangedFor >= options.quietTime:
      offer(.whole(file(path, entry, unchangedFor)), &entry, now: now, as: .offered)
    case .empty where unchangedFor >= options.patience:
      offer(.empty(file(path, entry, unchangedFor)), &entry, now: now, as: .done)
    case .empty, .noLeases, .writerOpen: later(&entry, now: now)
    }
  }

  private func later(_ entry: inout Entry, now: Double) {
    entry.nextCheck = now + entry.wait
    entry.wait = min(entry.wait * 2, Self.longestWait)
  }

  /// Yields the event; a full stream means the same file again a little later.
  private func offer(_ event: WatchEvent, _ entry: inout Entry, now: Double, as state: Entry.State) {
    if case .dropped = stream.yield(event) {
      entry.state = .checking
      // On a grid of tenths, so that thousands of them are one wake-up and one pass over the table.
      entry.nextCheck = ((now + 0.1) * 10).rounded(.up) / 10
    } else {
      entry.state = state
      entry.nextCheck = .infinity
    }
  }

  private func file(_ path: FilePath, _ entry: Entry, _ unchangedFor: Double) -> WatchedFile {
    WatchedFile(
      path: path, device: entry.identity.device, inode: entry.identity.inode, size: entry.identity.size,
      modified: entry.identity.modified, unchangedFor: unchangedFor)
  }
}
