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

  @Test func `a step waits for a worker with the key, which a running one may be given`() async throws {
    let vendors = try await FakeVendors.alone()
    let settings = [
      "PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "gemini", "DATABASE_URL": try Postgres.freshDatabase(),
      "GEMINI_BASE_URL": vendors.address(of: "gemini"),
    ]
    try await withCloud(settings, others: vendors) { cloud in
      var program = cloud.program
      let keys = program.folder.appending("keys")
      try FileManager.default.createDirectory(atPath: keys.string, withIntermediateDirectories: true)
      // With what was planted the key is no file that stays.
      defer { try? FileManager.default.removeItem(atPath: keys.string) }
      let removed = program.environment.removeValue(forKey: "GOOGLE_API_KEY")
      let key = try #require(removed)
      program.environment["CREDENTIALS_DIRECTORY"] = keys.string
      #expect(try await program.run("database", "--lease", "2").status == 0)
      let intake = try program.start(["watch", "--intake-only"])
      let worker = try program.start(["worker"])
      try await eventually("both take part") { try await machines(program).count == 2 }
      try program.drop(try Cloud.picture(), named: "a.png")
      try await eventually("it is said what is missing") {
        try await program.run("status").output.contains("1 waiting for a machine that has gemini.")
      }
      // What it could do it has done.
      #expect(try await program.status().jobs.first?.status == "PLANNED")
      #expect(try worker.complaint().contains("There is no key or address here for gemini"))
      try program.configure(["scenehf.yaml": "attempt: 1\n"])
      worker.signal(SIGHUP)
      try await eventually("it does not take a mistake") { try worker.complaint().contains("the earlier ones hold.") }
      try program.configure(["scenehf.yaml": "attempts: 1\n"])
      try write(key, to: keys.appending("GOOGLE_API_KEY"))
      worker.signal(SIGHUP)
      try await eventually("it has the key") { try worker.complaint().contains("The settings were read again.") }
      #expect(try await program.settled(jobs: 1).jobs.first?.status == "DONE")
      #expect(try await !program.run("status").output.contains("waiting for a machine"))
      for process in [intake, worker] {
        process.signal(SIGTERM)
        #expect(try await process.ended().status == 0)
      }
    }
  }

  @Test func `every machine can show the page, with the same jobs and the same token`() async throws {
    try await withProgram(["DATABASE_URL": try Postgres.freshDatabase()]) { program in
      #expect(try await program.run("database", "--lease", "2").status == 0)
      let intake = try program.start(["watch", "--intake-only", "--http", "127.0.0.1:0"])
      let worker = try program.start(["worker", "--http", "127.0.0.1:0"])
      var pages: [String] = []
      for process in [intake, worker] {
        try await eventually("its page is there") { try process.complaint().contains("The page is on ") }
        let words = try process.complaint().split(separator: "The page is on ", maxSplits: 1)
        pages.append(String(words[1].prefix { !$0.isWhitespace }))
      }
      try write(try plainPicture(), to: program.folder.appending("sent.png"))
      let sent = try await curl(program, "--form", "file=@sent.png", pages[1] + "api/jobs")
      #expect(sent.contains("\"id\""), "\(sent)")
      try program.drop(try plainPicture(), named: "dropped.png")
      try await program.settled(jobs: 2)
      let token = try program.text(program.root.appending(".scenehf/http-token"))
      for page in pages {
        try await eventually("\(page) shows both as done") {
          let bearer = "Authorization: Bearer \(token.dropLast())"
          return try await curl(program, "--header", bearer, page + "api/jobs").split(separator: "\"DONE\"").count == 3
        }
      }
      let job = try #require(try await program.status().jobs.first)
      _ = try await curl(program, "--request", "DELETE", pages[1] + "api/jobs/\(job.id)")
      try await eventually("the other page has lost it as well") {
        try await !curl(program, pages[0] + "api/jobs").contains(job.id)
      }
      for process in [intake, worker] {
        process.signal(SIGTERM)
        #expect(try await process.ended().status == 0)
      }
    }
  }

  private func curl(_ program: Program, _ arguments: String...) async throws -> String {
    try await program.start(["--silent"] + arguments, running: "/usr/bin/curl").ended().output
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
