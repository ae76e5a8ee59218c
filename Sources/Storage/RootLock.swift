import CLinux
import FoundationEssentials
import Glibc
import SystemPackage

/// The right to work on a root, held as long as this value lives and released by the kernel with the process.
final class RootLock: Sendable {
  private let file: Descriptor

  /// Takes the lock or says who holds it. For `patience` it waits for one whose holder is gone: a child that a killed
  /// service was just starting holds what was open there until its exec.
  init(_ layout: Layout, patience: Duration = .seconds(5)) throws(StorageError) {
    let file = try SystemCalls.open(layout.lock, O_RDWR | O_CREAT | O_NOFOLLOW)
    var code = clinux_lock(file.raw)
    let end = ContinuousClock.now + patience
    while code == -EAGAIN || code == -EACCES {
      // On SMB nobody else may read what is locked.
      let line = (try? file.read(limit: 4096)) ?? []
      let holder = String(decoding: line, as: UTF8.self).split(separator: "\n").first ?? ""
      guard !Self.isAlive(holder), ContinuousClock.now < end else {
        throw .anotherInstance(root: layout.root, holder: String(holder))
      }
      usleep(20_000)
      code = clinux_lock(file.raw)
    }
    if code != 0 { throw .system("lock", layout.lock, Errno(rawValue: -code)) }
    // Only for the message of the second instance; the lock itself is the kernel's.
    ftruncate(file.raw, 0)
    try file.write(Array("process \(getpid())\n".utf8))
    self.file = file
  }

  /// Whether the process that wrote the line is there. On a share it may run on another machine: then it is not.
  private static func isAlive(_ holder: Substring) -> Bool {
    guard let process = holder.split(separator: " ").last.flatMap({ pid_t($0) }) else { return false }
    return kill(process, 0) == 0 || errno == EPERM
  }

  /// Whether the file that is locked is the one that lies in the root now.
  func isInPlace(_ layout: Layout) throws(StorageError) -> Bool {
    guard let there = try SystemCalls.status(layout.lock) else { return false }
    let held = try file.status()
    return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)
  }

  /// Whether a process holds the lock of this root now.
  static func isHeld(of layout: Layout) -> Bool {
    guard let file = try? SystemCalls.open(layout.lock, O_RDONLY | O_NOFOLLOW) else { return false }
    return clinux_is_locked(file.raw) == 1
  }
}

extension Layout {
  /// Whether a service works on this root at the moment.
  package var isBusy: Bool { RootLock.isHeld(of: self) }
}
