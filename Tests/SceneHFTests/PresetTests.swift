import Foundation
import Glibc
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

/// Folders of the inbox, files beside pictures, and programs that are told.
@Suite(.timeLimit(.minutes(20))) struct PresetTests {
  private func metadata(_ program: Program, _ job: Program.Job, _ key: String) async throws -> JSONValue? {
    guard case .object(let fields) = try await program.run("show", job.id, "--json").json(),
      case .object(let metadata)? = fields["metadata"]
    else { return nil }
    return metadata[key]
  }

  @Test func `a preset's folder is made with a README, and its pictures follow it`() async throws {
    try await withProgram { program in
      try program.configure(["presets/strict.yaml": "max_nonwhite: 0.05\nattempts: 1\nlayers: [Box]\n"])
      try await program.whileWatching {
        let readme = try program.text(program.inbox.appending("strict/README.txt"))
        #expect(readme.contains("max_nonwhite: 0.05") && readme.contains("Named: Box"))
        #expect(try await program.status().inbox == 0)
        try program.drop(try plainPicture(), named: "a.png", in: "strict")
        try program.drop(try plainPicture(), named: "b.png")
        let status = try await program.settled(jobs: 2)
        let strict = try #require(status.jobs.first { $0.name == "a.png" })
        #expect(strict.folder == "review" && strict.face.hasPrefix("a--"))
        #expect(try await metadata(program, strict, "preset") == "strict")
        #expect(status.jobs.first { $0.name == "b.png" }?.folder == "done")
      }
    }
  }

  @Test func `any other folder groups, however deep, and names the results`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        let deep = program.inbox.appending("holiday/day 1")
        try FileManager.default.createDirectory(atPath: deep.string, withIntermediateDirectories: true)
        try program.drop(try plainPicture(), named: "a.png", in: "holiday/day 1")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(job.face.hasPrefix("holiday-day 1-a--") && job.folder == "done")
      }
    }
  }

  @Test(arguments: ["before", "with", "while it is planned", "after"])
  func `a picture's own file holds for it alone`(_ order: String) async throws {
    try await withProgram { program in
      try await program.whileWatching {
        let text = "max_nonwhite: 0.05\n"
        if order == "before" {
          try program.drop(Array(text.utf8), named: "a.png.yaml")
          try program.drop(try plainPicture(), named: "a.png")
        } else {
          try program.drop(try plainPicture(), named: "a.png")
          if order == "after" { try await program.settled(jobs: 1) }
          if order == "while it is planned" {
            try await eventually("it is a job") { try await program.status().jobs.count == 1 }
          }
          try program.drop(Array(text.utf8), named: "a.png.yaml")
        }
        try await eventually("it needs a person") { try await program.status().review == 1 }
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(try program.text(program.path(job, "a.png.yaml")) == text)
        #expect(try program.names(program.inbox).isEmpty)
      }
    }
  }

  @Test func `a preset makes cut-outs alone, or the picture in another aspect, without asking anybody`() async throws {
    try await withProgram { program in
      try program.configure([
        "presets/cutout.yaml": "make: cutout\n", "presets/wide.yaml": "make: reframe\nreframe: 21:9\n",
      ])
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "a.png", in: "cutout")
        try program.drop(try plainPicture(), named: "b.png", in: "wide")
        let jobs = try await program.settled(jobs: 2).jobs
        let cut = try #require(jobs.first { $0.name == "a.png" && $0.folder == "done" })
        let names = try program.names(program.path(cut, "."))
        #expect(
          names == [
            "01-cutout.png", "01-cutout.cutout.png", "contact-sheet.png", "manifest.json", "report.html", "source.png",
            "status.txt",
          ])
        let source = try decodePicture(try plainPicture()).picture
        let wide = try #require(jobs.first { $0.name == "b.png" && $0.folder == "done" })
        let made = try decodePicture(readBytes(program.path(wide, "01-reframe.png"))).picture
        #expect(abs(Double(made.width) / Double(made.height) - 21.0 / 9) < 0.03 && made.height == source.height)
        #expect(try program.text(program.path(wide, "manifest.json")).contains("01-reframe.png"))
      }
    }
  }

  @Test func `a preset with a mistake waits in words, and holds once it is mended`() async throws {
    try await withProgram { program in
      try program.configure(["presets/odd.yaml": "atempts: 1\n"])
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "a.png", in: "odd")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(job.status == "FAILED" && job.folder == "review")
        #expect(job.reason?.contains("presets/odd.yaml line 1") == true)
        #expect(job.reason?.contains("Did you mean \"attempts\"?") == true)
        try program.configure(["presets/odd.yaml": "attempts: 1\n"])
        try move(program.path(job, "status.txt").removingLastComponent(), to: program.inbox.appending(job.face))
        try await eventually("it is done") { try await program.status().done == 1 }
      }
    }
  }
}
