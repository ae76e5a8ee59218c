import FakeServices
import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Serving

@Suite struct JobRoutesTests {
  @Test func `a picture that is sent becomes a job and is worked on like one from the inbox`() async throws {
    try await Server.run { server in
      let reply = try await server.send(try plainPicture(), named: "a/b\\Straße.png")
      #expect(reply.status == 201)
      let id = try #require(try reply.json()["id"]?.text)
      #expect(reply.fields["location"] == "/api/jobs/\(id)")
      let job = try await server.settled(id)
      #expect(job.status == .done && job.sourceName == "Straße.png")
      #expect(job.steps.map(\.type) == [.analyze, .extract, .remove])
      #expect(try Self.faces(in: server.root.appending("done")) == ["Straße--\(id.prefix(8))"])
      let list = try await server.get("/api/jobs")
      #expect(list.fields["x-total-count"] == "1")
      #expect(try list.json()["0"]?["source_name"]?.text == "Straße.png")
      #expect(try await server.get("/api/jobs?status=PAUSED").text == "[]")
    }
  }

  /// The folders that people see there; the folder's own mark is a dot file.
  private static func faces(in folder: FilePath) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.string).filter { !$0.hasPrefix(".") }
  }

  @Test func `what cannot become a job is refused with the reason and lies in rejected`() async throws {
    try await Server.run { server in
      let whole = try plainPicture()
      for (bytes, name, words) in [
        (Array("no picture".utf8), "text.png", "text"), (Array(whole.dropLast(30)), "cut.png", "ends before"),
        ([], "empty.png", "empty"),
      ] {
        let reply = try await server.send(bytes, named: name)
        #expect(reply.status == 422 && reply.code == "rejected")
        #expect(reply.text.contains(words), "\(reply.text)")
      }
      #expect(try Self.faces(in: server.root.appending("rejected")).count == 3)
      #expect(try await server.get("/api/jobs").text == "[]")
    }
  }

  @Test func `an upload that breaks off leaves nothing`() async throws {
    try await Server.run { server in
      let head =
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
        + "Content-Length: 10000000\r\n\r\n--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.png\"\r\n\r\n"
      let piece = [UInt8](repeating: 1, count: 1000)
      var connection = try Connection(port: server.port)
      await connection.write(Array(head.utf8) + piece)
      let uploads = server.root.appending(".scenehf/uploads").string
      try await eventually("the upload has begun") {
        // The server gives up who says nothing for half a minute, and on a machine that is busy enough no look falls
        // into that time: so something more is said at each look, and where that came too late, all of it anew.
        if await !connection.write(piece) {
          connection = try Connection(port: server.port)
          await connection.write(Array(head.utf8) + piece)
        }
        return ((try? FileManager.default.contentsOfDirectory(atPath: uploads)) ?? []).count == 1
      }
      connection.hangUp()
      try await eventually("the upload is gone") {
        try FileManager.default.contentsOfDirectory(atPath: uploads).isEmpty
      }
      #expect(try await server.get("/api/jobs").text == "[]")
    }
  }

  @Test func `a step that needs somebody is retried with a mask, accepted, skipped`() async throws {
    try await Server.run { server in
      // Most of the picture is object: more than a layer may have.
      let job = try await server.settledJob(share: 0.9)
      #expect(job.status == .paused)
      let step = try #require(job.steps.first { $0.needsPerson })
      let base = "/api/jobs/\(job.id)"

      let mask = try await server.send(
        try plainMask(share: 1.0 / 3), named: "m.png", to: "\(base)/assets/mask", fields: ["step_id": step.id])
      #expect(mask.status == 201)
      let maskID = try #require(try mask.json()["id"]?.text)
      let json = "{\"mask_mode\": \"MANUAL\", \"mask_asset_id\": \"\(maskID)\", \"custom_prompt\": \"only the middle\"}"
      #expect(try await server.post("\(base)/steps/\(step.id)/retry", json: json).status == 200)
      let retried = try await server.settled(job.id)
      let after = try #require(retried.steps.first { $0.id == step.id })
      #expect(after.maskAssetID == maskID && after.lastPromptUsed == "only the middle" && after.status == .success)
      let runs = try await server.get("\(base)/steps/\(step.id)/history").json().elements
      #expect(runs.last?["mask_asset_id"]?.text == maskID)
      #expect(retried.status == .done)
    }
  }

  @Test func `accepting moves the folder on, removing takes everything away`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob(share: 0.9)
      let step = try #require(job.steps.first { $0.needsPerson })
      #expect(
        try await server.get("/api/jobs/\(job.id)/steps/\(step.id)/problems").fields["content-type"] == "image/png")
      #expect(try await server.post("/api/jobs/\(job.id)/steps/\(step.index)/accept").status == 200)
      #expect(try await server.settled(job.id).status == .done)
      let done = server.root.appending("done").appending(job.face).string
      try await eventually("the folder lies in done") { FileManager.default.fileExists(atPath: done) }
      #expect(try await server.ask("DELETE", "/api/jobs/\(job.id)").status == 204)
      #expect(!FileManager.default.fileExists(atPath: done))
      #expect(!FileManager.default.fileExists(atPath: server.root.appending("jobs").appending(job.id).string))
      #expect(try await server.get("/api/jobs/\(job.id)").code == "no_such_job")
      #expect(try await server.get("/api/jobs").text == "[]")
    }
  }

  @Test func `an action over HTTP and a saved edit file are two hands on one job`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob(share: 0.9)
      let step = try #require(job.steps.first { $0.needsPerson })
      let face = server.root.appending("review").appending(job.face)
      let edit = face.appending("\(step.fileStem).yaml").string
      // A change from here is in the untouched edit file at once, and starts nothing.
      let path = "/api/jobs/\(job.id)/steps/\(step.id)"
      let change = Array("{\"custom_prompt\": \"the words of the page\"}".utf8)
      #expect(try await server.ask("PATCH", path, ["Content-Type: application/json"], body: change).status == 200)
      try await eventually("the edit file follows") {
        try String(contentsOfFile: edit, encoding: .utf8).contains("the words of the page")
      }
      #expect(
        try await server.job(job.id).steps.first { $0.id == step.id }?.outputsHistory.count == step.outputsHistory.count
      )
      // A save there runs here.
      let text = try String(contentsOfFile: edit, encoding: .utf8)
      try text.replacing("the words of the page", with: "the words of the file").write(
        toFile: edit, atomically: true, encoding: .utf8)
      try await eventually("the saved words have run") {
        try await server.job(job.id).steps.first { $0.id == step.id }?.lastPromptUsed == "the words of the file"
      }
      let settled = try await server.settled(job.id)
      let runs = try await server.get("\(path)/history").json().elements.map { $0["prompt"]?.text ?? "" }
      #expect(runs.filter { $0 == "the words of the file" }.count == 1)
      #expect(!runs.contains("the words of the page"))
      #expect(settled.isSettled)
    }
  }

  @Test func `simultaneous retries make one run`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob(share: 0.9)
      let step = try #require(job.steps.first { $0.needsPerson })
      let before = step.outputsHistory.count
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await server.post(
              "/api/jobs/\(job.id)/steps/\(step.id)/retry", json: "{\"custom_prompt\": \"all at once\"}"
            ).status
          }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses.allSatisfy { $0 == 200 || $0 == 409 } && statuses.contains(200))
      let after = try await server.settled(job.id)
      let runs = try #require(after.steps.first { $0.id == step.id }).outputsHistory.count - before
      // One for those that came before it ran; a second only if one came after it was done.
      #expect((1...statuses.count { $0 == 200 }).contains(runs))
      #expect(after.isSettled)
    }
  }

  @Test func `a picture is sent whole, in part, or not at all`() async throws {
    try await Server.run { server in
      let bytes = try plainPicture()
      let id = try #require(try await server.send(bytes, named: "plain.png").json()["id"]?.text)
      let source = try await server.job(id).sourceImage
      let path = "/api/jobs/\(id)/assets/\(source)"
      let whole = try await server.get(path)
      #expect(whole.status == 200 && whole.body == bytes && whole.fields["content-type"] == "image/png")
      #expect(whole.fields["accept-ranges"] == "bytes")
      let tag = try #require(whole.fields["etag"])
      #expect(try await server.get(path, "If-None-Match: \(tag)").status == 304)
      let part = try await server.get(path, "Range: bytes=10-19")
      #expect(part.status == 206 && part.body == Array(bytes[10...19]))
      #expect(part.fields["content-range"] == "bytes 10-19/\(bytes.count)")
      #expect(try await server.get(path, "Range: bytes=10-19", "If-Range: \"other\"").body == bytes)
      #expect(try await server.get(path, "Range: bytes=999999-").status == 416)
      let head = try await server.ask("HEAD", path)
      #expect(head.status == 200 && head.body.isEmpty && head.fields["content-length"] == "\(bytes.count)")
      #expect(try await server.get("/api/jobs/\(id)/assets/nothing").code == "no_such_asset")
      let job = try await server.get("/api/jobs/\(id)")
      #expect(job.fields["etag"] != nil)
    }
  }

  @Test func `the export holds what lies in done`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob(named: "Größe.png")
      let reply = try await server.get("/api/jobs/\(job.id)/export")
      #expect(reply.status == 200 && reply.fields["content-type"] == "application/zip")
      #expect(reply.fields["content-length"] == "\(reply.body.count)")
      #expect(reply.fields["content-disposition"]?.contains("filename*=UTF-8''Gr%C3%B6%C3%9Fe.zip") == true)
      for name in ["manifest.json", "90-plate.png", "source.png"] {
        #expect(reply.body.contains(Array(name.utf8)), "\(name)")
      }
    }
  }

  @Test func `a job can be paused, taken up again and stopped`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob(share: 0.9)
      #expect(try await server.post("/api/jobs/\(job.id)/pause").status == 200)
      #expect(try await server.job(job.id).isHeld)
      #expect(try await server.post("/api/jobs/\(job.id)/resume").status == 200)
      _ = try await server.settled(job.id)
      #expect(try await server.post("/api/jobs/\(job.id)/steps/2/stop").status == 200)
      #expect(try await server.job(job.id).status == .cancelled)
    }
  }

  @Test(arguments: [
    ("retry", "not json"), ("retry", "[]"), ("retry", "{\"custom_prompt\": 5}"), ("retry", "{\"min_nonwhite\": 2}"),
    ("retry", "{\"mask_mode\": \"SOMETIMES\"}"), ("retry", "{\"custom_prompt\": \"  \"}"),
  ])
  func `a body that does not fit is refused with the place`(verb: String, json: String) async throws {
    try await Server.run { server in
      let job = try await server.settledJob(share: 0.9)
      let reply = try await server.post("/api/jobs/\(job.id)/steps/2/\(verb)", json: json)
      #expect(reply.status == 422 && reply.code == "invalid_body")
      #expect(try await server.job(job.id).updatedAt == job.updatedAt)
    }
  }

  @Test func `a step of a job that is not planned yet is a conflict, for it may come`() async throws {
    let planner = try await FakeVendors.shared().address(of: "gemini", scenario: "stall")
    let settings = ["PLANNER_PROVIDER": "gemini", "GOOGLE_API_KEY": "AIzaPlanted", "GEMINI_BASE_URL": planner]
    try await Server.run(settings) { server in
      let id = try #require(try await server.send(try plainPicture(), named: "plain.png").json()["id"]?.text)
      let reply = try await server.post("/api/jobs/\(id)/steps/s01/retry")
      #expect(reply.status == 409 && reply.code == "not_possible")
      #expect(reply.text.contains("no steps before it is planned. Ask again"))
    }
  }

  @Test func `what is not there says so`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob()
      #expect(try await server.get("/api/jobs/0000").code == "no_such_job")
      #expect(try await server.post("/api/jobs/\(job.id)/steps/99/retry").code == "no_such_step")
      #expect(try await server.get("/api/nothing").code == "no_such_route")
      let wrong = try await server.ask("PUT", "/api/jobs/\(job.id)")
      #expect(wrong.status == 405 && wrong.fields["allow"] == "GET, HEAD, DELETE")
      let mask = try await server.ask("PUT", "/api/jobs/\(job.id)/assets/mask")
      #expect(mask.status == 405 && mask.fields["allow"] == "POST")
    }
  }
}
