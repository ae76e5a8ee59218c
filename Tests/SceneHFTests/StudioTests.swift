import FakeServices
import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// Several processes on one root and one PostgreSQL, driven as a studio's administrator drives them. What Config/torture.py
/// does to a thousand jobs happens here to a few.
@Suite(.timeLimit(.minutes(10))) struct StudioTests {
  @Test func `workers that are frozen and killed lose no job, and no call is paid twice`() async throws {
    let vendors = try await FakeVendors.alone()
    let database = try Postgres.freshDatabase().replacing("scenehf@", with: "scenehf:planted-password@")
    let settings = [
      "PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "gemini", "DATABASE_URL": database,
      "GEMINI_BASE_URL": vendors.address(of: "gemini"),
    ]
    try await withCloud(settings, others: vendors) { cloud in
      let program = cloud.program
      #expect(try await program.run("database", "--lease", "2").status == 0)
      let intake = try program.start(["watch", "--intake-only"])
      var workers = try (0..<2).map { _ in try program.start(["worker"]) }
      try await eventually("all take part") { try await machines(program).count == 3 }
      for number in 0..<4 { try program.drop(try Cloud.picture(), named: "\(number).png") }
      try await eventually("both are at work") { try await machines(program).filter { $0 > 0 }.count == 2 }
      // One is gone, the other sleeps; a third finds what they held.
      workers[0].signal(SIGKILL)
      workers[1].signal(SIGSTOP)
      workers.append(try program.start(["worker"]))
      try await program.settled(jobs: 4)
      workers[1].signal(SIGCONT)
      let jobs = try await program.status().jobs
      #expect(jobs.allSatisfy { $0.status == "DONE" && $0.folder == "done" }, "\(jobs)")
      for job in jobs {
        let calls = try cloud.calls(of: job)
        let answered = calls.filter { $0.state == .answered }
        #expect(Set(answered.map(\.key)).count == answered.count)
        #expect(calls.allSatisfy { $0.state != .sent })
      }
      let seen = try await vendors.calls(scenario: "ok").count { $0.method == "POST" }
      #expect(try jobs.reduce(0) { try $0 + cloud.calls(of: $1).count } >= seen)
      for process in [intake] + workers.dropFirst() { process.signal(SIGTERM) }
      for process in [intake] + workers.dropFirst() { #expect(try await process.ended().status == 0) }
      let everything = try program.names(program.folder).filter { $0.hasPrefix("process-") }
      for name in everything { #expect(try !program.text(program.folder.appending(name)).contains("planted-password")) }
    }
  }

  @Test func `commands say what is missing`() async throws {
    try await withProgram { program in
      #expect(try await program.run("worker").complaint.contains("Set DATABASE_URL"))
      #expect(try await program.run("watch", "--intake-only").complaint.contains("they need DATABASE_URL"))
      var away = program
      away.environment["DATABASE_URL"] = "postgresql://u:planted-password@/x?host=/nowhere"
      let refused = try await away.run("database")
      #expect(refused.status == 1 && refused.complaint.contains("The database does not answer"))
      #expect(!refused.complaint.contains("planted-password"))
      var shared = program
      shared.environment["DATABASE_URL"] = try Postgres.freshDatabase()
      #expect(try await shared.run("worker").complaint.contains("is missing"))
      #expect(try await shared.run("database").output.contains("is shared; 0 jobs"))
      let alone = try await program.run("watch")
      #expect(alone.status == 1 && alone.complaint.contains("set DATABASE_URL"))
      #expect(try await shared.run("database", "--end").status == 0)
    }
  }

  @Test func `pictures given to run on a shared root are worked on at once`() async throws {
    try await withProgram(["DATABASE_URL": try Postgres.freshDatabase()]) { program in
      #expect(try await program.run("database").status == 0)
      try write(try plainPicture(), to: program.folder.appending("a.png"))
      let outcome = try await program.run("run", program.folder.appending("a.png").string)
      #expect(outcome.status == 0, "\(outcome.complaint)")
    }
  }

  /// How many jobs each process that takes part has at work.
  private func machines(_ program: Program) async throws -> [Int] {
    let machines = try await program.run("status", "--json").json().member("machines")?.items ?? []
    return machines.compactMap { if case .integer(let running)? = $0.member("running") { running } else { nil } }
  }
}
