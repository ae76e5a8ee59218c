import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// What goes of finished jobs after a while, and what never does.
@Suite(.timeLimit(.minutes(20))) struct RetentionTests {
  private func body(of job: Program.Job, _ program: Program) -> FilePath {
    program.root.appending("jobs").appending(job.id)
  }

  private func files(in folder: String, of job: Program.Job, _ program: Program) throws -> Set<String> {
    try program.names(body(of: job, program).appending("assets").appending(folder))
  }

  @Test func `results go and can be made again from the source, which stays`() async throws {
    try await withProgram { program in
      for name in ["a.png", "b.png"] { try write(try plainPicture(), to: program.folder.appending(name)) }
      #expect(try await program.run("run", "a.png", "b.png").status == 0)
      let jobs = try await program.status().jobs
      let (a, b) = (jobs[0], jobs[1])
      try write("mine", to: try program.path(b, "notes.txt"))

      let dry = try await program.run("prune", "--done-days", "0", "--dry-run", "--json").json()
      #expect(dry.member("items")?.items.map { $0.member("id")?.text } == [a.id])
      #expect(dry.member("bytes")?.double ?? 0 > 0 && dry.member("dry_run") == true)
      #expect(try !program.names(program.path(a, "")).isEmpty)

      let pruned = try await program.run("prune", "--done-days", "0")
      #expect(pruned.status == 0 && pruned.output.contains("Made room, ") && pruned.output.contains("Sources, masks"))
      #expect(pruned.output.contains("b.png stays: notes.txt in done/\(b.face) is not as SceneHF made it."))
      #expect(try program.names(program.root.appending("done")) == [b.face])
      #expect(try files(in: "source", of: a, program).count == 1)
      #expect(try files(in: "derived", of: a, program).isEmpty && files(in: "generations", of: a, program).isEmpty)
      #expect(try !files(in: "derived", of: b, program).isEmpty)
      #expect(try await program.run("prune", "--done-days", "0").output.contains("Nothing is to go."))

      let refused = try await program.run("retry", a.id, "2")
      #expect(refused.status == 1)
      #expect(refused.complaint.contains("\"scenehf restore \(a.id.prefix(8))\" makes them again"))
      try await program.whileWatching {
        let status = try await program.settled(jobs: 2)
        #expect(status.jobs.map(\.status) == ["DONE", "DONE"] && status.jobs[0].folder == nil)
        #expect(status.jobs[0].reason?.contains("Its results were removed on") == true)
        #expect(try await program.run("restore", a.id).output.contains("runs again from its source."))
        try await eventually("it is made again") { try await program.settled(jobs: 2).jobs[0].folder == "done" }
      }
      #expect(try program.names(program.path(a, "")).contains("manifest.json"))
    }
  }

  @Test func `the service goes by the rules when it starts, and when it is asked`() async throws {
    try await withProgram { program in
      try write(try plainPicture(), to: program.folder.appending("a.png"))
      #expect(try await program.run("run", "a.png").status == 0)
      let job = try #require(try await program.status().jobs.first)
      #expect(try !files(in: "generations", of: job, program).isEmpty)
      try program.configure(["scenehf.yaml": "keep_generations: 0\n"])
      let service = try await program.watch()
      try await eventually("raw answers are gone") { try files(in: "generations", of: job, program).isEmpty }
      #expect(try await program.settled(jobs: 1).done == 1)
      let pruned = try await program.run("prune", "--done-days", "0")
      #expect(pruned.status == 0 && pruned.output.contains("results"))
      #expect(try program.names(program.root.appending("done")).isEmpty)
      #expect(try await program.status().jobs.first?.status == "DONE")
      service.signal(SIGTERM)
      let outcome = try await service.ended()
      #expect(outcome.complaint.contains("Made room, "))
      #expect(!outcome.complaint.contains("dismissed"))
    }
  }
  @Test func `a command waits as long as the service lives, and says so when it ends`() async throws {
    try await withProgram { program in
      try write(try plainPicture(), to: program.folder.appending("a.png"))
      #expect(try await program.run("run", "a.png").status == 0)
      let service = try await program.watch()
      // A service that does nothing more, and holds the root.
      service.signal(SIGSTOP)
      let command = try program.start(["prune", "--done-days", "0"])
      let requests = program.root.appending(".scenehf/requests")
      try await eventually("it has asked") { !names(in: requests).isEmpty }
      service.signal(SIGKILL)
      _ = try await service.ended()
      let outcome = try await command.ended()
      #expect(outcome.status == 1 && outcome.complaint.contains("The service ended before it answered. Ask again."))
      #expect(names(in: requests).isEmpty)
    }
  }
}
