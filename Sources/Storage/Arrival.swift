import CLinux
import FoundationEssentials
import Glibc
import SystemPackage

/// A dropped entry on its way into a staged folder of ours.
///
/// It moves by one rename. Where that cannot be (another file system, a second name of the same file) it is
/// copied, compared, and only then removed; a record beside the staged folder's contents says so meanwhile, so
/// that repair can tell a copy whose original still lies in the inbox from the only one there is.
struct Arrival {
  /// Where it was dropped.
  let path: FilePath
  /// Where it goes, below `staged`.
  let target: FilePath
  let staged: FilePath

  private var record: FilePath { staged.appending(".origin.json") }

  /// What the record holds. The device number is left out: it may be another after a restart.
  private struct Origin: Codable {
    var path: Data
    var inode: UInt64
    var size: Int64
    var modified: Int64
  }

  /// Brings in the file that `identity` describes, if it is still that and nobody is writing it: on return it
  /// is durable in its place. Throws `.changedMeanwhile` otherwise.
  func bringIn(expecting identity: FileIdentity) throws(StorageError) {
    guard let info = try SystemCalls.status(path), identity == FileIdentity(info) else {
      throw .changedMeanwhile(path)
    }
    // Another name of the same file must not be able to change our source: hard links are copied.
    if info.st_nlink > 1 { return try copyIn(info) }
    do throws(StorageError) {
      try SystemCalls.rename(path, to: target, replacing: false)
    } catch {
      guard error.errno == .improperLink else { throw error }
      return try copyIn(info)
    }
    // Nobody can open it by its old name any more. Whoever opened it before is found by the lease.
    let file = try SystemCalls.open(target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard FileIdentity(try file.status()) == identity, clinux_probe_writer(file.raw) != -EAGAIN else {
      throw .changedMeanwhile(path)
    }
    try file.sync()
    try SystemCalls.syncFolder(target.removingLastComponent())
  }

  /// Brings in whatever lies there (a file, a link, a pipe), never opened unless it must be copied.
  func bringInUnseen(expecting identity: FileIdentity?) throws(StorageError) {
    guard let info = try SystemCalls.status(path), identity == nil || identity == FileIdentity(info) else {
      throw .changedMeanwhile(path)
    }
    do throws(StorageError) {
      try SystemCalls.rename(path, to: target, replacing: false)
    } catch {
      guard error.errno == .improperLink else { throw error }
      if info.st_mode & S_IFMT == S_IFREG { return try copyIn(info) }
      try SystemCalls.recreate(path, info, at: target)
      try SystemCalls.remove(path)
    }
    try SystemCalls.syncFolder(target.removingLastComponent())
  }

  private func copyIn(_ info: stat) throws(StorageError) {
    let identity = FileIdentity(info)
    let bytes = path.withPlatformString { Data(bytes: $0, count: strlen($0)) }
    let origin = Origin(path: bytes, inode: identity.inode, size: identity.size, modified: identity.modified)
    try DurableWrite.write(try JobStore.encode(origin), to: record)
    try DurableWrite.copy(path, to: target, replacing: false)
    let original = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    let copied = try SystemCalls.open(target, O_RDONLY | O_NOFOLLOW)
    guard try original.hasSameContent(as: copied), clinux_probe_writer(original.raw) != -EAGAIN,
      FileIdentity(try original.status()) == identity,
      let now = try SystemCalls.status(path), FileIdentity(now) == identity
    else { throw .changedMeanwhile(path) }
    try SystemCalls.remove(path)
    try SystemCalls.syncFolder(path.removingLastComponent())
    try SystemCalls.remove(record)
  }

  /// Undoes an arrival that failed. The entry lies in the inbox again, under a free name if its own was taken
  /// meanwhile, and the staged folder is gone; where that cannot be done everything stays for the next repair.
  func giveBack() throws(StorageError) {
    if try SystemCalls.status(target) != nil, try !Self.isOriginalThere(staged) {
      try putBack()
      try SystemCalls.syncFolder(path.removingLastComponent())
    }
    try SystemCalls.removeTree(staged)
  }

  private func putBack() throws(StorageError) {
    for number in 1...1000 {
      do throws(StorageError) {
        return try SystemCalls.rename(target, to: number == 1 ? path : path.numbered(number), replacing: false)
      } catch {
        guard error.errno == .fileExists else { throw error }
      }
    }
    throw .system("find a free name beside", path, .fileExists)
  }

  /// Whether the staged folder holds a copy whose original was not removed yet.
  static func isOriginalThere(_ staged: FilePath) throws(StorageError) -> Bool {
    let record = staged.appending(".origin.json")
    guard try SystemCalls.status(record) != nil else { return false }
    let bytes = try SystemCalls.open(record, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 16)
    guard let origin = try? JSONDecoder().decode(Origin.self, from: Data(bytes)) else { return false }
    let path = FilePath(platformString: origin.path.map { CChar(bitPattern: $0) } + [0])
    guard let info = try SystemCalls.status(path) else { return false }
    let found = FileIdentity(info)
    return (found.inode, found.size, found.modified) == (origin.inode, origin.size, origin.modified)
  }

  /// Forgets that the file was copied, once its original is known to be gone.
  static func forgetOrigin(_ staged: FilePath) throws(StorageError) {
    try SystemCalls.remove(staged.appending(".origin.json"))
  }
}

extension FilePath {
  /// `street 2.jpg` for `street.jpg`, byte for byte, the stem cut where the name would grow beyond 255 bytes.
  fileprivate func numbered(_ number: Int) -> FilePath {
    let name = lastComponent?.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) } ?? []
    let dot = name.lastIndex(of: CChar(UInt8(ascii: "."))) ?? name.endIndex
    let split = dot > 0 ? dot : name.endIndex
    let tail = " \(number)".utf8.map { CChar(bitPattern: $0) } + name[split...]
    let numbered = Array(name[..<split].prefix(max(0, 255 - tail.count))) + tail
    return removingLastComponent().appending(FilePath(platformString: numbered + [0]).components)
  }
}

extension SystemCalls {
  /// Removes a folder of ours with everything in it; links in it are removed, not followed.
  static func removeTree(_ folder: FilePath) throws(StorageError) {
    guard try status(folder) != nil else { return }
    for name in try names(in: folder) {
      let path = folder.appending(name)
      if let info = try status(path), info.st_mode & S_IFMT == S_IFDIR {
        try removeTree(path)
      } else {
        try remove(path)
      }
    }
    try removeFolder(folder)
  }
}
