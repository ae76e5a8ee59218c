import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct ServiceTests {
  @Test func `a second instance on the same root is refused`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        let second = try await program.run("watch")
        #expect(second.status == 1)
        #expect(second.complaint.contains("is working on \(program.root.string). Stop it first"))
      }
      #expect(try await program.status().state == "stopped")
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a signal stops the service in order, and the next start goes on`(_ signal: Int32) async throws {
    try await withProgram { program in
      var service = try await program.watch()
      for number in 1...12 { try program.drop(try plainPicture(), named: "\(number).png") }
      try await eventually("work is under way") {
        try !program.names(program.root.appending("working")).isEmpty
      }
      service.signal(signal)
      let stopped = try await service.ended()
      #expect(stopped.status == 0)
      #expect(stopped.complaint.contains("Stopping."))
      service = try await program.watch()
      let status = try await program.settled(jobs: 12)
      #expect(status.done == 12)
      service.signal(SIGTERM)
      #expect(try await service.ended().status == 0)
    }
  }

  @Test func `a command reaches the running service, and works without one`() async throws {
    try await withProgram(["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]) { program in
      var id = ""
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        id = try #require(try await program.settled(jobs: 1).jobs.first).id
        let retried = try await program.run("retry", id, "--prompt", "Another wording.")
        #expect(retried.status == 0)
        #expect(retried.output.contains("runs again."))
        try await program.settled(jobs: 1)
      }
      let job = try #require(try await program.status().jobs.first)
      #expect(try program.runs(of: job, step: "s02").map(\.prompt).last == "Another wording.")
      let accepted = try await program.run("accept", String(id.prefix(8)))
      #expect(accepted.status == 0)
      #expect(try await program.status().done == 1)
    }
  }
}
