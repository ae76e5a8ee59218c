import FakeServices
import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

/// `scenehf` with the planners and image services of the vendors: each of them, keys, budgets, and what `doctor` says.
@Suite(.timeLimit(.minutes(20))) struct CloudTests {
  @Test(arguments: ["gemini", "openai", "openai-compatible"])
  func `each planner plans, and the embedded engine carries it out`(planner: String) async throws {
    try await withCloud(["PLANNER_PROVIDER": planner, "IMAGE_PROVIDER": "local"]) { cloud in
      let (outcome, job) = try await cloud.run()
      #expect(outcome.status == 0, "\(outcome.complaint)")
      #expect(try cloud.planner(of: job) == planner)
      let names = try cloud.program.names(cloud.program.path(job, "."))
      #expect(names.contains("02-red-square.png") && names.contains("90-plate.png"))
      #expect(try cloud.program.runs(of: job, step: "plan").first?.prompt.contains("Plan the layers") == true)
    }
  }

  @Test(arguments: [
    ["IMAGE_PROVIDER": "gemini"], ["IMAGE_PROVIDER": "openai"], ["IMAGE_PROVIDER": "vertex"],
    ["IMAGE_PROVIDER": "vertex", "VERTEX_IMAGEN_MODEL": "imagen-3.0-capability-001"],
    ["IMAGE_PROVIDER": "fal"], ["EXTRACT_PROVIDER": "rembg", "REMOVE_PROVIDER": "iopaint"], ["IMAGE_PROVIDER": "auto"],
  ])
  func `each image service makes the layer and the plate`(services: [String: String]) async throws {
    try await withCloud(["PLANNER_PROVIDER": "local"].merging(services) { _, new in new }) { cloud in
      let (outcome, job) = try await cloud.run()
      #expect(outcome.status == 0, "\(outcome.complaint)")
      #expect(!outcome.complaint.contains("NOT CONFORMING"))
      let manifest = try cloud.document(cloud.program.path(job, "manifest.json"))
      let provider = services["EXTRACT_PROVIDER"] ?? services["IMAGE_PROVIDER"] ?? ""
      #expect(
        manifest.member("layers")?.first?.member("provider")?.text == (provider == "auto" ? "fal" : provider))
      let plate = try #require(try cloud.program.runs(of: job, step: "s03").last)
      #expect(plate.provider == services["REMOVE_PROVIDER"] ?? (provider == "auto" ? "fal" : provider))
      if let imagen = services["VERTEX_IMAGEN_MODEL"] { #expect(plate.model == imagen) }
      let status = try await cloud.program.run("status", "--json").json()
      #expect(status.member("calls_today")?.double == (provider == "rembg" ? 0 : 2))
      #expect(try cloud.calls(of: job).allSatisfy { $0.state == .answered && $0.answer != nil })
    }
  }

  @Test func `the history tells the whole wording that was sent`() async throws {
    try await withCloud(["PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "gemini"]) { cloud in
      let (_, job) = try await cloud.run()
      let record = try #require(try cloud.program.runs(of: job, step: "s02").first)
      #expect(record.prompt.contains("Answer with one picture of the same framing"))
      #expect(try cloud.calls(of: job).first?.prompt == record.prompt)
    }
  }

  @Test func `a model that is gone steps down the list with a warning`() async throws {
    let settings = [
      "PLANNER_PROVIDER": "gemini", "IMAGE_PROVIDER": "gemini", "GEMINI_PLANNER_MODEL": "gemini-gone-1",
      "GEMINI_IMAGE_MODEL": "gemini-gone-2",
    ]
    try await withCloud(settings) { cloud in
      let (outcome, job) = try await cloud.run()
      #expect(outcome.status == 0, "\(outcome.complaint)")
      #expect(try cloud.planner(of: job) == "gemini")
      for (gone, next) in [("gemini-gone-1", "gemini-3.6-flash"), ("gemini-gone-2", "gemini-nano-banana-2.1")] {
        let warning = "Gemini has no model \"\(gone)\" any more"
        #expect(outcome.complaint.contains(warning) && outcome.complaint.contains("Now \"\(next)\" is asked"))
      }
      let calls = try cloud.calls(of: job)
      #expect(calls.map(\.state) == [.turnedAway, .answered, .turnedAway, .answered, .answered])
      #expect(try await cloud.program.run("status", "--json").json().member("calls_today")?.double == 3)
    }
  }

  @Test func `a picture's own file names who plans, who draws and by which model`() async throws {
    try await withCloud(["PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "local"]) { cloud in
      try await cloud.program.whileWatching {
        let wishes = "planner: gemini\nprovider: openai\nmodel: gpt-image-2\nremove_provider: local\n"
        try cloud.program.drop(Array(wishes.utf8), named: "a.png.yaml")
        try cloud.program.drop(Array("planner: gemni\n".utf8), named: "b.png.yaml")
        for name in ["a.png", "b.png"] { try cloud.program.drop(try Cloud.picture(), named: name) }
        let jobs = try await cloud.program.settled(jobs: 2).jobs
        let named = try #require(jobs.first { $0.name == "a.png" && $0.folder == "done" })
        #expect(try cloud.planner(of: named) == "gemini")
        let layer = try #require(try cloud.program.runs(of: named, step: "s02").last)
        #expect(layer.provider == "openai" && layer.model == "gpt-image-2")
        #expect(try cloud.program.runs(of: named, step: "s03").last?.provider == "local")
        let unknown = try #require(jobs.first { $0.name == "b.png" })
        #expect(unknown.reason?.contains("names the planner \"gemni\", which is not set up") == true)
      }
    }
  }

  @Test func `the command line names who plans, who draws and by which model`() async throws {
    try await withCloud(["PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "local"]) { cloud in
      let picture = cloud.program.folder.appending("a.png")
      try write(try Cloud.picture(), to: picture)
      // What lies beside the picture holds as in the inbox; the command line stands above it.
      try write("planner: openai\nremove_provider: local\n", to: cloud.program.folder.appending("a.png.yaml"))
      let options = ["--planner", "gemini", "--provider", "openai", "--model", "gpt-image-2"]
      let outcome = try await cloud.program.start(["run", picture.string] + options).ended()
      #expect(outcome.status == 0, "\(outcome.complaint)")
      let job = try #require(try await cloud.program.status().jobs.first)
      #expect(try cloud.planner(of: job) == "gemini")
      let layer = try #require(try cloud.program.runs(of: job, step: "s02").last)
      #expect(layer.provider == "openai" && layer.model == "gpt-image-2")
      #expect(try cloud.program.runs(of: job, step: "s03").last?.provider == "local")
      let unknown = try await cloud.program.run("run", picture.string, "--provider", "gemni")
      #expect(unknown.status == 1 && unknown.complaint.contains("Did you mean \"gemini\"?"), "\(unknown.complaint)")
    }
  }

  @Test func `what the command line names holds for its own pictures, not for a job that waits`() async throws {
    try await withCloud(["PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "local"]) { cloud in
      let (_, waiting) = try await cloud.run()
      // As a crash would have left it in the middle of its work.
      let body = cloud.program.root.appending("jobs").appending(waiting.id)
      var job = try JSONDecoder().decode(Job.self, from: Data(readBytes(body.appending("job.json"))))
      job.status = .planned
      for index in job.steps.indices where job.steps[index].id == "s02" { job.steps[index].status = .queued }
      try write(try JSONEncoder().encode(job), to: body.appending("job.json"))
      remove(body.appending(".at-rest"))
      let picture = cloud.program.folder.appending("other.png")
      try write(try Cloud.picture(), to: picture)
      let outcome = try await cloud.program.run("run", picture.string, "--provider", "openai")
      #expect(outcome.status == 0, "\(outcome.complaint)")
      let jobs = try await cloud.program.status().jobs
      let other = try #require(jobs.first { $0.name == "other.png" })
      #expect(try cloud.program.runs(of: other, step: "s02").last?.provider == "openai")
      let again = try cloud.program.runs(of: waiting, step: "s02")
      #expect(again.count == 2 && again.allSatisfy { $0.provider == "local" })
    }
  }

  @Test func `the day's budget holds the job and status says what was spent`() async throws {
    let settings = [
      "PLANNER_PROVIDER": "gemini", "IMAGE_PROVIDER": "gemini", "SCENEHF_MAX_CALLS_PER_DAY": "2",
      "SCENEHF_COST_PER_CALL": "gemini=0.04",
    ]
    try await withCloud(settings) { cloud in
      let (outcome, job) = try await cloud.run()
      #expect(outcome.status == 2)
      #expect(job.status == "PAUSED" && job.reason?.contains("max_calls_per_day") == true)
      #expect(try cloud.program.text(cloud.program.path(job, "status.txt")).contains("max_calls_per_day"))
      let status = try await cloud.program.run("status", "--json").json()
      #expect(status.member("calls_today")?.double == 2)
      #expect(abs((status.member("cost_today")?.double ?? 0) - 0.08) < 1e-9)
    }
  }

  @Test func `doctor says what is reachable and which keys are there, and shows none`() async throws {
    try await withCloud([:], others: .alone()) { cloud in
      // On a machine with too much to do also a server of its own may take the 5 s that make "not reachable" true.
      try await eventually("every service answers in time") {
        try await cloud.program.run("doctor").output.components(separatedBy: "ok    service").count == 7
      }
      let outcome = try await cloud.program.run("doctor")
      for vendor in ["gemini", "openai", "vertex", "fal", "rembg", "iopaint"] {
        #expect(outcome.output.contains("ok    service: \(vendor) at http://127.0.0.1:\(cloud.vendors.port) answers."))
      }
      for name in ["GOOGLE_API_KEY", "OPENAI_API_KEY", "FAL_KEY", "GOOGLE_APPLICATION_CREDENTIALS"] {
        #expect(outcome.output.contains("\(name) is set."))
      }
      let config = try await cloud.program.run("config")
      #expect(config.output.contains("set, not shown"))
    }
  }

  @Test func `doctor tells a refused key, a server in trouble and one that is not there`() async throws {
    let settings = ["IOPAINT_URL": "http://127.0.0.1:1", "FAL_KEY": ""]
    let scenarios = ["gemini": "status-401-echo", "openai": "status-503", "google": "revoked", "rembg": "status-500"]
    try await withCloud(settings, scenarios: scenarios) { cloud in
      let outcome = try await cloud.program.run("doctor")
      for sentence in [
        "answers, but does not accept the key.", "is in trouble (status 503).", "is in trouble (status 500).",
        "iopaint: 127.0.0.1 cannot be reached", "vertex: Google Cloud does not accept the key", "FAL_KEY is not set",
      ] {
        #expect(outcome.output.contains(sentence), "\(outcome.output)")
      }
      #expect(!outcome.output.contains("service: fal"))
    }
  }

  @Test(arguments: ["file", "credential"])
  func `keys come from files too`(place: String) async throws {
    try await withCloud(["PLANNER_PROVIDER": "gemini", "IMAGE_PROVIDER": "local", "GOOGLE_API_KEY": ""]) { cloud in
      var cloud = cloud
      let folder = cloud.program.folder.appending("credentials")
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      let file = folder.appending("GOOGLE_API_KEY")
      try write(Array("\(Cloud.keys["GOOGLE_API_KEY"] ?? "")\n".utf8), to: file)
      cloud.program.environment[place == "file" ? "GOOGLE_API_KEY_FILE" : "CREDENTIALS_DIRECTORY"] =
        place == "file" ? file.string : folder.string
      let (outcome, job) = try await cloud.run()
      #expect(outcome.status == 0, "\(outcome.complaint)")
      #expect(try cloud.planner(of: job) == "gemini")
      try FileManager.default.removeItem(atPath: folder.string)
    }
  }

  @Test(arguments: [
    (
      ["PLANNER_PROVIDER": "gemini", "GOOGLE_API_KEY": ""], "planner_provider names gemini, which needs GOOGLE_API_KEY."
    ),
    (["IMAGE_PROVIDER": "fal", "FAL_KEY": ""], "image_provider names fal, which needs FAL_KEY."),
    (["IMAGE_PROVIDER": "gemin"], "Did you mean \"gemini\"?"),
    (["GEMINI_BASE_URL": "http://example.com"], "gemini_base_url cannot be used."),
    (["GEMINI_IMAGE_MODEL": ",", "GEMINI_IMAGE_FALLBACKS": ","], "must be the name of a model."),
  ])
  func `a provider that cannot be had is a plain sentence`(settings: [String: String], sentence: String) async throws {
    try await withCloud(settings) { cloud in
      let picture = cloud.program.folder.appending("square.png")
      try write(try Cloud.picture(), to: picture)
      let outcome = try await cloud.program.run("run", picture.string)
      #expect(outcome.status != 0)
      #expect(outcome.complaint.contains(sentence), "\(outcome.complaint)")
    }
  }
}
