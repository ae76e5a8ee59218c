import Glibc
import SystemPackage

/// A folder in staging that this process is filling: as long as this value lives nobody else finishes or sweeps it.
///
/// `scenehf run` stages copies while a service works on the same root, and the service itself finishes what a crash or
/// a full disk left while it takes other drops. The lock is the folder's own (flock(2)): it moves with it, and the
/// kernel releases it with the process.
struct StagedFolder: ~Copyable {
  let path: FilePath
  private let folder: Descriptor

  /// Makes the folder, empty.
  init(making path: FilePath) throws(StorageError) {
    self.path = path
    while true {
      try SystemCalls.makeFolder(path)
      let folder = try SystemCalls.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      // Between the two calls it may have been swept as an empty leftover.
      if Self.lock(folder), try Self.isInPlace(folder) {
        self.folder = folder
        return
      }
    }
  }

  /// Takes over a folder that somebody has left; nil if somebody is filling it, or it is gone.
  init?(leftAt path: FilePath) throws(StorageError) {
    guard let info = try SystemCalls.status(path), info.st_mode & S_IFMT == S_IFDIR else { return nil }
    let folder = try SystemCalls.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    guard Self.lock(folder), try Self.isInPlace(folder) else { return nil }
    self.path = path
    self.folder = folder
  }

  /// False if somebody else holds it. A file system without such locks is worked on by one process.
  private static func lock(_ folder: borrowing Descriptor) -> Bool {
    flock(folder.raw, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }

  private static func isInPlace(_ folder: borrowing Descriptor) throws(StorageError) -> Bool {
    guard let there = try SystemCalls.status(folder.path) else { return false }
    return FileIdentity(there).inode == FileIdentity(try folder.status()).inode
  }
}
