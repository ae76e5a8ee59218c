import Glibc
import SystemPackage

/// One file of a watched folder: when it is looked at, and what is said of it.
extension FolderState {
  /// What is known of one path.
  struct Entry {
    var identity: Identity
    /// Nanoseconds since 1970 of the last change of content or of attributes.
    var changed: Int64
    /// When it was first seen as it is now.
    var since: Double
    var state = State.checking
    var wait = FolderState.shortestWait
    /// How long the next wait is after a caller could not use the file although its patience is over.
    var retryWait = FolderState.longestWait
    var nextCheck = Double.infinity
    var seenInScan = 0

    enum State {
      case checking
      case offered
      /// The caller could not use it yet.
      case unusable
    }
  }

  /// What tells one content of one file from another without reading it.
  struct Identity: Equatable {
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

  private static let shortestWait = 0.02
  private static let longestWait = 1.0
  /// A file that nobody can take is offered ever more rarely.
  private static let longestRetryWait = 300.0

  /// The caller could not use what it was offered. It comes again when it changes, when its patience ends, and
  /// after that after ever longer waits.
  func notYet(_ path: FilePath, now: Double) {
    // A file that has changed since it was offered is being looked at already.
    guard var entry = files[path], entry.state == .offered else { return }
    entry.state = .unusable
    let end = entry.since + options.patience
    if now < end {
      entry.nextCheck = max(now + Self.longestWait, end)
    } else {
      entry.nextCheck = now + entry.retryWait
      entry.retryWait = min(entry.retryWait * 2, Self.longestRetryWait)
    }
    files[path] = entry
    nextDue = min(nextDue, entry.nextCheck)
  }

  /// Looks at the file and says what is to be said.
  func check(_ path: FilePath, now: Double) {
    var info = stat()
    guard path.withPlatformString({ lstat($0, &info) }) == 0 else {
      files[path] = nil
      return
    }
    guard info.st_mode & S_IFMT != S_IFDIR else { return }
    check(path, info, now: now)
  }

  /// The same for a file that was just looked at.
  func check(_ path: FilePath, _ info: stat, now: Double) {
    let identity = Identity(info)
    let changed = Int64(info.st_ctim.tv_sec) * 1_000_000_000 + Int64(info.st_ctim.tv_nsec)
    var entry = files[path] ?? Entry(identity: identity, changed: changed, since: now)
    if entry.identity != identity {
      entry = Entry(identity: identity, changed: changed, since: now, seenInScan: entry.seenInScan)
    } else if entry.changed != changed {
      // Rights or names: no new content, but whoever does that is not finished.
      entry.changed = changed
      if entry.state == .checking { entry.since = now }
    }
    if entry.state == .checking || (entry.state == .unusable && entry.nextCheck <= now) {
      if !waitsForReader(&entry, now: now) { judge(path, info, &entry, now: now) }
    }
    files[path] = entry
    nextDue = min(nextDue, entry.nextCheck)
  }

  private func judge(_ path: FilePath, _ info: stat, _ entry: inout Entry, now: Double) {
    let unchangedFor = now - entry.since
    switch Completeness.check(path, info) {
    case .gone: later(&entry, now: now)
    case .notRegular(let kind): offer(.notAFile(path, kind: kind), &entry, now: now, as: .offered)
    case .whole:
      offer(.whole(file(path, entry, unchangedFor)), &entry, now: now, as: .offered)
    case .noLeases where unchangedFor >= options.quietTime:
      offer(.whole(file(path, entry, unchangedFor)), &entry, now: now, as: .offered)
    case .empty where unchangedFor >= options.patience:
      offer(.empty(file(path, entry, unchangedFor)), &entry, now: now, as: .offered)
    case .empty, .noLeases, .writerOpen: later(&entry, now: now)
    }
  }

  private func later(_ entry: inout Entry, now: Double) {
    entry.nextCheck = now + entry.wait
    entry.wait = min(entry.wait * 2, Self.longestWait)
  }

  private func file(_ path: FilePath, _ entry: Entry, _ unchangedFor: Double) -> WatchedFile {
    WatchedFile(
      path: path, device: entry.identity.device, inode: entry.identity.inode, size: entry.identity.size,
      modified: entry.identity.modified, unchangedFor: unchangedFor)
  }
}
