import Foundation
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

/// A person who moves and deletes whole folders in a file manager.
@Suite(.timeLimit(.minutes(20))) struct FolderTests {
  private static let strict = ["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]

  private func folder(_ program: Program, _ job: Program.Job) throws -> String {
    try program.path(job, "status.txt").removingLastComponent().string
  }

  @Test(arguments: [true, false])
  func `a face that is deleted dismisses the job, and restore brings it back`(_ inReview: Bool) async throws {
    try await withProgram(inReview ? Self.strict : [:]) { program in
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(job.folder == (inReview ? "review" : "done"))
        let names = try program.names(FilePath(folder(program, job)))
        try FileManager.default.removeItem(atPath: folder(program, job))
        try await eventually("it is cancelled") { try await program.status().jobs.first?.status == "CANCELLED" }
        #expect(try await program.status().jobs.first?.folder == nil)
        #expect(try await program.run("restore", job.id).status == 0)
        try await eventually("it is back") { try await program.status().jobs.first?.folder == job.folder }
        try await program.settled(jobs: 1)
        #expect(try program.names(FilePath(folder(program, job))) == names)
        let again = try await program.run("restore", job.id)
        #expect(again.status == 1 && again.complaint.contains("nothing was deleted"))
      }
    }
  }

  @Test func `a face deleted while nobody watched is dismissed at the next start, a missing folder is not`()
    async throws
  {
    try await withProgram { program in
      var job: Program.Job?
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        job = try await program.settled(jobs: 1).jobs.first
      }
      let done = program.root.appending("done")
      let away = program.folder.appending("away")
      try move(done, to: away)
      let refused = try await program.run("watch")
      #expect(refused.status == 1 && refused.complaint.contains("waiting for the disk"))
      // The empty place where the disk of done/ is mounted at other times.
      try FileManager.default.createDirectory(atPath: done.string, withIntermediateDirectories: false)
      try await program.whileWatching {}
      #expect(try await program.status().jobs.first?.status == "DONE")
      try FileManager.default.removeItem(atPath: done.string)
      try move(away, to: done)
      try FileManager.default.removeItem(atPath: folder(program, try #require(job)))
      try await program.whileWatching {}
      #expect(try await program.status().jobs.first?.status == "CANCELLED")
    }
  }

  @Test func `a face moved into the inbox runs again from its source`() async throws {
    try await withProgram(Self.strict) { program in
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        let stem = try #require(job.step)
        try write(Array("prompt: my own words\n".utf8), to: program.path(job, "\(stem).yaml"))
        try await eventually("it has run with them") { try program.runs(of: job, step: "s02").count == 2 }
        try await program.settled(jobs: 1)
        try move(FilePath(folder(program, job)), to: program.inbox.appending(job.face))
        try await eventually("it has run again") { try program.runs(of: job, step: "s02").count == 3 }
        let after = try #require(try await program.settled(jobs: 1).jobs.first)
        #expect(after.id == job.id && after.folder == "review")
        let names = try program.names(FilePath(folder(program, job)))
        #expect(names.contains("earlier.\(stem).yaml") && names.contains("\(stem).yaml"))
        #expect(try program.runs(of: job, step: "s02").last?.prompt != "my own words")
        #expect(try program.names(program.inbox).isEmpty)
      }
    }
  }

  @Test func `a copy of a face in the inbox is put aside, and its pictures are no drops`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        let beside = program.folder.appending("copy").string
        try FileManager.default.copyItem(atPath: folder(program, job), toPath: beside)
        try move(FilePath(beside), to: program.inbox.appending(job.face))
        try await eventually("it is put aside") { try await program.status().rejected == 1 }
        #expect(try program.rejections()[job.face]?.contains("This is a copy of the folder of plain.png") == true)
        try await program.settled(jobs: 1)
      }
    }
  }

  @Test func `a finished job that is retried is shown in working, then in done again`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        let mask = program.folder.appending("mask.png")
        try write(try plainMask(), to: mask)
        #expect(try await program.run("retry", job.id, "2", "--mask", "mask.png").status == 0)
        try await eventually("it is done again") {
          guard try program.runs(of: job, step: "s02").count == 2 else { return false }
          return try await program.status().isSettled
        }
        #expect(try await program.status().done == 1)
        #expect(try program.runs(of: job, step: "s02").last?.maskMode == .manual)
        #expect(try await program.run("retry", job.id, "2", "--mask", "nowhere.png").status == 1)
      }
    }
  }
}
