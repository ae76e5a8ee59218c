import Foundation
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

/// A person with a text editor and a paint program, while the service runs.
@Suite(.timeLimit(.minutes(20))) struct EditTests {
  /// The rectangle covers 9% of the picture, more than these limits allow: the step needs a person.
  private static let strict = ["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]

  private func withReview(_ body: (Program, Program.Job, EditFolder) async throws -> Void) async throws {
    try await withProgram(Self.strict) { program in
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(job.folder == "review")
        let stem = try #require(job.step)
        try await body(program, job, EditFolder(program: program, job: job, stem: stem))
      }
    }
  }

  /// The files of the step under review.
  private struct EditFolder {
    let program: Program
    let job: Program.Job
    let stem: String

    func path(_ suffix: String) throws -> FilePath { try program.path(job, "\(stem).\(suffix)") }
    func runs() throws -> [HistoryRecord] { try program.runs(of: job, step: "s02") }

    /// Another picture dropped, worked on and finished proves that whatever was saved before has been looked at.
    func bystander(_ name: String, jobs: Int) async throws {
      try program.drop(try plainPicture(), named: name)
      try await program.settled(jobs: jobs)
    }
  }

  @Test func `saving a new wording runs the step exactly once`() async throws {
    try await withReview { program, job, edit in
      #expect(try edit.runs().count == 1)
      let text = try program.text(edit.path("yaml"))
      let changed = text.replacingOccurrences(of: "Extract only", with: "Please extract only")
      #expect(changed != text)
      for _ in 1...5 { try write(changed.utf8, to: edit.path("yaml")) }
      try await eventually("it has run again") { try edit.runs().count == 2 }
      try write(("# a remark\n" + changed).utf8, to: edit.path("yaml"))
      try await edit.bystander("other.png", jobs: 2)
      #expect(try edit.runs().count == 2)
      #expect(try edit.runs()[1].prompt.hasPrefix("Please extract only"))
    }
  }

  @Test func `dropping a mask runs the step exactly once`() async throws {
    try await withReview { program, job, edit in
      let beside = program.folder.appending("mask.png")
      try write(try plainMask(), to: beside)
      try move(beside, to: edit.path("mask.png"))
      try await eventually("it has run again") { try edit.runs().count == 2 }
      try await edit.bystander("other.png", jobs: 2)
      #expect(try edit.runs().count == 2)
      #expect(try edit.runs()[1].maskMode == .manual)
    }
  }

  @Test func `wider limits in the edit file bring the picture to done`() async throws {
    try await withReview { program, job, edit in
      let text = try program.text(edit.path("yaml"))
      try write((text + "\nmax_nonwhite: 20%\n").utf8, to: edit.path("yaml"))
      try await eventually("it is done") { try await program.status().done == 1 }
      #expect(try edit.runs().count == 2)
      let names = try program.names(program.root.appending("done").appending(job.face))
      #expect(names.isSuperset(of: ["\(edit.stem).png", "\(edit.stem).cutout.png", "90-plate.png", "manifest.json"]))
      #expect(!names.contains("\(edit.stem).yaml"))
    }
  }

  /// Files that no editor saves on purpose: they cost nothing, run nothing and are told.
  @Test(arguments: [
    ("50 MB", "The file has 50000000 bytes"), ("aliases of aliases", "more than once"), ("brackets", "not valid YAML"),
    ("noise", "neither UTF-8 nor UTF-16"),
  ])
  func `what is no edit file is told, and the next save counts`(_ kind: String, _ told: String) async throws {
    try await withReview { program, job, edit in
      let layers = zip("abcdefgh", "bcdefghi").map { "\($1): &\($1) [*\($0), *\($0), *\($0)]\n" }.joined()
      let bytes: [UInt8] =
        switch kind {
        case "50 MB": Array(repeating: UInt8(ascii: "#"), count: 50_000_000)
        case "brackets": Array(repeating: UInt8(ascii: "["), count: 200_000)
        case "noise": (0..<5000).map { _ in UInt8.random(in: 0x80...0xFF) }
        default: Array("a: &a [x, x, x]\n\(layers)action: skip\naction: skip\n".utf8)
        }
      try write(bytes, to: edit.path("yaml"))
      try await eventually("it is told") { try program.text(edit.path("status.txt")).contains(told) }
      #expect(try edit.runs().count == 1)
      try write("action: accept\n".utf8, to: edit.path("yaml"))
      try await eventually("it is done") { try await program.status().done == 1 }
      #expect(try edit.runs().count == 1)
    }
  }

  @Test func `a broken edit file is explained with its place`() async throws {
    try await withReview { program, job, edit in
      try write("action: retry\n\tprompt: x\n".utf8, to: edit.path("yaml"))
      try await eventually("the status tells the line") {
        try program.text(edit.path("status.txt")).contains("Line 2, column 1: The line begins with a tab.")
      }
      try write("action: accept\n".utf8, to: edit.path("yaml"))
      try await eventually("it is done") { try await program.status().done == 1 }
      #expect(try edit.runs().count == 1)
    }
  }
}
