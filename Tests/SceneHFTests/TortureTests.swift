import Foundation
import SystemPackage
import TestSupport
import Testing

/// Short forms of what `Config/torture.py` does for hours.
@Suite(.timeLimit(.minutes(20))) struct TortureTests {
  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Config/torture.py").standardized.path

  @Test func `ten kills while paid calls are made lose nothing, double nothing, and pay nothing twice`() async throws {
    try await withTemporaryFolder(in: diskPlace) { folder in
      let arguments = [Self.script, "kill", "--kills", "10", "--program", Child.executable]
      let variables = ["HOME", "PATH", "TMPDIR", "XDG_CACHE_HOME"]
      let environment = ProcessInfo.processInfo.environment.filter { variables.contains($0.key) }
      let outcome = try await Child(arguments, running: "/usr/bin/python3", environment: environment, in: folder)
        .ended()
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.complaint)")
      #expect(outcome.output.contains("nothing lost, nothing doubled"))
    }
  }
}
