import FoundationEssentials
import Glibc

/// How grave a line of the log is, in the numbers of syslog(3).
enum Gravity: Int, Sendable {
  case error = 3
  case warning = 4
  case notice = 5
  case info = 6
}

/// systemd's journal behind standard error: it knows the time of a line, and reads its gravity from the line's
/// beginning (sd-daemon(3)).
enum Journal {
  /// Whether standard error leads there, and not only that of a process before this one (systemd.exec(5)).
  static let isThere: Bool = {
    guard let named = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] else { return false }
    var info = stat()
    return fstat(2, &info) == 0 && named == "\(info.st_dev):\(info.st_ino)"
  }()

  /// The lines of a text, each marked.
  static func marked(_ text: String, _ gravity: Gravity) -> String {
    text.split(separator: "\n").map { "<\(gravity.rawValue)>\($0)\n" }.joined()
  }
}
