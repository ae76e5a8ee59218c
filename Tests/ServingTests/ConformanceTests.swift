import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

/// The service held against its own OpenAPI document by somebody else's program.
@Suite struct ConformanceTests {
  @Test(.timeLimit(.minutes(15))) func `schemathesis finds nothing`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob(share: 0.9)
      let step = try #require(job.steps.first { $0.needsPerson })
      let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Schemathesis/run.sh").path
      let names = ["JOB": job.id, "ASSET": job.sourceImage, "STEP": step.id]
      let run = try Child(
        [script, "http://127.0.0.1:\(server.port)"], running: "/bin/bash",
        environment: ProcessInfo.processInfo.environment.merging(names) { _, new in new },
        in: server.program.folder)
      let outcome = try await run.ended()
      #expect(outcome.status == 0, "\(outcome.output.suffix(6000))")
    }
  }
}
