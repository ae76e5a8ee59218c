import CLinux
import Glibc
import SystemPackage

/// Whether a file is whole, as far as the kernel can tell (DESIGN section 3.2); decoding it is the caller's test.
enum Completeness: Equatable {
  /// Nobody has it open for writing, nor mapped writable.
  case whole
  case writerOpen
  case empty
  /// The file system or the file's owner does not allow leases: only time can tell.
  case noLeases
  case gone
  /// `kind` finishes "this is …".
  case notRegular(kind: String)

  /// Looks once; about 4 µs for the lease.
  static func check(_ path: FilePath, _ info: stat) -> Completeness {
    guard info.st_mode & S_IFMT == S_IFREG else { return .notRegular(kind: kind(of: info.st_mode)) }
    guard info.st_size > 0 else { return .empty }
    let file = path.withPlatformString { open($0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
    guard file >= 0 else { return errno == ENOENT || errno == ELOOP ? .gone : .noLeases }
    defer { close(file) }
    switch clinux_probe_writer(file) {
    case 0: return .whole
    case -EAGAIN: return .writerOpen
    default: return .noLeases
    }
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFLNK: "a symbolic link"
    case S_IFIFO: "a named pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "no regular file"
    }
  }
}
