import ArgumentParser
import CLinux
import Engine
import FoundationEssentials
import Glibc
import Model
import Storage
import SystemPackage

/// `scenehf doctor`: whether everything that work needs is there.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check the root, its disk, the watching, the keys and the engine.",
    discussion: """
      With --files every job is looked at as well: whether its pictures are there with the very bytes that were written
      (SHA-256), whether job.json, history and journal can be read, whether each face has its job and each job its face.
      It reads every file and changes nothing, also beside a running service.

      With --repair what was found is mended, as far as that needs no guess: half files go, a picture that was lost or
      damaged comes back from the job's folder where the same bytes lie there, events get their last whole line, jobs
      that cannot be read and folders that belong to no job are moved to rejected/ with the reason. What a person made,
      and what was paid for, is never deleted. It refuses beside a running service: stop that first.

      EXAMPLES
        scenehf doctor                                           before the first night alone
        scenehf doctor --files --storage-root /mnt/studio        after a copy, or a crash of the machine
        scenehf doctor --repair
        scenehf doctor --json | jq -r '.checks[] | select(.ok | not) | .message'

      EXIT STATUS
        0   all is well, or was made well; remarks that begin with "note" do not count
        1   something keeps SceneHF from working, or is damaged and could not be mended
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Print one JSON document.") var json = false
  @Flag(help: "Look at the files of every job, too.") var files = false
  @Flag(help: "Look at the files of every job, and mend what can be mended.") var repair = false

  /// One finding. `ok` false is a fault; a `note` is something to know.
  struct Finding: Encodable {
    var check: String
    var ok: Bool
    var note = false
    var message: String
  }

  private struct Report: Encodable {
    var ok: Bool
    var checks: [Finding]
    var root: RootReport?
  }

  func run() async throws {
    let settings = try options.settings()
    let environment = ProcessInfo.processInfo.environment
    let layout = GlobalOptions.layout(settings)
    let findings =
      Self.root(layout) + [Self.disk(layout), Self.leases(layout)] + Self.inotify()
      + Self.keys(Keyring(environment: environment)) + [Self.engine(environment)]
      + (await ProviderCheck(settings: settings, keyring: Keyring(environment: environment)).findings())
    let root = try files || repair ? orExplain { try RootReport(layout, repairing: repair) } : nil
    let ok = findings.allSatisfy { $0.ok || $0.note } && root?.isWell ?? true
    if json {
      try Output.json(Report(ok: ok, checks: findings, root: root))
    } else {
      for finding in findings {
        print("\(finding.ok ? "ok  " : finding.note ? "note" : "FAIL")  \(finding.check): \(finding.message)")
      }
      root?.show()
    }
    if !ok { throw ExitCode(1) }
  }

  private static func root(_ layout: Layout) -> [Finding] {
    let path = layout.root.string
    guard access(path, F_OK) == 0 else {
      return [
        Finding(check: "root", ok: false, note: true, message: "\(path) is not there yet; the first start makes it.")
      ]
    }
    let writable = access(path, R_OK | W_OK | X_OK) == 0
    let rights = Finding(
      check: "root", ok: writable,
      message: writable
        ? "\(path) can be read and written." : "\(path) cannot be written. Give this user the right to.")
    do {
      try JobStore.checkFolders(layout)
    } catch {
      return [rights, Finding(check: "folders", ok: false, message: "\(error)")]
    }
    return [rights, Finding(check: "folders", ok: true, message: "All folders are there.")]
  }

  private static func disk(_ layout: Layout) -> Finding {
    var info = statvfs()
    let place = access(layout.root.string, F_OK) == 0 ? layout.root.string : "/"
    guard statvfs(place, &info) == 0 else {
      return Finding(check: "disk", ok: false, message: "The free space of \(place) cannot be read.")
    }
    let free = UInt64(info.f_bavail) * UInt64(info.f_frsize) / 1_000_000
    return Finding(
      check: "disk", ok: free > 500,
      message: "\(free) MB are free\(free > 500 ? "." : "; make room before a night's work.")")
  }

  private static func leases(_ layout: Layout) -> Finding {
    let folder = access(layout.hidden.string, W_OK) == 0 ? layout.hidden.string : "/tmp"
    var name = Array("\(folder)/.lease.XXXXXX".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else { return Finding(check: "leases", ok: false, note: true, message: "Not tried.") }
    close(file)
    defer { unlink(name) }
    let reader = open(name, O_RDONLY | O_CLOEXEC)
    defer { close(reader) }
    let works = clinux_probe_writer(reader) == 0
    return Finding(
      check: "leases", ok: works, note: true,
      message: works
        ? "The kernel tells when a file is still being written."
        : "Not on this file system; a file counts as whole once it has been quiet.")
  }

  private static func inotify() -> [Finding] {
    ["max_user_watches", "max_user_instances", "max_queued_events"].map { name in
      let path = "/proc/sys/fs/inotify/\(name)"
      let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
      let value = Int(text.trimmingWhitespace()) ?? 0
      return Finding(
        check: "inotify", ok: value > 16,
        message: "\(name) is \(value)\(value > 16 ? "." : "; raise fs.inotify.\(name).")")
    }
  }

  private static func keys(_ keyring: Keyring) -> [Finding] {
    Keyring.Name.allCases.filter { $0 != .database || keyring.has($0) }.map { name in
      let isSet = keyring.has(name)
      return Finding(
        check: "keys", ok: isSet, note: true,
        message: isSet ? "\(name.rawValue) is set." : "\(name.rawValue) is not set; the embedded engine needs none.")
    }
  }

  private static func engine(_ environment: [String: String]) -> Finding {
    let files = EngineFiles.found(environment: environment)
    return Finding(check: "engine", ok: files.isComplete, note: true, message: files.report)
  }
}
