import Foundation
import Glibc
import Imaging
import Model
import SystemPackage
import Testing

/// The built `scenehf watch --http` on a root of its own, as programs meet it.
struct Server: Sendable {
  let root: FilePath
  let port: Int
  private let process: Process
  private let log: URL

  /// The executable lies beside the test bundle.
  private static let executable: URL = {
    let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("scenehf")
  }()

  /// Runs `body` with a server on a fresh root, which is stopped and removed afterwards.
  static func run(
    _ environment: [String: String] = [:], arguments: [String] = [], _ body: (Server) async throws -> Void
  ) async throws {
    var template = Array("\(FileManager.default.temporaryDirectory.path)/scenehf-server-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    let folder = FilePath(platformString: template)
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let server = try await start(in: folder, environment, arguments)
    defer { server.stop() }
    do {
      try await body(server)
    } catch {
      print(try server.said())
      throw error
    }
  }

  static func start(in folder: FilePath, _ environment: [String: String] = [:], _ arguments: [String] = []) async throws
    -> Server
  {
    let log = URL(fileURLWithPath: folder.appending("log-\(UUID().uuidString)").string)
    try Data().write(to: log)
    let process = Process()
    process.executableURL = executable
    process.arguments = ["watch"] + (arguments.contains("--http") ? [] : ["--http", "127.0.0.1:0"]) + arguments
    // Without the network only plain backgrounds are separated, which is all that is needed here, and quick.
    let variables = [
      "HOME": folder.string, "STORAGE_ROOT": folder.appending("root").string, "PATH": "/usr/bin:/bin",
      "SCENEHF_ENGINE_DIR": folder.appending("no-engine").string,
    ]
    process.environment = variables.merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    var port: Int?
    try await eventually("the page is there") {
      let said = String(decoding: try Data(contentsOf: log), as: UTF8.self)
      port = said.firstMatch(of: /The page is on http:\/\/[^ ]*:(\d+)\//).flatMap { Int($0.1) }
      return port != nil || !process.isRunning
    }
    return Server(root: folder.appending("root"), port: try #require(port), process: process, log: log)
  }

  func said() throws -> String { String(decoding: try Data(contentsOf: log), as: UTF8.self) }

  /// Asks it to stop and waits for its end; the exit status.
  @discardableResult
  func stop() -> Int32 {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return process.terminationStatus
  }

  var processID: Int32 { process.processIdentifier }

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

/// Waits for a fact, looking at it again and again; the deadline is generous and only ends a test that hangs.
func eventually(
  _ fact: String, within seconds: Double = 240, at location: SourceLocation = #_sourceLocation,
  _ holds: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  var pause = Duration.milliseconds(20)
  while try await !holds() {
    if ContinuousClock.now > end {
      Issue.record("Waited in vain: \(fact)", sourceLocation: location)
      throw Errno.timedOut
    }
    try await Task.sleep(for: pause)
    pause = min(pause * 1.5, .milliseconds(500))
  }
}

/// A plain grey-blue picture with one rectangle, `share` of its width and height wide and high.
func plainPicture(width: Int = 64, height: Int = 48, share: Double = 0.3) throws -> [UInt8] {
  let (w, h) = (Int(Double(width) * share), Int(Double(height) * share))
  let (left, top) = ((width - w) / 2, (height - h) / 2)
  var samples: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      let isInside = (left..<left + w).contains(x) && (top..<top + h).contains(y)
      samples += isInside ? [190, 60, 40] : [120, 140, 160]
    }
  }
  return try encodePNG(Picture(width: width, height: height, channels: 3, samples: .eight(samples)), preset: .fast)
}

/// A mask that is white in the middle third.
func middleMask(width: Int = 64, height: Int = 48) throws -> [UInt8] {
  let values = (0..<width * height).map { pixel -> UInt8 in
    (width / 3..<2 * width / 3).contains(pixel % width) && (height / 3..<2 * height / 3).contains(pixel / width)
      ? 255 : 0
  }
  return try encodePNG(Mask(width: width, height: height, thresholding: values))
}
