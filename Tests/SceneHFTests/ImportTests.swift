import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// Jobs of the web tool become jobs of this root.
@Suite(.timeLimit(.minutes(20))) struct ImportTests {
  /// `data/jobs` of the web tool below the program's folder: a finished job, one that needs review, and one that was
  /// interrupted. The pictures are those of real jobs; the records are put into the web tool's shape.
  private func webTool(_ program: Program) async throws -> FilePath {
    let root = program.folder.appending("other").string
    for (name, share) in [("done.png", 0.3), ("review.png", 0.9)] {
      try write(try plainPicture(share: share), to: program.folder.appending(name))
    }
    #expect(try await program.run("--storage-root", root, "run", "done.png", "review.png").status == 2)
    let jobs = FilePath(root).appending("jobs")
    let place = program.folder.appending("web/data/jobs")
    try FileManager.default.createDirectory(atPath: place.string, withIntermediateDirectories: true)
    for id in try program.names(jobs) {
      try translate(jobs.appending(id), to: place, as: id, isInterrupted: false)
      guard try text(jobs.appending(id)).contains("done.png") else { continue }
      try translate(jobs.appending(id), to: place, as: UUID().uuidString.lowercased(), isInterrupted: true)
    }
    return program.folder.appending("web")
  }

  private func text(_ body: FilePath) throws -> String { try read(body.appending("job.json")) }

  private func translate(_ body: FilePath, to place: FilePath, as id: String, isInterrupted: Bool) throws {
    let target = place.appending(id)
    try FileManager.default.copyItem(atPath: body.string, toPath: target.string)
    for name in names(in: target) where !["assets", "history", "job.json"].contains(name.string) {
      remove(target.appending(name))
    }
    let old = try #require(body.lastComponent?.string)
    let bytes = Data(try text(body).replacing(old, with: id).utf8)
    var job = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    job["format"] = nil
    job["storage_root"] = "/srv/gone"
    job["owner"] = ["name": "ann"]
    job["created_at"] = "2025-11-02T09:15:07.123456"
    let name = try text(body).contains("done.png") ? "done.png" : "review.png"
    job["metadata"] = [
      "filename": name, "image_api_key": "planted-1", "providers": ["fal": ["fal_api_key": "planted-2"]],
      "note": "AIza" + String(repeating: "planted", count: 5),
    ]
    var assets = try #require(job["assets"] as? [String: [String: Any]])
    for (index, key) in assets.keys.sorted().enumerated() {
      let path = try #require(assets[key]?["path"] as? String)
      assets[key]?["path"] = ["/srv/gone/data/jobs/\(id)/", "./data/jobs/\(id)/", ""][index % 3] + path
    }
    job["assets"] = assets
    var steps = try #require(job["steps"] as? [[String: Any]])
    for index in steps.indices {
      for key in ["limits", "matte_asset_id", "applied_edit", "reason"] { steps[index][key] = nil }
      steps[index]["index"] = index
    }
    if isInterrupted {
      job["status"] = "RUNNING"
      steps[steps.count - 1]["status"] = "RUNNING"
    }
    job["steps"] = steps
    try JSONSerialization.data(withJSONObject: job).write(to: URL(fileURLWithPath: target.appending("job.json").string))
  }

  private func recordsHoldKeys(_ program: Program) throws -> Bool {
    try program.names(program.root.appending("jobs")).contains { id in
      let body = program.root.appending("jobs").appending(id)
      return try text(body).contains("planted")
    }
  }

  @Test func `jobs are copied with their pictures, keys are dropped and named, and nothing runs unasked`() async throws
  {
    try await withProgram { program in
      let web = try await webTool(program).string
      let dry = try await program.run("import", "--dry-run", web)
      #expect(dry.status == 0 && dry.output.split(separator: "would be imported").count == 4)
      #expect(!exists(program.root))

      let imported = try await program.run("import", web)
      #expect(imported.status == 0, "\(imported.complaint)")
      #expect(imported.output.contains("done.png: keys were left out (metadata.image_api_key, metadata.note, "))
      #expect(imported.output.contains("metadata.providers.fal.fal_api_key"))
      #expect(!imported.output.contains("planted") && !imported.complaint.contains("planted"))
      #expect(try !recordsHoldKeys(program))

      try await program.whileWatching {
        try await eventually("folders are there") {
          let status = try await program.status()
          return status.done == 1 && status.review == 1 && status.working == 1
        }
        let jobs = try await program.status().jobs
        let done = try #require(jobs.first { $0.folder == "done" })
        #expect(done.name == "done.png" && done.face == "done--\(done.id.prefix(8))")
        #expect(
          try program.names(program.path(done, "")).isSuperset(of: ["manifest.json", "02-red-object.png", "source.png"])
        )
        #expect(try readBytes(program.path(done, "source.png")) == readBytes(program.folder.appending("done.png")))
        let review = try #require(jobs.first { $0.folder == "review" })
        #expect(try program.names(program.path(review, "")).contains { $0.hasSuffix(".yaml") })
        let waiting = try #require(jobs.first { $0.folder == "working" })
        #expect(waiting.status == "PAUSED" && waiting.reason?.contains("scenehf resume") == true)
        #expect(try await program.run("resume", waiting.id).status == 0)
        try await eventually("it is finished") { try await program.status().done == 2 }
      }
      #expect(try await program.run("import", web).output.split(separator: "here already").count == 4)
    }
  }

  @Test func `a running service takes up what is imported, and what is no job is said`() async throws {
    try await withProgram { program in
      let jobs = try await webTool(program).appending("data/jobs")
      let ids = try program.names(jobs)
      let done = try #require(try ids.first { try text(jobs.appending($0)).contains("\"DONE\"") })
      try await program.whileWatching {
        let imported = try await program.run("import", "--json", jobs.appending(done).string)
        #expect(try imported.json().member("jobs")?.items.map { $0.member("outcome")?.text } == ["imported"])
        try await eventually("it is shown") { try await program.status().done == 1 }
        for id in ids where id != done {
          try write("{", to: jobs.appending(id).appending("job.json"))
        }
        let broken = try await program.run("import", jobs.string)
        #expect(broken.status == 1 && broken.output.contains("here already"))
        #expect(broken.complaint.split(separator: "Its job.json cannot be read").count == 3)
      }
      let nothing = try await program.run("import", program.folder.appending("nowhere").string)
      #expect(nothing.status == 1 && nothing.complaint.contains("There is no job.json in"))
    }
  }

  @Test func `a path that leads elsewhere brings in nothing but pictures`() async throws {
    try await withProgram { program in
      let jobs = try await webTool(program).appending("data/jobs")
      let id = try #require(try program.names(jobs).first { try text(jobs.appending($0)).contains("\"PAUSED\"") })
      let record = jobs.appending(id).appending("job.json")
      var job = try #require(try JSONSerialization.jsonObject(with: Data(readBytes(record))) as? [String: Any])
      var assets = try #require(job["assets"] as? [String: [String: Any]])
      assets["leak"] = ["id": "leak", "kind": "DEBUG", "path": "/etc/passwd", "width": 1, "height": 1]
      assets["up"] = ["id": "../../up", "kind": "DEBUG", "path": "../../../../done.png", "width": 1, "height": 1]
      job["assets"] = assets
      try JSONSerialization.data(withJSONObject: job).write(to: URL(fileURLWithPath: record.string))
      let imported = try await program.run("import", jobs.appending(id).string)
      #expect(imported.output.contains("/etc/passwd is missing."))
      let body = program.root.appending("jobs").appending(id)
      let grep = try program.start(["-rq", "root:", body.string], running: "/bin/grep")
      #expect(try await grep.ended().status == 1)
      #expect(try program.names(body.appending("assets")) == ["source", "generations", "masks", "derived"])
    }
  }
}
