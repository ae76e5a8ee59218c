import FakeServices
import Foundation
import Model
import Testing

@testable import Transport

/// One client and one misbehaving server for all tests of the file.
private enum Shared {
  static let started = Task {
    let folder = FileManager.default.temporaryDirectory.appending(path: "scenehf-tls-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await PythonServer.run("certificates.sh", [folder])
    let authority = try String(contentsOfFile: "\(folder)/authority.pem", encoding: .utf8)
    let server = try await PythonServer.start(
      "plain.py", ["good", "\(folder)/good.pem", "wrong", "\(folder)/wrong.pem", "old", "\(folder)/good.pem"])
    return (server, try HTTPClient(), authority)
  }

  static func client() async throws -> HTTPClient { try await started.value.1 }

  static func address(_ path: String, _ kind: String = "http") async throws -> WebAddress {
    let port = try #require(try await started.value.0.ports[kind])
    return try WebAddress("\(kind == "http" ? "http://127.0.0.1" : "https://localhost"):\(port)\(path)")
  }
}

private func get(_ path: String, _ change: (inout HTTPRequest) -> Void = { _ in }) async throws -> HTTPResponse {
  var request = HTTPRequest(.get, try await Shared.address(path))
  change(&request)
  return try await Shared.client().send(request)
}

private func failure(_ path: String, _ change: (inout HTTPRequest) -> Void = { _ in }) async throws -> TransportError {
  do {
    let response = try await get(path, change)
    Issue.record("\(path) was answered with \(response.status)")
    return TransportError(.badRequest, host: "", detail: "")
  } catch let error as TransportError {
    return error
  }
}

private func echo(_ request: HTTPRequest) async throws -> JSONValue {
  let response = try await Shared.client().send(request)
  return try #require(JSONValue(json: response.body))
}

struct HTTPClientTests {
  @Test func `status, headers and body come as they are`() async throws {
    let response = try await get("/status/418")
    #expect(response.status == 418)
    #expect(response.headers["x-KIND"] == "Test")
    #expect(response.text() == "status 418")
    #expect(!response.isSuccess)
  }

  @Test func `bytes, method and headers are sent as given`() async throws {
    let secret = try #require(Secret("sent-secret-value"))
    let sent = try await echo(
      HTTPRequest(
        .post, try await Shared.address("/echo?a=b"),
        headers: [HTTPHeader("Content-Type", "application/json"), HTTPHeader("Authorization", scheme: "Key", secret)],
        body: .bytes([0, 1, 255])))
    #expect(sent["method"]?.text == "POST")
    #expect(sent["target"]?.text == "/echo?a=b")
    #expect(sent["headers"]?["authorization"]?.text == "Key sent-secret-value")
    #expect(sent["headers"]?["content-type"]?.text == "application/json")
    #expect(sent["headers"]?["expect"] == nil)
    #expect(sent["body"]?.text.flatMap(bytes(base64:)) == [0, 1, 255])
  }

  @Test(arguments: [HTTPRequest.Method.put, .delete, .post])
  func `a call without a body is one of its method`(method: HTTPRequest.Method) async throws {
    let sent = try await echo(HTTPRequest(method, try await Shared.address("/echo")))
    #expect(sent["method"]?.text == method.rawValue)
    #expect(sent["size"] == 0)
  }

  @Test func `a form has its parts in order with names, types and bytes`() async throws {
    let sent = try await echo(
      HTTPRequest(
        .post, try await Shared.address("/echo"),
        body: .multipart([
          .init("prompt", "a wall"),
          .init("image[]", filename: "a.png", contentType: "image/png", bytes: [0, 13, 10, 7]),
        ])))
    let body = String(decoding: try #require(sent["body"]?.text.flatMap(bytes(base64:))), as: UTF8.self)
    #expect(sent["headers"]?["content-type"]?.text?.hasPrefix("multipart/form-data; boundary=") == true)
    #expect(body.contains("Content-Disposition: form-data; name=\"prompt\"\r\n\r\na wall\r\n"))
    #expect(
      body.contains(
        "Content-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\0\r\n\u{7}\r\n"
      ))
  }

  @Test func `a file is streamed up and a body is streamed down`() async throws {
    try await withFolder { folder in
      let (up, down) = ("\(folder)/up", "\(folder)/down")
      try Data(repeating: 7, count: 3_000_000).write(to: URL(filePath: up))
      let sent = try await echo(HTTPRequest(.put, try await Shared.address("/echo"), body: .file(up)))
      #expect(sent["size"] == 3_000_000)
      let response = try await get("/bytes/5000000/chunked") { $0.sink = .file(down) }
      #expect(response.body.isEmpty)
      #expect(try Data(contentsOf: URL(filePath: down)) == Data(repeating: 0x78, count: 5_000_000))
      let attributes = try FileManager.default.attributesOfItem(atPath: down)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func `an error page does not land in the file`() async throws {
    try await withFolder { folder in
      let response = try await get("/status/503") { $0.sink = .file("\(folder)/down") }
      #expect(response.text() == "status 503")
      #expect(try Data(contentsOf: URL(filePath: "\(folder)/down")).isEmpty)
    }
  }

  @Test(arguments: ["/bytes/2000000", "/bytes/2000000/chunked"])
  func `a body over the cap ends the call`(path: String) async throws {
    let error = try await failure(path) { $0.maxResponseBytes = 1_000_000 }
    #expect(error.cause == .tooLarge(limit: 1_000_000))
    #expect(!error.isTransient)
  }

  @Test func `a body of exactly the cap is taken`() async throws {
    #expect(try await get("/bytes/1000000/chunked") { $0.maxResponseBytes = 1_000_000 }.body.count == 1_000_000)
  }

  @Test func `an answer that does not come in time is a time-out that may have been worked on`() async throws {
    let error = try await failure("/delay/20000") { $0.totalTimeout = .seconds(3) }
    #expect(error.cause == .timeout)
    #expect(error.isTransient)
    #expect(error.mayHaveArrived)
  }

  @Test(arguments: ["/drop/before", "/drop/inside"])
  func `a connection that ends early is a broken answer`(path: String) async throws {
    let error = try await failure(path)
    #expect(error.cause == .broken)
    #expect(error.mayHaveArrived)
  }

  @Test func `nobody listening is said with what to do, and nothing was sent`() async throws {
    // Port 1 (tcpmux) is privileged and served by nobody.
    let nobody = try WebAddress("http://127.0.0.1:1/")
    let error = try await failure("/") { $0.url = nobody }
    #expect(error.cause == .unreachable)
    #expect(!error.mayHaveArrived)
    #expect(error.description.hasSuffix("Check the network, and whether the service runs."))
  }

  @Test func `a redirect on the same origin is followed for a GET`() async throws {
    #expect(try await get("/redirect?/status/200").text() == "status 200")
  }

  @Test(arguments: ["https://example.com/", "//example.com/", "http://localhost/", "file:///etc/passwd"])
  func `a redirect elsewhere is refused`(target: String) async throws {
    #expect(try await failure("/redirect?\(target)").cause == .redirected)
  }

  @Test func `a redirect of a POST is refused, and a circle ends`() async throws {
    #expect(try await failure("/redirect?/status/200") { $0.method = .post }.cause == .redirected)
    #expect(try await failure("/redirect?/redirect?/redirect?/redirect?/redirect?/status/200").cause == .redirected)
  }

  @Test func `a header with a line break is not sent`() async throws {
    let error = try await failure("/echo") { $0.headers = [HTTPHeader("X", "a\r\nAuthorization: forged")] }
    #expect(error.cause == .badRequest)
  }
}

struct SafeConnectionTests {
  private func call(_ kind: String, trusting: Bool) async throws -> HTTPResponse {
    let (_, _, authority) = try await Shared.started.value
    return try await withFolder { folder in
      let file = "\(folder)/authority.pem"
      try authority.write(toFile: file, atomically: true, encoding: .utf8)
      let client = try HTTPClient(authorities: trusting ? file : nil)
      return try await client.send(HTTPRequest(.get, try await Shared.address("/status/200", kind)))
    }
  }

  @Test func `a certificate of a trusted authority for this host is taken`() async throws {
    #expect(try await call("good", trusting: true).status == 200)
  }

  @Test(arguments: [("good", false), ("wrong", true), ("old", true)])
  func `an unknown authority, another host or TLS 1-1 is refused before anything is sent`(
    kind: String, trusting: Bool
  ) async throws {
    let error = await #expect(throws: TransportError.self) { try await call(kind, trusting: trusting) }
    #expect(error?.cause == .tls)
    #expect(error?.mayHaveArrived == false)
  }
}

struct CancellationTests {
  @Test func `a cancelled task gets its answer at once`() async throws {
    let address = try await Shared.address("/delay/60000")
    let client = try await Shared.client()
    let task = Task { try await client.send(HTTPRequest(.get, address)) }
    // Also where the cancellation comes first, the call must end.
    task.cancel()
    let error = await #expect(throws: TransportError.self) { try await task.value }
    #expect(error?.cause == .cancelled)
  }

  @Test func `hundreds of cancellations at any moment leave nothing waiting`() async throws {
    let address = try await Shared.address("/delay/60000")
    let client = try await Shared.client()
    let ended = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<300 {
        group.addTask {
          let task = Task { try await client.send(HTTPRequest(.get, address)) }
          for _ in 0..<number % 7 { await Task.yield() }
          task.cancel()
          return (try? await task.value) == nil
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(ended == 300)
  }

  @Test func `a stopped client ends its calls and takes no more`() async throws {
    let address = try await Shared.address("/delay/60000")
    let client = try HTTPClient()
    let pending = Task { try await client.send(HTTPRequest(.get, address)) }
    await client.stop()
    let first = await #expect(throws: TransportError.self) { try await pending.value }
    #expect(first?.cause == .stopped)
    let second = await #expect(throws: TransportError.self) { try await client.send(HTTPRequest(.get, address)) }
    #expect(second?.cause == .stopped)
    await client.stop()
  }
}

struct ManyCallsTests {
  @Test func `two hundred calls are in flight at once, in flat memory`() async throws {
    let address = try await Shared.address("/delay/300")
    let client = try await Shared.client()
    func round() async throws -> Int {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<200 {
          group.addTask { try await client.send(HTTPRequest(.get, address)).body.count }
        }
        return try await group.reduce(into: 0) { $0 += $1 }
      }
    }
    #expect(try await round() == 200 * 65536)
    let before = residentBytes()
    for _ in 0..<4 { #expect(try await round() == 200 * 65536) }
    // Four rounds carry 52 MB; what stays must be far less. Other tests of the process run meanwhile.
    #expect(residentBytes() - before < 40_000_000)
  }
}

private func residentBytes() -> Int {
  let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
  return (pages?.dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
}
