import Foundation
import Glibc
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct DropTests {
  @Test func `what cannot become a job is put aside with a reason a person understands`() async throws {
    try await withProgram(["SCENEHF_INCOMPLETE_TIMEOUT": "0.3"]) { program in
      try await program.whileWatching {
        let whole = try plainPicture()
        try program.drop(Array(whole.dropLast(200)), named: "cut.png")
        try program.drop(Array("Dear diary".utf8), named: "diary.png")
        try program.drop([], named: "empty.jpg")
        try program.drop(headerOnly, named: "huge.png")
        try write(whole, to: program.folder.appending("elsewhere.png"))
        let link = program.inbox.appending("link.png")
        #expect(link.withPlatformString { symlink("../../elsewhere.png", $0) } == 0)
        let pipe = program.inbox.appending("pipe.png")
        #expect(pipe.withPlatformString { mkfifo($0, 0o600) } == 0)
        try await eventually("six are rejected") { try await program.status().rejected == 6 }
        let reasons = try program.rejections()
        #expect(
          reasons["cut.png"]
            == "cut.png was not taken. This PNG ends before it is complete. Copy it again from where it came from.\n")
        #expect(reasons["diary.png"]?.contains("SceneHF takes PNG, JPEG, WebP, TIFF") == true)
        #expect(reasons["empty.jpg"]?.contains("It is empty.") == true)
        #expect(reasons["huge.png"]?.contains("30000 × 30000 = 900 megapixels; the limit is 100") == true)
        #expect(reasons["link.png"]?.contains("a symbolic link") == true)
        #expect(reasons["pipe.png"]?.contains("a named pipe") == true)
        #expect(try program.names(program.inbox).isEmpty)
        #expect(try readBytes(program.folder.appending("elsewhere.png")) == whole)
      }
    }
  }

  @Test func `a name that is no text is a job, and its bytes are kept`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        let beside = program.folder.appending("beside")
        try write(try plainPicture(), to: beside)
        let bytes = Array("\(program.inbox.string)/".utf8) + [0xFF, 0xFE] + Array(" .png".utf8)
        let target = FilePath(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
        try move(beside, to: target)
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(job.status == "DONE")
        #expect(job.face.hasPrefix("__ --"))
        let shown = try await program.run("show", job.id, "--json").json()
        guard case .object(let fields) = shown, case .object(let metadata)? = fields["metadata"] else {
          Issue.record("no metadata")
          return
        }
        #expect(metadata["source_name_bytes"]?.text == "//4gLnBuZw==")
      }
    }
  }

  @Test func `a file that arrives slowly is one job, however it arrives`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        let whole = try plainPicture()
        let slow = program.inbox.appending("slow.png")
        try write(whole.prefix(100), to: slow)
        // Whatever was dropped later has settled: the half file was looked at and left.
        try program.drop(whole, named: "whole.png")
        try await eventually("the whole one is done") { try await program.status().done == 1 }
        #expect(try await program.status().jobs.count == 1)
        try write(whole, to: slow)
        let linked = program.folder.appending("linked.png")
        try write(whole, to: linked)
        let target = program.inbox.appending("linked.png")
        #expect(linked.withPlatformString { from in target.withPlatformString { link(from, $0) } } == 0)
        let moved = program.folder.appending("moved")
        try FileManager.default.createDirectory(atPath: moved.string, withIntermediateDirectories: true)
        try write(whole, to: moved.appending("in a folder.png"))
        try move(moved, to: program.inbox.appending("moved"))
        let status = try await program.settled(jobs: 4)
        #expect(Set(status.jobs.map(\.name)) == ["slow.png", "whole.png", "linked.png", "in a folder.png"])
        #expect(status.done == 4)
        #expect(try readBytes(linked) == whole)
      }
    }
  }

  @Test func `a file that lies in the inbox at the start is found`() async throws {
    try await withProgram { program in
      #expect(try await program.run("run", "/dev/null").status == 1)
      try program.drop(try plainPicture(), named: "early.png")
      try await program.whileWatching { try await program.settled(jobs: 1) }
    }
  }

  @Test func `the dropped bytes come back as they were`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        let bytes = try plainPicture() + Array("trailing".utf8)
        try program.drop(bytes, named: "kept.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(try readBytes(program.path(job, "source.png")) == bytes)
      }
    }
  }

  @Test(.timeLimit(.minutes(40))) func `200 pictures at once are 200 jobs, also with three kills on the way`()
    async throws
  {
    try await withProgram { program in
      let picture = try plainPicture(width: 32, height: 24)
      #expect(try await program.run("status").status == 0)
      var service = try await program.watch()
      for number in 1...200 { try program.drop(picture, named: "\(number).png") }
      for share in [30, 90, 150] {
        try await eventually("\(share) have been taken") { try program.names(program.inbox).count <= 200 - share }
        service.signal(SIGKILL)
        #expect(try await service.ended().status == 128 + SIGKILL)
        service = try await program.watch()
      }
      let done = program.root.appending("done")
      // However slow the machine is: as long as they go on, they are waited for.
      for number in stride(from: 10, through: 200, by: 10) {
        try await eventually("\(number) are done") { try program.names(done).count >= number }
      }
      let status = try await program.settled(jobs: 200)
      service.signal(SIGTERM)
      #expect(try await service.ended().status == 0)
      #expect(Set(status.jobs.map(\.name)) == Set((1...200).map { "\($0).png" }))
      #expect(Set(status.jobs.map(\.id)).count == 200)
      #expect(status.done == 200 && status.rejected == 0)
    }
  }
}
