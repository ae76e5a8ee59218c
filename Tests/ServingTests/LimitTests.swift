import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// What one client may take up: time, memory, places. The service's own limits are waited for.
@Suite(.timeLimit(.minutes(20))) struct LimitTests {
  /// The sockets that a process has open.
  private func sockets(of process: Int32) throws -> Int {
    let folder = "/proc/\(process)/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder).count {
      ((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) ?? "").hasPrefix("socket:")
    }
  }

  /// The most memory that a process has had, in kilobytes.
  private func peak(of process: Int32) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    return status.firstMatch(of: /VmHWM:\s*(\d+) kB/).flatMap { Int($0.1) } ?? 0
  }

  @Test(arguments: [
    "", "GET /api/jo", "GET /api/jobs HTTP/1.1\r\nHost: localhost\r\nX-Never: ",
    "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
      + "Content-Length: 5000\r\n\r\n--edge\r\n",
  ])
  func `a client that says nothing more is not waited for`(beginning: String) async throws {
    try await Server.run { server in
      let connection = try Connection(port: server.port)
      await connection.write(Array(beginning.utf8))
      let before = ContinuousClock.now
      _ = await connection.readAll()
      // The connection itself would give up reading after two minutes.
      #expect(ContinuousClock.now - before < .seconds(100))
      #expect(try await server.get("/api/jobs").status == 200)
    }
  }

  @Test func `a client that asks and does not read is cut off`() async throws {
    try await Server.run { server in
      let idle = try sockets(of: server.processID)
      let deaf = try Connection(port: server.port)
      let request = "GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
      // 3000 answers of 60 kB are far more than all buffers between hold.
      await deaf.writeWithoutWaiting(Array(String(repeating: request, count: 3000).utf8))
      try await eventually("it is connected") { try sockets(of: server.processID) > idle }
      try await eventually("it is cut off") { try sockets(of: server.processID) == idle }
      #expect(try peak(of: server.processID) < 300_000)
      withExtendedLifetime(deaf) {}
    }
  }

  @Test func `connections beyond the most wait for a place, and get it`() async throws {
    try await Server.run { server in
      var many = try (0..<560).map { _ in try Connection(port: server.port) }
      let late = try Connection(port: server.port)
      await late.write(Array("GET /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
      many.removeAll()
      #expect(Reply(await late.readAll()).status == 200)
    }
  }
}
