import Glibc
import SystemPackage
import TestSupport

@testable import Storage

/// A disk that can lose power: it remembers what was not synced yet, and takes it back.
///
/// Metadata goes to the disk in order, as in every journaling file system: the sync of a folder makes durable
/// what happened to its names, and everything before it. The content of a file is durable by its own sync
/// alone; what was written since is lost, whatever name the file has got meanwhile.
final class LostPower: @unchecked Sendable {
  // Unchecked: a test uses it on one thread.
  private struct Change {
    var folders: [FilePath]
    var undo: () -> Void
  }

  private let root: FilePath
  /// Where removed and replaced files stay until power is lost.
  private let attic: FilePath
  private var changes: [Change] = []
  private var durable = 0
  /// The length that is on the disk, of each file that was written since its last sync.
  private var unsynced: [UInt64: Int] = [:]
  private var kept = 0

  init(root: FilePath, attic: FilePath) {
    (self.root, self.attic) = (root, attic)
  }

  /// Told before each call that will succeed.
  func note(_ operation: Operation) {
    switch operation {
    case .makeFolder(let path) where !exists(path):
      change(path) { _ = path.withPlatformString { rmdir($0) } }
    case .create(let path) where !exists(path):
      change(path) { _ = path.withPlatformString { unlink($0) } }
    case .rename(let from, let to): rename(from, to)
    case .remove(let path) where exists(path):
      let saved = keep(path)
      change(path) { try? move(saved, to: path) }
    case .removeFolder(let path) where exists(path):
      change(path) { try? makeFolder(path) }
    case .write(let path, _), .truncate(let path):
      if let (inode, size) = file(path), unsynced[inode] == nil { unsynced[inode] = size }
    case .sync(let path): sync(path)
    default: break
    }
  }

  private func rename(_ from: FilePath, _ to: FilePath) {
    let replaced = exists(to) ? keep(to) : nil
    let folders = [from.removingLastComponent(), to.removingLastComponent()]
    changes.append(
      Change(folders: folders) {
        try? move(to, to: from)
        if let replaced { try? move(replaced, to: to) }
      })
  }

  private func change(_ path: FilePath, undo: @escaping () -> Void) {
    changes.append(Change(folders: [path.removingLastComponent()], undo: undo))
  }

  private func sync(_ path: FilePath) {
    if isFolder(path) {
      if let last = changes.lastIndex(where: { $0.folders.contains(path) }) { durable = max(durable, last + 1) }
    } else if let (inode, _) = file(path) {
      unsynced[inode] = nil
    }
  }

  /// Takes back what was not durable, all of it or only the later part.
  func lose(all: Bool) {
    let first = all ? durable : (durable + changes.count + 1) / 2
    for change in changes[min(first, changes.count)...].reversed() { change.undo() }
    for path in tree(root) {
      guard let (inode, size) = file(path), let length = unsynced[inode], length < size else { continue }
      _ = path.withPlatformString { truncate($0, length) }
    }
  }

  /// A second name in the attic, so that the content outlives its own.
  private func keep(_ path: FilePath) -> FilePath {
    kept += 1
    let saved = attic.appending("\(kept)")
    try? link(path, to: saved)
    return saved
  }

  private func file(_ path: FilePath) -> (inode: UInt64, size: Int)? {
    var info = stat()
    guard path.withPlatformString({ lstat($0, &info) }) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    return (UInt64(info.st_ino), Int(info.st_size))
  }
}
