import Foundation
import Imaging
import SystemPackage
import TestSupport
import Testing

/// The completion scripts in the shells that they are for; those that are not installed are passed over.
@Suite(.timeLimit(.minutes(10))) struct CompletionTests {
  /// What a shell is told to offer for the line that ends with `$1`, and the lines that make it tell.
  private static let shells: [(name: String, line: String)] = [
    (
      "bash",
      """
      source completions
      COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _scenehf scenehf "${@: -1}" "${@: -2:1}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    ),
    ("fish", "source completions; complete -C \"$argv\""),
    (
      "zsh",
      """
      mkdir -p functions; cp completions functions/_scenehf
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "fpath=($PWD/functions \\$fpath); autoload -U compinit; compinit -u -D"
      zpty -w shell 'told() { print -r -- "told: $BUFFER." }; zle -N told; bindkey "^X^X" told; print REA""DY'
      zpty -r shell said "*READY*"
      zpty -n -w shell "$*"$'\\t\\x18\\x18'
      zpty -r shell said "*told: *.*"
      print -r -- "$said"
      """
    ),
  ]

  private func offers(_ shell: (name: String, line: String), _ words: [String], _ program: Program) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    let options = shell.name == "fish" ? ["--no-config", "-c", shell.line] : ["-c", shell.line, shell.name]
    process.arguments = ["60", shell.name] + options + words
    process.currentDirectoryURL = URL(fileURLWithPath: program.folder.string)
    let path = URL(fileURLWithPath: Child.executable).deletingLastPathComponent().path
    process.environment = [
      "PATH": "\(path):/usr/bin:/bin", "HOME": program.folder.string, "STORAGE_ROOT": program.root.string,
      "TERM": "dumb",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer { process.waitUntilExit() }
    return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }

  @Test(arguments: shells.map(\.name))
  func `a shell offers commands, options, jobs and steps`(_ name: String) async throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(name)") else {
      print("\(name) is not installed and was not tried.")
      return
    }
    let shell = try #require(Self.shells.first { $0.name == name })
    try await withProgram { program in
      let script = try await program.run("--generate-completion-script", name)
      try write(script.output.utf8, to: program.folder.appending("completions"))
      try write(try plainPicture(), to: program.folder.appending("street.png"))
      #expect(try await program.run("run", "street.png").status == 0)
      let face = try #require(try await program.status().jobs.first).face
      var lines = [(["scenehf", "rest"], "restore"), (["scenehf", "retry", "--prom"], "--prompt")]
      // fish tells its scripts what was typed only at a terminal.
      if name != "fish" {
        lines += [(["scenehf", "show", "str"], face), (["scenehf", "retry", face, "02"], "02-red-object")]
      }
      for (line, offered) in lines {
        #expect(try offers(shell, line, program).contains(offered), "\(line)")
      }
    }
  }
}
