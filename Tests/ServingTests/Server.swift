import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// The built `scenehf watch --http` on a root of its own, as programs meet it.
struct Server: Sendable {
  let program: Program
  let port: Int
  private let child: Child

  var root: FilePath { program.root }

  /// Runs `body` with a server on a fresh root, which is stopped and removed afterwards.
  static func run(
    _ environment: [String: String] = [:], arguments: [String] = [], _ body: (Server) async throws -> Void
  ) async throws {
    try await withProgram(environment) { try await run($0, arguments: arguments, body) }
  }

  /// The same on a root that may hold jobs already.
  static func run(_ program: Program, arguments: [String] = [], _ body: (Server) async throws -> Void) async throws {
    let server = try await Server(program, arguments)
    do {
      try await body(server)
    } catch {
      print(try server.said())
      server.child.signal(SIGKILL)
      throw error
    }
    if server.child.isRunning { try await server.stop() }
  }

  private init(_ program: Program, _ arguments: [String]) async throws {
    let address = arguments.contains("--http") ? [] : ["--http", "127.0.0.1:0"]
    let child = try program.start(["watch"] + address + arguments)
    var port: Int?
    try await eventually("the page is there") {
      port = try child.complaint().firstMatch(of: /The page is on http:\/\/[^ ]*:(\d+)\//).flatMap { Int($0.1) }
      return port != nil || !child.isRunning
    }
    if port == nil { print(try child.complaint()) }
    self.port = try #require(port)
    (self.program, self.child) = (program, child)
  }

  func said() throws -> String { try child.complaint() }

  /// Asks it to stop and waits for its end; the exit status.
  @discardableResult
  func stop() async throws -> Int32 {
    child.signal(SIGTERM)
    return try await child.ended().status
  }

  var processID: Int32 { child.processID }

  var token: String {
    get throws {
      try String(contentsOfFile: root.appending(".scenehf/http-token").string, encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  // MARK: - Asking

  /// Sends a request as it stands, with `Host` unless the fields have one, and reads the answer to its end.
  func ask(_ method: String, _ path: String, _ fields: [String] = [], body: [UInt8] = []) async throws -> Reply {
    let connection = try Connection(port: port)
    var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"]
    if !fields.contains(where: { $0.lowercased().hasPrefix("host:") }) { lines.append("Host: 127.0.0.1:\(port)") }
    if !body.isEmpty { lines.append("Content-Length: \(body.count)") }
    lines += fields
    await connection.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    return Reply(await connection.readAll())
  }

  func get(_ path: String, _ fields: String...) async throws -> Reply { try await ask("GET", path, fields) }

  func post(_ path: String, json: String = "", _ fields: String...) async throws -> Reply {
    let type = json.isEmpty ? [] : ["Content-Type: application/json"]
    return try await ask("POST", path, type + fields, body: Array(json.utf8))
  }

  /// Sends a file as a browser's form does.
  func send(_ bytes: [UInt8], named name: String, to path: String = "/api/jobs", fields: [String: String] = [:])
    async throws -> Reply
  {
    var body: [UInt8] = []
    for (field, value) in fields {
      body += Array("--edge\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n".utf8)
    }
    body += Array("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n".utf8)
    body += bytes + Array("\r\n--edge--\r\n".utf8)
    return try await ask("POST", path, ["Content-Type: multipart/form-data; boundary=edge"], body: body)
  }

  // MARK: - Jobs

  /// Sends a plain picture with one rectangle and waits until its job has settled.
  func settledJob(share: Double = 0.3, named name: String = "plain.png") async throws -> Job {
    let reply = try await send(try plainPicture(share: share), named: name)
    try #require(reply.status == 201, "\(reply.text)")
    return try await settled(try #require(try reply.json()["id"]?.text))
  }

  func settled(_ id: String) async throws -> Job {
    var last: Job?
    try await eventually("job \(id) has settled") {
      last = try await job(id)
      return last?.isSettled == true
    }
    return try #require(last)
  }

  func job(_ id: String) async throws -> Job {
    try JSONDecoder().decode(Job.self, from: Data(try await get("/api/jobs/\(id)").body))
  }
}
