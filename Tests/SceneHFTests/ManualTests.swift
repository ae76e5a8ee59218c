import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

/// The README and its pages in Config/docs/ are the manual: each of its commands is run as it stands there, in a home of
/// its own.
@Suite(.timeLimit(.minutes(20))) struct ManualTests {
  private static let project = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// The README, then the pages in the order in which it names them: that is how a person reads and types.
  private static func pages() throws -> [(file: FilePath, text: String)] {
    let readme = project.appending("README.md")
    let named = links(in: try read(readme)).filter { $0.hasPrefix("Config/docs/") && $0.hasSuffix(".md") }
    return try ([readme] + named.map { project.appending($0) }).map { ($0, try read($0)) }
  }

  /// Where the links of a page lead, other than to the web and within the page.
  private static func links(in text: String) -> [String] {
    text.matches(of: /\]\(([^)#:]+)\)|(?:src|href)="([^"#:]+)"/).compactMap { ($0.1 ?? $0.2).map(String.init) }
  }

  /// How commands begin that are not run here, each for its reason.
  private static let elsewhere = [
    "bash Config/start.sh": "builds a release, as the package does",
    "bash Config/test.sh": "these tests",
    "swift ": "builds, or these tests",
    "sudo apt install": "changes the machine",
    "scenehf engine install": "downloads 165 MB",
  ]
  /// How commands begin that go on until somebody stops them.
  private static let endless = ["curl -N", "scenehf status --watch"]
  /// How commands begin that may end with another status than 0, and with which.
  private static let telling: [String: Int32] = ["scenehf engine ": 1]

  /// The lines of all blocks in the shell's language, remarks left out.
  private static func commands() throws -> [String] {
    let blocks = try pages().flatMap { $0.text.components(separatedBy: "\n```sh\n").dropFirst() }
    let lines = blocks.flatMap { $0.components(separatedBy: "\n```").first?.components(separatedBy: "\n") ?? [] }
    return lines.map { $0.components(separatedBy: "  #")[0].trimmingCharacters(in: .whitespaces) + " " }
  }

  /// Programs of the desktop that the manual names, as far as its commands need them.
  private func pretend(_ names: String..., in folder: FilePath) throws {
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    for name in names {
      try write("#!/bin/sh\nexit 0\n", to: folder.appending(name))
      #expect(folder.appending(name).withPlatformString { chmod($0, 0o755) } == 0)
    }
  }

  private func prepare(_ program: Program) async throws -> (service: Child, port: String, job: String) {
    let samples = Self.project.appending("Samples")
    for name in ["street.jpg", "a.jpg"] {
      try write(try readBytes(samples.appending("fruit.jpg")), to: program.folder.appending(name))
    }
    try write(try plainPicture(), to: program.folder.appending("a.png"))
    try write(try plainMask(), to: program.folder.appending("mask.png"))
    try write(try plainPicture(share: 0.9), to: program.folder.appending("review.png"))
    try makeFolder(program.folder.appending("mnt"))
    #expect(try await program.run("run", "review.png").status == 2)
    let web = program.folder.appending("scenehf-web/data")
    try FileManager.default.createDirectory(atPath: web.string, withIntermediateDirectories: true)
    let root = program.folder.appending("Pictures/SceneGen")
    try FileManager.default.copyItem(atPath: root.appending("jobs").string, toPath: web.appending("jobs").string)
    let job = try #require(try await program.status().jobs.first).id
    let service = try program.start(["watch", "--http", "127.0.0.1:0"])
    var port = ""
    try await eventually("the page is served") {
      let said = try service.complaint().components(separatedBy: "http://127.0.0.1:").dropFirst().first
      port = said.map { String($0.prefix { $0.isNumber }) } ?? ""
      let watches = try service.complaint().contains("Watching ")
      return watches && !port.isEmpty
    }
    return (service, port, job)
  }

  @Test func `every command of the manual does what it says`() async throws {
    try await withProgram { program in
      var program = program
      let (shims, built) = (program.folder.appending("shims"), FilePath(Child.executable).removingLastComponent())
      try pretend("systemctl", "journalctl", in: shims)
      program.environment = [
        "PATH": "\(shims.string):\(built.string):/usr/bin:/bin", "SCENEHF_ENGINE_DIR": SampleTests.engine,
        "STORAGE_ROOT": program.folder.appending("Pictures/SceneGen").string, "SCENEHF_ATTEMPTS": "1",
      ]
      let (service, port, job) = try await prepare(program)
      for command in try Self.commands() {
        if Self.elsewhere.keys.contains(where: command.hasPrefix) { continue }
        // The manual's copy of a root is one of a root at rest.
        if command.hasPrefix("systemctl --user stop") {
          service.signal(SIGTERM)
          #expect(try await service.ended().status == 0)
        }
        let isEndless = Self.endless.contains { command.hasPrefix($0) }
        let line = command.replacing("127.0.0.1:8765/", with: "127.0.0.1:\(port)/").replacing("/ID/", with: "/\(job)/")
          .replacing("/mnt/studio", with: program.folder.appending("mnt").string)
        let run = try program.start(["-c", (isEndless ? "timeout --signal=KILL 2 " : "") + line], running: "/bin/bash")
        let outcome = try await run.ended()
        let allowed: [Int32] = [0, isEndless ? 137 : 0, Self.telling.first { command.hasPrefix($0.key) }?.value ?? 0]
        #expect(allowed.contains(outcome.status), "\(command): \(outcome.status) \(outcome.complaint)")
        #expect(!outcome.output.contains("\"detail\""), "\(command): \(outcome.output.prefix(300))")
      }
      #expect(!service.isRunning)
      #expect(exists(program.folder.appending("plate.png")) && exists(program.folder.appending("out")))
      #expect(isFolder(program.folder.appending("mnt/SceneGen/jobs/\(job)")))
    }
  }

  @Test func `every command and option that the manual names exists`() async throws {
    try await withProgram { program in
      let text = try Self.pages().map(\.text).joined(separator: "\n")
      var helps: [String: String] = [:]
      for quoted in text.components(separatedBy: "`").enumerated() where quoted.offset % 2 == 1 {
        let words = quoted.element.split { " =\n".contains($0) }.map(String.init)
        guard words.first == "scenehf", words.count > 1, words[1].allSatisfy({ $0.isLetter }) else { continue }
        let verb = words[1]
        guard verb == verb.lowercased() else { continue }
        if helps[verb] == nil { helps[verb] = try await program.run("help", verb).output }
        #expect(helps[verb]?.contains("USAGE: scenehf \(verb)") == true, "\(quoted.element)")
        for option in words where option.hasPrefix("--") && option.count > 2 {
          #expect(helps[verb]?.contains(option) == true, "\(quoted.element)")
        }
      }
      #expect(helps.count > 8)
    }
  }
  @Test func `the README names every page of the manual, and every link leads to something`() throws {
    let pages = try Self.pages()
    let named = Set(pages.compactMap { $0.file.lastComponent?.string })
    let there = try FileManager.default.contentsOfDirectory(atPath: Self.project.appending("Config/docs").string)
    #expect(named.isSuperset(of: there.filter { $0.hasSuffix(".md") }))
    for page in pages {
      for link in Self.links(in: page.text) {
        #expect(exists(page.file.removingLastComponent().appending(link)), "\(page.file): \(link)")
      }
    }
  }
}
