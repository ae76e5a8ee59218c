import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Serving

/// The dangers of a server on loopback: every page in the browser can reach it, and every user of the computer.
@Suite struct SafetyTests {
  @Test func `a foreign host name is refused before anything else`() async throws {
    try await Server.run { server in
      for fields in [
        ["Host: evil.example"], ["Host: evil.example:\(server.port)"], ["Host: localhost", "Host: evil.example"],
        // An Origin that fits the Host proves nothing: the attacker owns both.
        ["Host: evil.example", "Origin: http://evil.example"], ["Host: "],
        ["Host: evil.example", "Authorization: Bearer \(try server.token)"],
      ] {
        let reply = try await server.ask("GET", "/api/jobs", fields)
        #expect([400, 421].contains(reply.status), "\(fields)")
        #expect(!reply.text.hasPrefix("["))
      }
      #expect(try await server.get("/api/jobs", "Host: localhost:\(server.port)").status == 200)
    }
  }

  @Test func `what another site sends is refused, a plain visit of the page is not`() async throws {
    try await Server.run { server in
      let here = "127.0.0.1:\(server.port)"
      for fields in [
        ["Origin: null"], ["Origin: http://evil.example"], ["Origin: http://localhost:3000"],
        ["Origin: http://127.0.0.1:1"], ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"],
        ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
      ] {
        for (method, path) in [("GET", "/api/jobs"), ("POST", "/api/jobs"), ("DELETE", "/api/jobs/x")] {
          let reply = try await server.ask(method, path, fields)
          #expect(reply.status == 403 && reply.code == "cross_site", "\(method) \(path) \(fields)")
        }
      }
      let visit = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]
      #expect(try await server.ask("GET", "/", visit).status == 200)
      let frame = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"]
      #expect(try await server.ask("GET", "/", frame).status == 403)
      #expect(try await server.get("/api/jobs", "Origin: http://\(here)").status == 200)
    }
  }

  @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "text/plain;application/json", "image/png"])
  func `a simple POST of a form or beacon is refused`(type: String) async throws {
    try await Server.run { server in
      let reply = try await server.ask("POST", "/api/jobs", ["Content-Type: \(type)"], body: Array("{}".utf8))
      #expect(reply.status == 415 && reply.code == "media_type")
    }
  }

  @Test func `a browser changes something only with the cookie that the page was given`() async throws {
    try await Server.run { server in
      let browser = ["Origin: http://127.0.0.1:\(server.port)", "Sec-Fetch-Site: same-origin"]
      #expect(try await server.ask("POST", "/api/jobs/x/run", browser).status == 401)
      let page = try await server.get("/")
      let given = try #require(page.fields["set-cookie"])
      #expect(given.contains("HttpOnly") && given.contains("SameSite=Strict") && given.contains("Path=/"))
      let cookie = "Cookie: other=1; \(given.prefix { $0 != ";" })"
      // Let in, and told that there is no such job.
      #expect(try await server.ask("POST", "/api/jobs/x/run", browser + [cookie]).status == 404)
      let wrong = cookie.dropLast() + (cookie.hasSuffix("0") ? "1" : "0")
      #expect(try await server.ask("POST", "/api/jobs/x/run", browser + [String(wrong)]).status == 401)
    }
  }

  @Test func `the token is in a file that only this user reads, new in every run`() async throws {
    try await withProgram { program in
      var first = ""
      try await Server.run(program) { server in
        let path = server.root.appending(".scenehf/http-token").string
        let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        first = try server.token
        #expect(first.count == 64)
      }
      try await Server.run(program) { again in
        let second = try again.token
        #expect(second != first)
      }
    }
  }

  @Test func `beyond loopback every request needs the token, which the address of the page may carry`() async throws {
    try await Server.run(arguments: ["--http", "0.0.0.0:0", "--http-host", "studio.lan"]) { server in
      let host = "Host: studio.lan:\(server.port)"
      #expect(try await server.ask("GET", "/", [host]).status == 401)
      #expect(try await server.ask("GET", "/api/jobs", [host]).code == "token_needed")
      #expect(
        try await server.ask("GET", "/api/jobs", [host, "Authorization: Bearer \(try server.token)"]).status == 200)
      #expect(try await server.ask("GET", "/?token=wrong", [host]).status == 401)
      // Only the page takes it there.
      #expect(try await server.ask("GET", "/api/jobs?token=\(try server.token)", [host]).status == 401)
      let invited = try await server.ask("GET", "/?token=\(try server.token)", [host])
      #expect(invited.status == 303 && invited.fields["location"] == "/")
      let cookie = try #require(invited.fields["set-cookie"]).prefix { $0 != ";" }
      #expect(try await server.ask("GET", "/", [host, "Cookie: \(cookie)"]).status == 200)
    }
  }

  @Test(arguments: [
    "/page/..%2f..%2fetc%2fpasswd", "/page/../../etc/passwd", "/api/jobs/..%2f..", "/api/jobs/../../etc/passwd",
    "/api/jobs/%2e%2e/assets/job.json", "/api/jobs/.scenehf", "//etc/passwd", "/api/jobs/a%00b",
  ])
  func `no path leads out`(path: String) async throws {
    try await Server.run { server in
      let reply = try await server.get(path)
      #expect(reply.status == 404 || reply.status == 400, "\(reply.status)")
      #expect(!reply.text.contains("root:"))
    }
  }

  @Test func `every answer is hardened, refusals too`() async throws {
    try await Server.run { server in
      for path in ["/", "/api/jobs", "/page/app.js", "/nothing"] {
        let reply = try await server.get(path)
        #expect(reply.fields["content-security-policy"]?.contains("default-src 'none'") == true, "\(path)")
        #expect(reply.fields["content-security-policy"]?.contains("unsafe") == false)
        #expect(reply.fields["x-content-type-options"] == "nosniff")
        #expect(reply.fields["cross-origin-resource-policy"] == "same-origin")
        #expect(reply.fields["access-control-allow-origin"] == nil)
      }
    }
  }

  @Test func `bodies and heads are bounded`() async throws {
    try await Server.run(["SCENEHF_MAX_FILE_MB": "1"]) { server in
      let large = try await server.send([UInt8](repeating: 0, count: 3_000_000), named: "large.png")
      #expect(large.status == 413 && large.code == "too_large")
      // What is said in the head is believed at once: nobody waits for the gigabyte.
      let claim = ["Content-Type: multipart/form-data; boundary=edge", "Content-Length: 99999999999"]
      #expect(try await server.ask("POST", "/api/jobs", claim).status == 413)
      let json = "{\"custom_prompt\": \"\(String(repeating: "x", count: 2_000_000))\"}"
      #expect(try await server.post("/api/jobs/x/retry", json: json).status == 413)
      let field = "X-Long: \(String(repeating: "x", count: 70_000))"
      #expect(try await server.get("/api/jobs", field).status == 400)
      #expect(try await server.get("/api/jobs").text == "[]")
      let uploads = try? FileManager.default.contentsOfDirectory(
        atPath: server.root.appending(".scenehf/uploads").string)
      #expect(uploads ?? [] == [])
    }
  }

  @Test func `a client that sends slowly, or stops reading, holds up nobody`() async throws {
    try await Server.run { server in
      let slow = try (0..<20).map { _ in try Connection(port: server.port) }
      for connection in slow { await connection.write(Array("POST /api/jobs HTTP/1.1\r\nHost: local".utf8)) }
      let deaf = try Connection(port: server.port)
      await deaf.write(Array("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
      #expect(try await server.settledJob().status == .done)
      withExtendedLifetime((slow, deaf)) {}
    }
  }

  @Test func `no key or token is in any answer`() async throws {
    try await Server.run([
      "GOOGLE_API_KEY": "AIza-planted-canary", "OPENAI_API_KEY": "sk-planted-canary",
      "SCENEHF_PLANNER_PROVIDER": "local", "PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "local",
    ]) { server in
      let job = try await server.settledJob()
      for path in [
        "/", "/api/jobs", "/api/jobs/\(job.id)", "/api/providers", "/api/jobs/\(job.id)/steps/2/history",
        "/api/jobs/\(job.id)/export",
      ] {
        let text = try await server.get(path).text
        let token = try server.token
        #expect(!text.contains("planted-canary") && !text.contains(token), "\(path)")
      }
    }
  }
}
