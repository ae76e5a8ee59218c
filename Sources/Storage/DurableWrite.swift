import Glibc
package import SystemPackage

/// The one way in which files come into being: whole or not at all, and still there after a power failure.
///
/// Temporary file in the same folder, write, `fsync`, rename, `fsync` of the folder. A crash leaves at most a
/// dot file with the suffix `.part`, which the next start sweeps.
package enum DurableWrite {
  /// Replaces or makes the file at `path`. On return it is durable. `isPrivate`: for this user's eyes only (0600).
  package static func write(_ bytes: [UInt8], to path: FilePath, isPrivate: Bool = false) throws(StorageError) {
    try write(to: path, replacing: true, mode: isPrivate ? 0o600 : 0o666) { (file) throws(StorageError) in
      try file.write(bytes)
    }
  }

  /// Makes the file at `path` as a copy of `source`, sharing blocks where possible. On return it is durable.
  static func copy(_ source: FilePath, to path: FilePath, replacing: Bool = true) throws(StorageError) {
    let from = try SystemCalls.open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try write(to: path, replacing: replacing) { (file) throws(StorageError) in try SystemCalls.copy(from, to: file) }
  }

  /// `syncFolder` false leaves the folder's `fsync` to a caller that does several files.
  static func write(
    to path: FilePath, replacing: Bool, syncFolder: Bool = true, mode: mode_t = 0o666,
    _ fill: (borrowing Descriptor) throws(StorageError) -> Void
  ) throws(StorageError) {
    let temporary = temporaryPath(for: path)
    do throws(StorageError) {
      let file = try SystemCalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
      try fill(file)
      try file.sync()
      try SystemCalls.rename(temporary, to: path, replacing: replacing)
    } catch {
      try? SystemCalls.remove(temporary)
      throw error
    }
    if syncFolder { try SystemCalls.syncFolder(path.removingLastComponent()) }
  }

  /// `.name.<pid>.<random>.part`, the name cut so that the whole stays within 255 bytes.
  private static func temporaryPath(for path: FilePath) -> FilePath {
    let name = String(decoding: (path.lastComponent?.string ?? "file").utf8.prefix(180), as: UTF8.self)
    let random = String(UInt32.random(in: .min ... .max), radix: 16)
    return path.removingLastComponent().appending(".\(name).\(getpid()).\(random)\(temporarySuffix)")
  }

  static let temporarySuffix = ".part"

  /// Removes what interrupted writes left in a folder; the names removed.
  static func sweep(_ folder: FilePath) throws(StorageError) -> [String] {
    var swept: [String] = []
    for name in try SystemCalls.names(in: folder)
    where name.string.hasPrefix(".") && name.string.hasSuffix(temporarySuffix) {
      try SystemCalls.remove(folder.appending(name))
      swept.append(name.string)
    }
    return swept
  }
}
