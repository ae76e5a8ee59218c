import CLinux
import Glibc
import SystemPackage

/// The system calls that the store stands on, each with its error as a typed throw.
///
/// All of them are here, so that this is the one place to look for what touches the disk, and the one place
/// where tests can make the disk fail. Interrupted calls are made again.
enum SystemCalls {
  static func makeFolder(_ path: FilePath) throws(StorageError) {
    do throws(StorageError) {
      try perform(.makeFolder(path)) { path.withPlatformString { mkdir($0, 0o777) } }
    } catch {
      if error.errno != .fileExists { throw error }
    }
  }

  static func open(_ path: FilePath, _ flags: Int32, mode: mode_t = 0o666) throws(StorageError) -> Descriptor {
    let operation = flags & O_CREAT != 0 ? Operation.create(path) : .open(path)
    let raw = try perform(operation) { path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, mode) } }
    return Descriptor(raw: Int32(raw), path: path)
  }

  /// Nil if there is nothing at the path, which includes names that no file can have. Links are not followed.
  static func status(_ path: FilePath) throws(StorageError) -> stat? {
    var info = stat()
    do throws(StorageError) {
      try perform(.look(path)) { path.withPlatformString { lstat($0, &info) } }
      return info
    } catch {
      let isNothing: [Errno?] = [.noSuchFileOrDirectory, .notDirectory, .fileNameTooLong]
      if isNothing.contains(error.errno) { return nil }
      throw error
    }
  }

  /// Renames; `replacing` false refuses to overwrite with EEXIST.
  static func rename(_ from: FilePath, to: FilePath, replacing: Bool) throws(StorageError) {
    try perform(.rename(from, to: to)) {
      let code = from.withPlatformString { from in
        to.withPlatformString { to in clinux_rename(AT_FDCWD, from, AT_FDCWD, to, replacing ? 1 : 0) }
      }
      errno = -min(code, 0)
      return code
    }
  }

  /// Removes a file or link; one that is gone already is no error.
  static func remove(_ path: FilePath) throws(StorageError) {
    try unlessGone { () throws(StorageError) in
      try perform(.remove(path)) { path.withPlatformString { unlink($0) } }
    }
  }

  /// Removes an empty folder; one that is gone already is no error.
  static func removeFolder(_ path: FilePath) throws(StorageError) {
    try unlessGone { () throws(StorageError) in
      try perform(.removeFolder(path)) { path.withPlatformString { rmdir($0) } }
    }
  }

  private static func unlessGone(_ remove: () throws(StorageError) -> Void) throws(StorageError) {
    do throws(StorageError) {
      try remove()
    } catch {
      if error.errno != .noSuchFileOrDirectory { throw error }
    }
  }

  /// The names in a folder as the kernel has them, without `.` and `..`, in no order.
  static func names(in path: FilePath) throws(StorageError) -> [FilePath.Component] {
    try perform(.list(path)) { () -> Int in 0 }
    guard let folder = path.withPlatformString({ opendir($0) }) else {
      throw .system("list", path, Errno(rawValue: errno))
    }
    defer { closedir(folder) }
    var names: [FilePath.Component] = []
    while true {
      // The end and an error look alike but for errno; half a listing would read as "the rest is deleted".
      errno = 0
      guard let entry = readdir(folder) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath(platformString: $0) }
      }
      if let component = name.lastComponent, component.kind == .regular { names.append(component) }
    }
    if errno != 0 { throw .system("list", path, Errno(rawValue: errno)) }
    return names
  }

  /// Makes a rename or a new file in this folder durable.
  static func syncFolder(_ path: FilePath) throws(StorageError) {
    try open(path, O_RDONLY | O_DIRECTORY).sync()
  }

  /// Copies all bytes from one file to another, sharing blocks where the file system can.
  static func copy(_ from: borrowing Descriptor, to: borrowing Descriptor) throws(StorageError) {
    let (source, target) = (from.raw, to.raw)
    try perform(.write(to.path, count: 1)) {
      let code = clinux_clone_or_copy(source, target)
      errno = -min(code, 0)
      return code
    }
  }

  /// Makes an entry of the same kind and meaning as one that is no regular file: a link or a named pipe.
  static func recreate(_ path: FilePath, _ info: stat, at target: FilePath) throws(StorageError) {
    try perform(.create(target)) {
      target.withPlatformString { target in
        guard info.st_mode & S_IFMT == S_IFLNK else { return mknod(target, info.st_mode, info.st_rdev) }
        var destination = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = path.withPlatformString { readlink($0, &destination, Int(PATH_MAX)) }
        return count < 0 ? -1 : symlink(destination, target)
      }
    }
  }

  /// Makes `call`, again where it is interrupted, and throws where it returns less than 0 (cause in `errno`).
  @discardableResult
  static func perform(_ operation: Operation, _ call: () -> Int) throws(StorageError) -> Int {
    while true {
      var result = 0
      if let planned = interference?.fault(before: operation) {
        (result, errno) = (-1, planned.rawValue)
      } else {
        result = call()
      }
      if result >= 0 { return result }
      let error = Errno(rawValue: errno)
      if error != .interrupted { throw .system(operation.words, operation.path, error) }
    }
  }

  @discardableResult
  private static func perform(_ operation: Operation, _ call: () -> Int32) throws(StorageError) -> Int {
    try perform(operation) { Int(call()) }
  }

  /// What stands between the store and the kernel; nil but in tests.
  @TaskLocal static var interference: Interference?
}

