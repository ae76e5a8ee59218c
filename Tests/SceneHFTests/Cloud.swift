import FakeServices
import Foundation
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

/// The program with keys for every vendor, all of whom are fakes that check each request with the vendors' own types.
struct Cloud: Sendable {
  var program: Program
  let vendors: FakeVendors
  /// The file of a service account of Google Cloud, the one file that may hold a key.
  let account: FilePath

  static let keys = [
    "GOOGLE_API_KEY": "AIzaPlanted-google-0123456789", "OPENAI_API_KEY": "sk-planted-openai-0123456789",
    "FAL_KEY": "planted-id-0123456789:planted-secret-0123456789",
  ]

  /// A red square on a plain ground.
  static func picture() throws -> [UInt8] {
    let (width, height) = (320, 240)
    var samples = [UInt8](repeating: 0, count: width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let isInside = (100..<180).contains(x) && (70..<160).contains(y)
        let colour: [UInt8] = isInside ? [200, 40, 40] : [90, 120, 150]
        samples.replaceSubrange((y * width + x) * 3..<(y * width + x) * 3 + 3, with: colour)
      }
    }
    return try encodePNG(Picture(width: width, height: height, channels: 3, samples: .eight(samples)), preset: .fast)
  }

  /// Runs one picture and returns what the command said, and the job.
  func run() async throws -> (outcome: Child.Outcome, job: Program.Job) {
    let picture = program.folder.appending("square.png")
    try write(try Self.picture(), to: picture)
    let outcome = try await program.run("run", picture.string)
    let job = try #require(try await program.status().jobs.first, "\(outcome.complaint)")
    return (outcome, job)
  }

  /// The job of the picture of this name, once it has settled. Read from the bodies, because asking the program again
  /// and again would take longer than the work.
  func settled(_ name: String) async throws -> Program.Job {
    let jobs = program.root.appending("jobs")
    var found: Job?
    try await eventually("\(name) has settled") {
      for id in try program.names(jobs) where found == nil {
        let job = try JSONDecoder().decode(Job.self, from: Data(readBytes(jobs.appending(id).appending("job.json"))))
        if job.sourceName == name, job.isSettled { found = job }
      }
      return found != nil
    }
    return try #require(try await program.status().jobs.first { $0.id == found?.id })
  }

  /// Who planned the job.
  func planner(of job: Program.Job) throws -> String? {
    try document(program.root.appending("jobs").appending(job.id).appending("job.json"))
      .member("metadata")?.member("planner")?.member("provider")?.text
  }

  func document(_ path: FilePath) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: Data(try readBytes(path)))
  }

  /// What was said about the job while it was worked on.
  func events(of job: Program.Job) throws -> String {
    try program.text(program.root.appending("jobs").appending(job.id).appending("events.ndjson"))
  }

  /// The paid calls of the job, oldest first.
  func calls(of job: Program.Job) throws -> [CallRecord] {
    let folder = program.root.appending("jobs").appending(job.id).appending("calls")
    guard FileManager.default.fileExists(atPath: folder.string) else { return [] }
    return try program.names(folder).sorted().map { name in
      try JSONDecoder().decode(CallRecord.self, from: Data(try readBytes(folder.appending(name))))
    }
  }

  /// Looks for the planted keys, plain and in base64, in every file below the program's folder: the root and all that
  /// the program ever said.
  func expectNoKeys(after occasion: String, at location: SourceLocation = #_sourceLocation) {
    let needles =
      Self.keys.values.flatMap { key in [key, Data(key.utf8).base64EncodedString()] } + [
        "planted-secret", "PRIVATE KEY", "ya29.fake",
      ]
    let files = FileManager.default.enumerator(atPath: program.folder.string)
    while let name = files?.nextObject() as? String {
      let path = program.folder.appending(name)
      guard path != account, let data = FileManager.default.contents(atPath: path.string) else { continue }
      for needle in needles where data.range(of: Data(needle.utf8)) != nil {
        Issue.record("After \(occasion) \(name) holds \(needle)", sourceLocation: location)
      }
    }
  }
}

/// Runs `body` with every vendor under a scenario: its own, or `general`; no key may be left anywhere afterwards.
///
/// `others` are vendors that serve nobody else, where being answered in time is what is tested.
func withCloud(
  _ settings: [String: String], scenarios: [String: String] = [:], general: String = "ok",
  others: FakeVendors? = nil, _ body: (Cloud) async throws -> Void
) async throws {
  let vendors = if let others { others } else { try await FakeVendors.shared() }
  func address(_ vendor: String) -> String { vendors.address(of: vendor, scenario: scenarios[vendor] ?? general) }
  try await withProgram(Cloud.keys) { program in
    var cloud = Cloud(program: program, vendors: vendors, account: program.folder.appending("account.json"))
    try write(try vendors.serviceAccount(scenario: scenarios["google"] ?? general), to: cloud.account)
    cloud.program.environment.merge([
      "GEMINI_BASE_URL": address("gemini"), "OPENAI_BASE_URL": address("openai"),
      "VERTEX_BASE_URL": address("vertex"), "FAL_BASE_URL": address("fal"), "REMBG_URL": address("rembg"),
      "IOPAINT_URL": address("iopaint"), "GOOGLE_APPLICATION_CREDENTIALS": cloud.account.string,
      "GCP_PROJECT_ID": "p", "NO_GCE_CHECK": "true",
    ]) { _, new in new }
    cloud.program.environment.merge(settings) { _, new in new }
    try await body(cloud)
    cloud.expectNoKeys(after: "all")
  }
}
