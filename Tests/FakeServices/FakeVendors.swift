import Foundation

/// All vendors' fake services in one process of this test run. They check every request with the vendors' own types.
package final class FakeVendors: Sendable {
  /// The port of the one server.
  package let port: Int
  /// A service account's file whose tokens come from the server, under the scenario `ok`.
  private let privateKey: String
  private let server: PythonServer

  private static let started = Task { try await FakeVendors() }

  /// The process's server, started at the first call.
  package static func shared() async throws -> FakeVendors { try await started.value }

  private init() async throws {
    let python = try await PythonServer.run("install.sh").trimmingCharacters(in: .whitespacesAndNewlines)
    (server, privateKey) = try await withFolder { folder in
      try await PythonServer.run("keys.sh", [folder])
      let server = try await PythonServer.start("vendors.py", ["\(folder)/public.pem"], python: python)
      return (server, try String(contentsOfFile: "\(folder)/private.pem", encoding: .utf8))
    }
    port = server.ports["http"] ?? 0
  }

  /// The address of a vendor (`gemini`, `openai`, `vertex`, `google`, `fal`, `rembg`, `iopaint`) under a scenario.
  package func address(of vendor: String, scenario: String = "ok") -> String {
    "http://127.0.0.1:\(port)/\(scenario)/\(vendor)"
  }

  /// Where the calls made under a scenario can be read.
  package func calls(scenario: String) -> String { "http://127.0.0.1:\(port)/calls/\(scenario)" }

  /// The file of a service account.
  package func serviceAccount(scenario: String = "ok") throws -> [UInt8] {
    let file = [
      "type": "service_account", "project_id": "p", "private_key_id": "kid1", "private_key": privateKey,
      "client_email": "sa@p.iam.gserviceaccount.com", "client_id": "1",
      "token_uri": address(of: "google", scenario: scenario) + "/token",
    ]
    return Array(try JSONEncoder().encode(file))
  }
}
