import CLinux
import Glibc
import SystemPackage

/// The system calls that the store stands on, each with its error as a typed throw.
///
/// All of them are here, so that this is the one place to look for what touches the disk.
enum SystemCalls {
  static func makeFolder(_ path: FilePath) throws(StorageError) {
    if path.withPlatformString({ mkdir($0, 0o777) }) == 0 { return }
    let error = Errno(rawValue: errno)
    if error != .fileExists { throw .system("make the folder", path, error) }
  }

  static func open(_ path: FilePath, _ flags: Int32, mode: mode_t = 0o666) throws(StorageError) -> Descriptor {
    while true {
      let raw = path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, mode) }
      if raw >= 0 { return Descriptor(raw: raw, path: path) }
      let error = Errno(rawValue: errno)
      if error != .interrupted { throw .system("open", path, error) }
    }
  }

  /// Nil if there is nothing at the path. Links are not followed.
  static func status(_ path: FilePath) throws(StorageError) -> stat? {
    var info = stat()
    if path.withPlatformString({ lstat($0, &info) }) == 0 { return info }
    let error = Errno(rawValue: errno)
    if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
    throw .system("look at", path, error)
  }

  /// Renames; `replacing` false refuses to overwrite with EEXIST.
  static func rename(_ from: FilePath, to: FilePath, replacing: Bool) throws(StorageError) {
    let code = from.withPlatformString { from in
      to.withPlatformString { to in clinux_rename(AT_FDCWD, from, AT_FDCWD, to, replacing ? 1 : 0) }
    }
    if code != 0 { throw .system("move to \(to.string) the file", from, Errno(rawValue: -code)) }
  }

  /// Removes a file or link; one that is gone already is no error.
  static func remove(_ path: FilePath) throws(StorageError) {
    if path.withPlatformString({ unlink($0) }) == 0 { return }
    let error = Errno(rawValue: errno)
    if error != .noSuchFileOrDirectory { throw .system("remove", path, error) }
  }

  static func removeFolder(_ path: FilePath) throws(StorageError) {
    if path.withPlatformString({ rmdir($0) }) == 0 { return }
    let error = Errno(rawValue: errno)
    if error != .noSuchFileOrDirectory { throw .system("remove the folder", path, error) }
  }

  /// The names in a folder as the kernel has them, without `.` and `..`, in no order.
  static func names(in path: FilePath) throws(StorageError) -> [FilePath.Component] {
    guard let folder = path.withPlatformString({ opendir($0) }) else {
      throw .system("list", path, Errno(rawValue: errno))
    }
    defer { closedir(folder) }
    var names: [FilePath.Component] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath(platformString: $0) }
      }
      if let component = name.lastComponent, component.kind == .regular { names.append(component) }
    }
    return names
  }

  /// Makes a rename or a new file in this folder durable.
  static func syncFolder(_ path: FilePath) throws(StorageError) {
    try open(path, O_RDONLY | O_DIRECTORY).sync()
  }

  /// Copies all bytes from one file to another, sharing blocks where the file system can.
  static func copy(_ from: borrowing Descriptor, to: borrowing Descriptor) throws(StorageError) {
    let code = clinux_clone_or_copy(from.raw, to.raw)
    if code != 0 { throw .system("copy to", to.path, Errno(rawValue: -code)) }
  }
}

/// An open file; closed when it goes out of scope.
struct Descriptor: ~Copyable {
  let raw: Int32
  let path: FilePath

  deinit { close(raw) }

  /// Everything written so far is on the disk when this returns (ENOTSUP and EINVAL: not a thing that syncs).
  borrowing func sync() throws(StorageError) {
    while fsync(raw) != 0 {
      let error = Errno(rawValue: errno)
      if error == .interrupted { continue }
      if error == .invalidArgument || error == .notSupported { return }
      throw .system("write to the disk", path, error)
    }
  }

  borrowing func write(_ bytes: [UInt8]) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(raw, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      }
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw .system("write", path, Errno(rawValue: errno))
      }
    }
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
      let count = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(raw, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      }
      if count == 0 { break }
      if count > 0 { done += count } else if errno != EINTR { throw .system("read", path, Errno(rawValue: errno)) }
    }
    if done > limit { throw .system("read all of", path, .fileTooLarge) }
    bytes.removeLast(bytes.count - done)
    return bytes
  }

  borrowing func status() throws(StorageError) -> stat {
    var info = stat()
    if fstat(raw, &info) != 0 { throw .system("look at", path, Errno(rawValue: errno)) }
    return info
  }
}
