import Glibc
package import SystemPackage

/// The one way in which files come into being: whole or not at all, and still there after a power failure.
///
/// Temporary file in the same folder, write, `fsync`, rename, `fsync` of the folder. A crash leaves at most a
/// dot file with the suffix `.part`, which the next start sweeps. Each `fsync` waits for the disk, so whoever writes
/// many files into one folder syncs the folder once, for all of them. On a root that several machines share the temporary
/// file lies in a folder (`fence`) that is taken away from a process which may not write any more; see `Fence`.
package enum DurableWrite {
  /// Replaces or makes the file at `path`. On return it is durable. `isPrivate`: for this user's eyes only (0600).
  package static func write(_ bytes: [UInt8], to path: FilePath, isPrivate: Bool = false) throws(StorageError) {
    try write(to: path, replacing: true, mode: isPrivate ? 0o600 : 0o666) { (file) throws(StorageError) in
      try file.write(bytes)
    }
  }

  /// The same for a file of a body. Throws `.claimLost` where the place was taken away.
  static func write(_ bytes: [UInt8], to path: FilePath, fence: FencedPlace?) throws(StorageError) {
    try write(to: path, replacing: true, fence: fence) { (file) throws(StorageError) in try file.write(bytes) }
  }

  /// Makes the file at `path` as a copy of `source`, sharing blocks where possible. On return it is durable.
  static func copy(_ source: FilePath, to path: FilePath, replacing: Bool = true) throws(StorageError) {
    try putCopy(of: source, at: path, replacing: replacing)
    try SystemCalls.syncFolder(path.removingLastComponent())
  }

  /// As `copy`, but the name is durable only once the folder is synced.
  static func putCopy(of source: FilePath, at path: FilePath, replacing: Bool = true) throws(StorageError) {
    let from = try SystemCalls.open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try put(at: path, replacing: replacing) { (file) throws(StorageError) in try SystemCalls.copy(from, to: file) }
  }

  static func write(
    to path: FilePath, replacing: Bool, mode: mode_t = 0o666, fence: FencedPlace? = nil,
    _ fill: (borrowing Descriptor) throws(StorageError) -> Void
  ) throws(StorageError) {
    try put(at: path, replacing: replacing, mode: mode, fence: fence, fill)
    try SystemCalls.syncFolder(path.removingLastComponent())
  }

  /// Makes a file in a folder that nobody reads yet, so that it needs no other name first. Its content is durable on
  /// return, its name once the folder is synced, which then costs nothing more.
  static func writeUnseen(_ bytes: [UInt8], to path: FilePath) throws(StorageError) {
    let file = try SystemCalls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    try file.write(bytes)
    try file.sync()
  }

  /// As `write`, but the name is durable only once the folder is synced: after a power failure it may be the former
  /// file that lies there, or none, never half of one. Without `syncing` the content may be lost as well.
  static func put(
    at path: FilePath, replacing: Bool, mode: mode_t = 0o666, syncing: Bool = true, fence: FencedPlace? = nil,
    _ fill: (borrowing Descriptor) throws(StorageError) -> Void
  ) throws(StorageError) {
    let temporary = temporaryPath(for: path, in: fence?.folder ?? path.removingLastComponent())
    do throws(StorageError) {
      let file = try SystemCalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
      try fill(file)
      if syncing { try file.sync() }
      try SystemCalls.rename(temporary, to: path, replacing: replacing)
    } catch {
      try? SystemCalls.remove(temporary)
      if let fence, error.errno == .noSuchFileOrDirectory, try SystemCalls.status(fence.folder) == nil {
        throw .claimLost(fence.jobID)
      }
      throw error
    }
  }

  /// `.name.<pid>.<random>.part`, the name cut so that the whole stays within 255 bytes.
  private static func temporaryPath(for path: FilePath, in folder: FilePath) -> FilePath {
    let name = String(decoding: (path.lastComponent?.string ?? "file").utf8.prefix(180), as: UTF8.self)
    let random = String(UInt32.random(in: .min ... .max), radix: 16)
    return folder.appending(".\(name).\(getpid()).\(random)\(temporarySuffix)")
  }

  private static let temporarySuffix = ".part"

  /// Whether a file of this name is what an interrupted write left.
  static func isLeftover(_ name: FilePath.Component) -> Bool {
    name.string.hasPrefix(".") && name.string.hasSuffix(temporarySuffix)
  }

  /// Removes what interrupted writes left in a folder; a folder that is not there holds nothing.
  static func sweep(_ folder: FilePath) throws(StorageError) {
    guard try SystemCalls.status(folder) != nil else { return }
    for name in try SystemCalls.names(in: folder) where isLeftover(name) {
      try SystemCalls.remove(folder.appending(name))
    }
  }
}

/// A file on its way to being whole: bytes are appended, and earlier ones replaced where a length becomes known later.
///
/// Valid only inside the closure it is handed to.
package final class GrowingFile {
  private let raw: Int32
  private let path: FilePath
  private var count: off_t = 0

  init(_ file: borrowing Descriptor) {
    raw = file.raw
    path = file.path
  }

  /// Adds bytes at the end.
  package func append(_ bytes: [UInt8]) throws(StorageError) {
    try write(bytes, at: count)
    count += off_t(bytes.count)
  }

  /// Replaces bytes that were appended before.
  package func replace(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    precondition(offset >= 0 && offset + bytes.count <= Int(count), "only what is there can be replaced")
    try write(bytes, at: off_t(offset))
  }

  private func write(_ bytes: [UInt8], at offset: off_t) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        pwrite(raw, $0.baseAddress?.advanced(by: done), $0.count - done, offset + off_t(done))
      }
      if written < 0 {
        let error = Errno(rawValue: errno)
        if error == .interrupted { continue }
        throw .system("write", path, error)
      }
      done += written
    }
  }
}
