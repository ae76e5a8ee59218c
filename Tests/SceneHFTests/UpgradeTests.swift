import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// A root outlives the program that made it and the disk it lies on.
@Suite(.timeLimit(.minutes(20))) struct UpgradeTests {
  /// A root as the package 0.1.0 left it when it was killed at work: a job idle, one running, one in review, one held,
  /// one done, one cancelled, one without anything to see, one whose folder somebody had deleted, and a rejected drop.
  private static let oldRoot = FilePath(#filePath).removingLastComponent().appending("Roots/0.1.0.tar.gz")

  /// Copies a root as the manual says.
  private func rsync(_ from: FilePath, to target: FilePath, _ program: Program) async throws {
    let copy = try program.start(["-a", "\(from.string)/", "\(target.string)/"], running: "/usr/bin/rsync")
    #expect(try await copy.ended().status == 0)
  }

  /// The dropped bytes of all jobs, by id.
  private func sources(_ root: FilePath) throws -> [String: [UInt8]] {
    var sources: [String: [UInt8]] = [:]
    for id in visibleNames(in: root.appending("jobs")) {
      let folder = root.appending("jobs").appending(id).appending("assets/source")
      sources[id.string] = try visibleNames(in: folder).first.map { try readBytes(folder.appending($0)) }
    }
    return sources
  }

  @Test func `a root of the first package goes on in another place, with every job as it was or further`() async throws
  {
    try await withProgram(["SCENEHF_ATTEMPTS": "1"]) { program in
      let unpack = try program.start(["-xzf", Self.oldRoot.string], running: "/bin/tar")
      #expect(try await unpack.ended().status == 0)
      let old = program.folder.appending("root")
      let place = program.folder.appending("moved/root")
      try makeFolder(place.removingLastComponent())
      try await rsync(old, to: place, program)
      let before = try sources(old)
      #expect(before.count == 8)
      remove(old)

      var moved = program
      moved.environment["STORAGE_ROOT"] = place.string
      let service = try await moved.watch()
      var status = try await moved.status()
      try await eventually("all have settled") {
        status = try await moved.status()
        return status.jobs.allSatisfy { ["DONE", "PAUSED", "CANCELLED"].contains($0.status) } && status.working == 0
      }
      let now = Dictionary(uniqueKeysWithValues: status.jobs.map { ($0.name, "\($0.status) \($0.folder ?? "-")") })
      #expect(
        now == [
          "done.png": "DONE done", "running.png": "DONE done", "waiting.png": "DONE done",
          "review.png": "PAUSED review", "held.png": "PAUSED review", "failed.png": "PAUSED review",
          "cancelled.png": "CANCELLED review", "dismissed.png": "CANCELLED -",
        ])
      #expect(status.rejected == 1)
      #expect(try sources(place) == before)
      let review = try #require(status.jobs.first { $0.name == "review.png" })
      #expect(try await moved.run("accept", review.id).status == 0)
      #expect(try await moved.run("restore", "dismissed.png").status == 0)
      try await eventually("they go on") {
        let jobs = try await moved.status().jobs
        return jobs.contains { $0.id == review.id && $0.status == "DONE" }
          && jobs.contains { $0.name == "dismissed.png" && $0.folder == "review" }
      }
      service.signal(SIGTERM)
      #expect(try await service.ended().status == 0)
    }
  }

  @Test func `a copy by rsync opens as it was, and nothing in it is written anew`() async throws {
    try await withProgram(["SCENEHF_ATTEMPTS": "1"]) { program in
      for (name, share) in [("done.png", 0.3), ("review.png", 0.9)] {
        try write(try plainPicture(share: share), to: program.folder.appending(name))
      }
      #expect(try await program.run("run", "done.png", "review.png").status == 2)
      let copy = program.folder.appending("copy")
      try await rsync(program.root, to: copy, program)
      var other = program
      other.environment["STORAGE_ROOT"] = copy.string
      try await other.whileWatching {
        let (there, here) = (try await other.status(), try await program.status())
        #expect(there.jobs.map(\.status) == here.jobs.map(\.status) && there.done == 1 && there.review == 1)
        for job in there.jobs {
          let record = "jobs/\(job.id)/job.json"
          #expect(try readBytes(copy.appending(record)) == readBytes(program.root.appending(record)))
        }
      }
      // Both can be worked on: neither knows of the other.
      let review = try #require(try await other.status().jobs.first { $0.status == "PAUSED" })
      #expect(try await other.run("accept", review.id).status == 0)
      #expect(try await other.status().done == 2)
      #expect(try await program.status().done == 1)
    }
  }
}