/// An open file; closed when it goes out of scope.
struct Descriptor: ~Copyable {
  let raw: Int32
  let path: FilePath

  deinit { close(raw) }

  /// Everything written so far is on the disk when this returns (ENOTSUP and EINVAL: not a thing that syncs).
  borrowing func sync() throws(StorageError) {
    let raw = raw
    do throws(StorageError) {
      try SystemCalls.perform(.sync(path)) { Int(fsync(raw)) }
    } catch {
      if error.errno != .invalidArgument, error.errno != .notSupported { throw error }
    }
  }

  borrowing func write(_ bytes: [UInt8]) throws(StorageError) {
    let raw = raw
    var done = 0
    while done < bytes.count {
      let rest = bytes.count - done
      let count = SystemCalls.interference?.length(of: rest, for: path) ?? rest
      done += try SystemCalls.perform(.write(path, count: count)) {
        bytes.withUnsafeBytes { Glibc.write(raw, $0.baseAddress.map { $0 + done }, count) }
      }
    }
  }

  /// Cuts the file off after `length` bytes.
  borrowing func truncate(to length: Int) throws(StorageError) {
    let raw = raw
    try SystemCalls.perform(.truncate(path)) { Int(ftruncate(raw, length)) }
  }

  /// The whole content, or an error if it has more than `limit` bytes.
  borrowing func read(limit: Int) throws(StorageError) -> [UInt8] {
    let info = try status()
    var bytes = [UInt8](repeating: 0, count: min(Int(info.st_size), limit) + 1)
    var done = 0
    while true {
      if done == bytes.count {
        if done > limit { throw .system("read all of", path, .fileTooLarge) }
        bytes += [UInt8](repeating: 0, count: max(4096, done))
      }
      let count = try read(into: &bytes, from: done)
      if count == 0 { break }
      done += count
    }
    if done > limit { throw .system("read all of", path, .fileTooLarge) }
    bytes.removeLast(bytes.count - done)
    return bytes
  }

  /// Reads on into `bytes` from `start`; how many bytes came, 0 at the end of the file.
  private borrowing func read(into bytes: inout [UInt8], from start: Int) throws(StorageError) -> Int {
    let raw = raw
    return try SystemCalls.perform(.read(path)) {
      bytes.withUnsafeMutableBytes { Glibc.read(raw, $0.baseAddress.map { $0 + start }, $0.count - start) }
    }
  }

  /// Whether both files hold the same bytes, read from where they stand, a megabyte at a time.
  borrowing func hasSameContent(as other: borrowing Descriptor) throws(StorageError) -> Bool {
    var mine = [UInt8](repeating: 0, count: 1 << 20)
    var theirs = mine
    while true {
      let count = try fill(&mine)
      guard try other.fill(&theirs) == count, mine[..<count] == theirs[..<count] else { return false }
      if count == 0 { return true }
    }
  }

  private borrowing func fill(_ bytes: inout [UInt8]) throws(StorageError) -> Int {
    var done = 0
    while done < bytes.count {
      let count = try read(into: &bytes, from: done)
      if count == 0 { break }
      done += count
    }
    return done
  }

  borrowing func status() throws(StorageError) -> stat {
    let raw = raw
    var info = stat()
    try SystemCalls.perform(.look(path)) { Int(fstat(raw, &info)) }
    return info
  }
}
