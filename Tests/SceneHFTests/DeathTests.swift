import FakeServices
import Glibc
import Model
import TestSupport
import Testing

/// A job at whose work the service dies again and again, as for want of memory.
@Suite(.timeLimit(.minutes(20))) struct DeathTests {
  @Test func `a picture at which the service dies four times lies in review, and the others are done`() async throws {
    let settings = ["PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "gemini"]
    try await withCloud(settings, scenarios: ["gemini": "now.deadly"]) { cloud in
      let program = cloud.program
      try await cloud.vendors.play("stall", by: "gemini", times: 4, as: "deadly")
      for life in 1...4 {
        let service = try await program.watch()
        if life == 1 { try program.drop(try Cloud.picture(), named: "deadly.png") }
        try await eventually("call \(life) is under way") {
          try await cloud.vendors.calls(scenario: "now.deadly").count { $0.method == "POST" } == life
        }
        service.signal(SIGKILL)
        #expect(try await service.ended().status == 128 + SIGKILL)
      }
      try await program.whileWatching {
        try program.drop(try Cloud.picture() + [0], named: "well.png")
        let jobs = try await program.settled(jobs: 2).jobs
        let deadly = try #require(jobs.first { $0.name == "deadly.png" })
        #expect(jobs.first { $0.name == "well.png" }?.status == "DONE")
        #expect(deadly.folder == "review" && deadly.reason?.contains("has died 4 times in a row") == true)
        let calls = try cloud.calls(of: deadly).filter { $0.stepID == "s02" }
        #expect(calls.map(\.state) == Array(repeating: .lost, count: 4))
        #expect(try await program.run("retry", "--all", "--because", "has died").status == 0)
        try await eventually("it is done") { try await program.status().jobs.allSatisfy { $0.status == "DONE" } }
      }
    }
  }
}
