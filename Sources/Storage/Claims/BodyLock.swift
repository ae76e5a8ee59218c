import CLinux
import Glibc
import SystemPackage

/// Excludes the other processes of a shared root from one job, or from its face, as long as this value lives.
///
/// A lock of the kernel's (F_OFD_SETLK, which NFS 4 carries between machines) on a file in a folder of its own, so a
/// process that dies frees it at once. One that hangs (a frozen machine) is waited for and then goes without: the folder
/// is renamed away with everything in it. What the hanging process was about to put in place by a rename out of its
/// own place in that folder then has no source any more and fails, whenever it wakes up.
final class BodyLock: Sendable {
  enum Kind: String {
    case job = ".update"
    case face = ".face"

    /// The longest that one holder is waited for: a change of a job is one small file, a face may be a hundred large
    /// ones.
    var patience: Duration { self == .job ? .seconds(10) : .seconds(60) }
  }

  private let file: Descriptor
  private let folder: FilePath

  /// Throws `.noSuchJob` where there is no body.
  init(_ kind: Kind, of body: FilePath, by holder: String, patience: Duration? = nil) throws(StorageError) {
    let folder = body.appending(kind.rawValue)
    let patience = patience ?? kind.patience
    var seen: (inode: UInt64, since: Int64)?
    var end = ContinuousClock.now + patience
    var pause: UInt32 = 500
    while true {
      let file = try Self.open(folder, of: body)
      let code = clinux_lock(file.raw)
      if code == 0 {
        guard try Self.isInPlace(file, folder) else { continue }
        // Tells those who wait that it is another holder now.
        futimens(file.raw, nil)
        self.file = file
        self.folder = folder
        if kind == .job { try SystemCalls.makeFolder(Self.place(in: body, of: holder)) }
        return
      }
      if code != -EAGAIN, code != -EACCES { throw .system("lock", folder, Errno(rawValue: -code)) }
      let info = try file.status()
      let current = (FileIdentity(info).inode, FileIdentity(info).modified)
      if let seen, seen == current {
        if ContinuousClock.now > end { try Self.breakUp(folder, of: body) }
      } else {
        (seen, end) = (current, ContinuousClock.now + patience)
      }
      usleep(pause)
      pause = min(pause * 2, 20_000)
    }
  }

  /// Where job.json comes into being while `holder` has the lock.
  static func place(in body: FilePath, of holder: String) -> FilePath {
    body.appending(Kind.job.rawValue).appending(holder)
  }

  /// Removes what processes left here that were killed in the middle of a change.
  func clear() throws(StorageError) {
    for name in try SystemCalls.names(in: folder) where name.string != Self.lockName {
      try SystemCalls.removeTree(folder.appending(name))
    }
  }

  private static let lockName = "lock"

  private static func open(_ folder: FilePath, of body: FilePath) throws(StorageError) -> Descriptor {
    while true {
      do throws(StorageError) {
        return try SystemCalls.open(folder.appending(lockName), O_RDWR | O_CREAT | O_NOFOLLOW)
      } catch {
        guard error.errno == .noSuchFileOrDirectory else { throw error }
        guard try SystemCalls.status(body) != nil else { throw .noSuchJob(body.lastComponent?.string ?? "") }
        try SystemCalls.makeFolder(folder)
      }
    }
  }

  private static func isInPlace(_ file: borrowing Descriptor, _ folder: FilePath) throws(StorageError) -> Bool {
    guard let there = try SystemCalls.status(folder.appending(lockName)) else { return false }
    return FileIdentity(there).inode == FileIdentity(try file.status()).inode
  }

  private static func breakUp(_ folder: FilePath, of body: FilePath) throws(StorageError) {
    let grave = body.appending(".broken-\(UInt64.random(in: .min ... .max))")
    do throws(StorageError) {
      try SystemCalls.rename(folder, to: grave, replacing: false)
    } catch {
      // Somebody else was as patient.
      guard error.errno == .noSuchFileOrDirectory else { throw error }
      return
    }
    try SystemCalls.removeTree(grave)
  }
}
