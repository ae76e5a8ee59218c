import Glibc
package import SystemPackage

/// A file that lies in the inbox, as it was when it was found whole.
package struct Drop: Sendable, Hashable {
  /// Absolute.
  package var path: FilePath
  package var identity: FileIdentity

  package init(path: FilePath, identity: FileIdentity) {
    self.path = path
    self.identity = identity
  }
}

/// What tells one content of one file from another without reading it.
package struct FileIdentity: Sendable, Hashable {
  package var device: UInt64
  package var inode: UInt64
  package var size: Int64
  /// Nanoseconds since 1970; the change time is left out, because a rename changes it.
  package var modified: Int64

  package init(device: UInt64, inode: UInt64, size: Int64, modified: Int64) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
  }
}

extension JobStore {
  /// The bytes of a file that lies in the inbox; links are not followed. Nil if it is gone.
  package func readDrop(_ path: FilePath, limit: Int) throws(StorageError) -> [UInt8]? {
    guard try SystemCalls.status(path) != nil else { return nil }
    return try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).read(limit: limit)
  }

  /// What lies at the path now, as a drop; nil if nothing does.
  package func drop(at path: FilePath) throws(StorageError) -> Drop? {
    try SystemCalls.status(path).map { Drop(path: path, identity: FileIdentity($0)) }
  }
}
