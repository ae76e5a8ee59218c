import FoundationEssentials
import Glibc
import Model
import Storage

/// The unit by which systemd runs the service for one user: that of the package, with this program in it.
struct UserUnit {
  /// Where systemd looks for units of a user's own (systemd.unit(5)).
  static var path: String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? "/root"
    let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
    return "\(folder)/systemd/user/scenehf.service"
  }

  let program: String
  let arguments: [String]
  let root: String

  /// The unit's text. A root outside the home folder is made writable too.
  var text: String {
    let home = ProcessInfo.processInfo.environment["HOME"] ?? "/root"
    let command = ([program] + arguments).map(Self.quoted).joined(separator: " ")
    let packaged = String(decoding: PackageResources.user_service, as: UTF8.self)
    let isInside = root == home || root.hasPrefix(home + "/")
    return packaged.replacing("ExecStart=/usr/bin/scenehf watch", with: "ExecStart=\(command)")
      .replacing("ReadWritePaths=%h", with: "ReadWritePaths=%h" + (isInside ? "" : " \(Self.quoted(root))"))
  }

  func write() throws {
    let folder = URL(filePath: Self.path).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: Self.path), options: .atomic)
  }

  /// A word of a command line in a unit: in quotes, `%` and `$` doubled (systemd.service(5), "Command lines").
  private static func quoted(_ word: String) -> String {
    let plain = ["a"..."z", "A"..."Z", "-"...":", "_"..."_"] as [ClosedRange<Character>]
    let isPlain = word.allSatisfy { character in plain.contains { $0.contains(character) } }
    if isPlain { return word }
    let escaped = word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped.replacing("%", with: "%%").replacing("$", with: "$$"))\""
  }

  /// Runs `systemctl --user` with these words; throws unless it succeeds.
  static func systemctl(_ words: String...) throws {
    let arguments: [UnsafeMutablePointer<CChar>?] = (["systemctl", "--user"] + words).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, "systemctl", nil, nil, arguments, environ) == 0 else {
      throw Failure(words: words, why: "systemctl cannot be started; is systemd installed?")
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    if status != 0 { throw Failure(words: words, why: "it failed; see above.") }
  }

  struct Failure: Error, CustomStringConvertible {
    let words: [String]
    let why: String

    var description: String {
      "systemctl --user \(words.joined(separator: " ")): \(why) The unit is \(UserUnit.path); start it by that command."
    }
  }
}
