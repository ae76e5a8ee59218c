import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

/// The edit file as real programs save it; those that are not installed are passed over, and said so.
/// `Config/editors.sh` installs them all, and
/// asks for those that need a screen or a server, which are slow.
@Suite(.timeLimit(.minutes(20))) struct EditorTests {
  /// A program and the shell line with which it replaces the word `$1` by `$2` in the file `$3`, then saves.
  private static let editors: [(name: String, line: String)] = desktop + terminal

  /// Typed into on a screen of their own.
  private static let desktop: [(name: String, line: String)] = {
    guard ProcessInfo.processInfo.environment["SCENEHF_EDITORS"] != nil, isInstalled("xdotool") else { return [] }
    let script = beside("type-and-save.sh")
    return ["gedit", "pluma", "mousepad", "featherpad", "soffice"].map { name in
      (name, "sh '\(script)' \(name) \"$2\" \"$3\"")
    } + [("smbclient", "sh '\(beside("save-over-samba.sh"))' \"$1\" \"$2\" \"$3\"")]
  }()

  private static func beside(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(name).path
  }

  private static let terminal: [(name: String, line: String)] = [
    ("vim", "vim -u NONE -n -es -c \"%s/$1/$2/\" -c wq \"$3\""),
    ("vim", "vim -u NONE -es -c 'set backupcopy=no writebackup' -c \"%s/$1/$2/\" -c wq \"$3\""),
    (
      "nano",
      "{ sleep 1; printf '\\033r%s\\r' \"$1\"; sleep 0.3; printf '%s\\r' \"$2\"; sleep 0.3; printf 'A'; sleep 0.3; "
        + "printf '\\017'; sleep 0.3; printf '\\r'; sleep 0.3; printf '\\030'; sleep 1; } "
        + "| TERM=xterm timeout 20 script -qec \"nano -I '$3'\" /dev/null"
    ),
    ("ed", "printf ',s/%s/%s/\\nw\\nq\\n' \"$1\" \"$2\" | ed -s \"$3\""),
    ("sed", "sed -i \"s/$1/$2/\" \"$3\""),
    ("perl", "perl -pi -e \"s/$1/$2/\" \"$3\""),
    // GLib saves as gedit and most GNOME programs do: beside, then renamed, with a backup here.
    ("gio", "sed \"s/$1/$2/\" \"$3\" | gio save --backup \"$3\""),
    // Empty first, content later, as editors do that write in place.
    ("sh", "new=$(sed \"s/$1/$2/\" \"$3\"); : > \"$3\"; sleep 0.2; printf '%s\\n' \"$new\" > \"$3\""),
    ("sh", "sed \"s/$1/$2/\" \"$3\" > \"$3.new\"; rm \"$3\"; sleep 0.2; mv \"$3.new\" \"$3\""),
    // A slow writer, as over a bad line.
    (
      "sh",
      "new=$(sed \"s/$1/$2/\" \"$3\"); { printf '%s' \"$new\" | head -c 60; sleep 0.5; printf '%s' \"$new\" | tail -c +61; } > \"$3\""
    ),
    // Windows line ends and a byte order mark.
    ("sed", "sed -i \"s/$1/$2/; s/\\r*$/\\r/; 1s/^\\(\\xEF\\xBB\\xBF\\)*/\\xEF\\xBB\\xBF/\" \"$3\""),
    (
      "iconv",
      "sed \"s/$1/$2/\" \"$3\" | tr -d '\\r' | sed '1s/^\\xEF\\xBB\\xBF//' | iconv -t UTF-16 > \"$3.tmp\" && cp \"$3.tmp\" \"$3\""
    ),
  ]

  @Test func `each editor's save is one run with the new wording`() async throws {
    try await withProgram(["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]) { program in
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        let path = try program.path(job, "\(try #require(job.step)).yaml")
        try write("prompt: words0\n".utf8, to: path)
        try await eventually("the first has run") { try program.runs(of: job, step: "s02").count == 2 }
        var word = 0
        for editor in Self.editors where Self.isInstalled(editor.name) {
          try await program.settled(jobs: 1)
          try Self.shell(editor.line, ["words\(word)", "words\(word + 1)", path.string], in: program)
          word += 1
          try await eventually("\(editor.line) has run") { try program.runs(of: job, step: "s02").count == word + 2 }
        }
        try program.drop(try plainPicture(), named: "bystander.png")
        try await program.settled(jobs: 2)
        #expect(try program.runs(of: job, step: "s02").dropFirst().map(\.prompt) == (0...word).map { "words\($0)" })
      }
    }
  }

  private static func isInstalled(_ name: String) -> Bool {
    let found = ["/usr/bin/\(name)", "/bin/\(name)"].contains { FileManager.default.isExecutableFile(atPath: $0) }
    if !found { print("\(name) is not installed and was not tried.") }
    return found
  }

  private static func shell(_ line: String, _ arguments: [String], in program: Program) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line, "sh"] + arguments
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": program.folder.string, "LANG": "C.UTF-8"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
  }
}
