import Foundation
import Transport

/// All vendors' fake services in one process of this test run. They check every request with the vendors' own types.
package final class FakeVendors: Sendable {
  /// The port of the one server.
  package let port: Int
  /// A service account's file whose tokens come from the server, under the scenario `ok`.
  private let privateKey: String
  private let server: PythonServer
  /// For asking the server about itself.
  private let client: HTTPClient

  private static let started = Task { try await FakeVendors() }

  /// The process's server, started at the first call.
  package static func shared() async throws -> FakeVendors { try await started.value }

  /// A server of the caller's own, for who has to be answered at once. It ends with the test run.
  package static func alone() async throws -> FakeVendors { try await FakeVendors() }

  private init() async throws {
    client = try HTTPClient()
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

  /// One call that came.
  package struct Call: Decodable, Sendable {
    package let vendor: String
    package let method: String
    package let path: String
    /// Of the answer; 0 for a connection that was dropped.
    package let status: Int
  }

  /// The calls made under a scenario, oldest first.
  package func calls(scenario: String) async throws -> [Call] {
    try JSONDecoder().decode([Call].self, from: Data(try await ask("calls/\(scenario)")))
  }

  /// Tells what the next `times` calls of a vendor under the scenario `now.NAME` play; later ones are proper.
  package func play(_ scenario: String, by vendor: String, times: Int, as name: String) async throws {
    _ = try await ask("now/\(name)/\(vendor)/\(scenario)/\(times)")
  }

  private func ask(_ path: String) async throws -> [UInt8] {
    try await client.send(HTTPRequest(.get, try WebAddress("http://127.0.0.1:\(port)/\(path)"))).body
  }

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
