import CLinux
import Glibc
import SystemPackage

/// Whether events of a folder arrive, and if not, why: then it is read every few seconds besides.
///
/// Three ways to be deaf: a file system whose changes are made elsewhere, no watches left, and any place where a
/// file that is made for this purpose brings no event. What arrives in spite of it is used.
struct Hearing {
  private(set) var isDeaf = false
  private var said = false
  private var probe: (path: FilePath, due: Double)?
  private var isTested = false
  private var failedTest = false

  /// Seconds within which the event of a file that we make ourselves must come.
  private static let patience = 2.0

  /// When the test ends, on the monotonic clock.
  var due: Double { probe?.due ?? .infinity }

  /// File systems whose changes are made elsewhere and then bring no event (statfs(2), inotify(7)).
  private static let distant: [UInt64: String] = [
    0x6969: "NFS", 0xFF53_4D42: "SMB", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
    0x6B41_4653: "AFS", 0x5346_414F: "AFS", 0x00C3_6400: "Ceph", 0x7461_636F: "OCFS2", 0x0116_1970: "GFS2",
    0x0BD0_0BD0: "Lustre", 0x7863_6673: "VirtualBox", 0x794C_7630: "an overlay",
  ]

  /// Looks at the kind of file system, at the beginning of every scan. A sentence the first time it is deaf.
  mutating func recognise(_ root: FilePath) -> String? {
    // Watches may be free again, and another file system may be mounted.
    isDeaf = failedTest
    let folder = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard folder >= 0 else { return nil }
    defer { close(folder) }
    var type: UInt64 = 0
    guard clinux_filesystem(folder, &type) == 0, let name = Self.distant[type] else { return nil }
    return deaf("\(root.string) is on \(name), where what others change brings no event")
  }

  /// A folder could not be watched: a sentence the first time.
  mutating func cannotWatch(_ root: FilePath, _ error: Errno) -> String? {
    // The folder went away between being listed and being watched.
    if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
    let sentence = deaf("\(root.string) cannot be watched (\(error))")
    guard error == .noSpace else { return sentence }
    return sentence.map { $0 + " Raise fs.inotify.max_user_watches (sysctl) to be told at once." }
  }

  private mutating func deaf(_ cause: String) -> String? {
    isDeaf = true
    if said { return nil }
    said = true
    return "\(cause), so it is read every few seconds."
  }

  /// Makes a hidden file in the folder, once: its event must come.
  mutating func test(_ root: FilePath, now: Double) {
    guard !isTested, !isDeaf else { return }
    isTested = true
    let path = root.appending(".scenehf-hearing-\(getpid())-\(UInt32.random(in: .min ... .max))")
    let file = path.withPlatformString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
    // A folder that cannot be written cannot be tested this way.
    guard file >= 0 else { return }
    close(file)
    _ = path.withPlatformString { unlink($0) }
    probe = (path, now + Self.patience)
  }

  /// Forgets a test under way, whose event may be among those that were lost; the next scan tests again.
  mutating func startOver() {
    guard probe != nil else { return }
    probe = nil
    isTested = false
  }

  /// Whether this was the event that the test waits for.
  mutating func heard(_ path: FilePath) -> Bool {
    guard let probe, probe.path == path else { return false }
    self.probe = nil
    return true
  }

  /// The outcome of a test that came to nothing in time: a sentence.
  mutating func verdict(now: Double, _ root: FilePath) -> String? {
    guard let probe, probe.due <= now else { return nil }
    self.probe = nil
    failedTest = true
    return deaf("\(root.string) brings no events")
  }
}
