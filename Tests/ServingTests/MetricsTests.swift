import Foundation
import TestSupport
import Testing

@testable import Serving

@Suite struct MetricsTests {
  @Test func `Prometheus reads what is where, from the page and from the command line`() async throws {
    try await Server.run { server in
      _ = try await server.settledJob()
      _ = try await server.settledJob(share: 0.9)
      let reply = try await server.get("/metrics")
      #expect(reply.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      let lines = reply.text.split(separator: "\n")
      for line in [
        "# TYPE scenehf_jobs gauge", "scenehf_jobs{status=\"DONE\"} 1.0", "scenehf_jobs{status=\"PAUSED\"} 1.0",
        "scenehf_folder_entries{folder=\"review\"} 1.0", "scenehf_paid_calls_today 0.0", "scenehf_event_listeners 0.0",
        "scenehf_steps{status=\"NEEDS_REVIEW\"} 1.0",
      ] {
        #expect(lines.contains(Substring(line)), "\(line)")
      }
      // Each number once, after its help and type.
      let names = lines.filter { !$0.hasPrefix("#") }
      #expect(Set(names.map { $0.prefix { $0 != " " } }).count == names.count)
      let told = try await server.program.run("status", "--metrics").output.split(separator: "\n")
      #expect(told == lines.filter { !$0.contains("listeners") })
    }
  }
}
