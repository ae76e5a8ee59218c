import FakeServices
import Foundation
import Model
import TestSupport
import Testing

/// What the vendors' faults become for the one who dropped the picture, and that no key is left after any of them.
///
/// One service on one root meets many faults of a table, one after the other: which fault a vendor plays is changed
/// between the pictures. Each table is gone through by several such services side by side.
@Suite(.timeLimit(.minutes(20))) struct CloudFaultTests {
  /// A fault, how often it is met, and how the job ends.
  struct Fault: Sendable, CustomStringConvertible {
    enum Ending {
      /// Finished all the same; the words are in the events.
      case done
      /// For a person; the words are the job's reason.
      case review
    }

    let vendor: String
    let scenario: String
    let times: Int
    let ending: Ending
    let words: String

    init(_ vendor: String, _ scenario: String, times: Int = 99, _ ending: Ending, _ words: String = "") {
      (self.vendor, self.scenario, self.times, self.ending, self.words) = (vendor, scenario, times, ending, words)
    }

    var description: String { "\(vendor) \(scenario)" }
  }

  /// Those that differ by service; what all share is gone through with Gemini.
  static let ofImages: [Fault] = [
    Fault("vertex", "revoked", .review, "Google Cloud does not accept the key"),
    Fault("gemini", "status-400-echo", .review, "Gemini does not take this request: bad credentials"),
    Fault("gemini", "status-401", .review, "Gemini does not accept the key: deliberate 401. Put a valid key into"),
    Fault("gemini", "status-401-echo", .review, "Gemini does not accept the key"),
    Fault("gemini", "status-403", .review, "Gemini does not accept the key: deliberate 403"),
    Fault("gemini", "status-404", times: 1, .done, "Now \\\"gemini-nano-banana-2.1\\\" is asked"),
    Fault("gemini", "status-408", times: 1, .done, "waiting 1 s: Gemini does not answer properly"),
    Fault("gemini", "status-413", .review, "Gemini does not take this request: deliberate 413"),
    Fault("gemini", "status-422", .review, "Gemini does not take this request: deliberate 422"),
    Fault("gemini", "slow-ms", times: 2, .done, "waiting 1 s: Gemini asks to slow down"),
    Fault("gemini", "slow-seconds", times: 1, .done, "waiting 1 s: Gemini asks to slow down"),
    Fault("gemini", "slow-date", times: 1, .done, "s: Gemini asks to slow down"),
    Fault("gemini", "slow-info", times: 1, .done, "waiting 1 s: Gemini asks to slow down"),
    Fault("gemini", "slow-long", .review, "Gemini asks to slow down for 600 s"),
    Fault("gemini", "status-429", .review, "Gemini asks to slow down"),
    Fault("gemini", "quota", .review, "The quota of Gemini is used up: You exceeded your current quota"),
    Fault("gemini", "status-500", .review, "Gemini does not answer properly: deliberate 500"),
    Fault("gemini", "html", times: 1, .done, "Gemini does not answer properly (status 503)"),
    Fault("gemini", "status-504", times: 2, .done, "Gemini does not answer properly"),
    Fault("gemini", "wrapped", times: 1, .done, "The model is overloaded"),
    Fault("gemini", "drop-before", times: 1, .done, "ended the connection before its answer was complete"),
    Fault("gemini", "drop-inside", times: 1, .done, "ended the connection before its answer was complete"),
    Fault("gemini", "truncated", times: 1, .done),
    Fault("gemini", "truncated", .review, "The answer of Gemini cannot be read"),
    Fault("gemini", "endless", times: 1, .done),
    Fault("gemini", "elsewhere", .review, "wants to send us elsewhere (to example.com), which is not followed"),
    Fault("gemini", "blocked-SAFETY", .review, "Gemini refused: SAFETY: deliberate block"),
    Fault("gemini", "blocked-PROHIBITED_CONTENT", .review, "Gemini refused: PROHIBITED_CONTENT"),
    Fault("gemini", "finish-IMAGE_SAFETY", .review, "Gemini refused: IMAGE_SAFETY: deliberate IMAGE_SAFETY"),
    Fault("gemini", "finish-RECITATION", .review, "Gemini refused: RECITATION"),
    Fault("gemini", "finish-PUP_LIMITED_DISABLED", .review, "Gemini does not accept the key: PUP_LIMITED_DISABLED"),
    Fault("gemini", "finish-NO_IMAGE", times: 1, .done),
    Fault("gemini", "finish-NO_IMAGE", .review, "Gemini answered without a result"),
    Fault("gemini", "words", .review, "Gemini refused: I would rather not draw this"),
    Fault("gemini", "nothing", .review, "Gemini answered without a result"),
    Fault("gemini", "rubbish", times: 1, .done),
    Fault("gemini", "square", .review, "700 × 1300, but the source is 320 × 240; nothing is stretched"),
    Fault("gemini", "jpeg", .done),
    Fault("gemini", "lines", .done),
    Fault("openai", "slow-ms", times: 1, .done, "waiting 1 s: OpenAI asks to slow down"),
    Fault("openai", "quota", .review, "The quota of OpenAI is used up: You exceeded your current quota"),
    Fault("openai", "refused", .review, "OpenAI refused: Your request was rejected by the safety system"),
    Fault("openai", "nothing", .review, "OpenAI answered without a result"),
    Fault("openai", "status-401-echo", .review, "OpenAI does not accept the key"),
    Fault("vertex", "expired", .done),
    Fault("vertex", "status-403", .review, "Vertex AI does not accept the key"),
    Fault("vertex", "blocked-SAFETY", .review, "Vertex AI refused: SAFETY"),
    Fault("fal", "cdn", .done),
    Fault("fal", "flaky", .done),
    Fault("fal", "user-timeout", .review, "fal does not take this request: Request timed out"),
    Fault("fal", "refused", .review, "fal refused: The content was flagged"),
    Fault("fal", "unreadable", .review, "fal does not take this request: Failed to load the image"),
    Fault("fal", "nothing", .review, "fal answered without a result"),
    Fault("fal", "strange-urls", .review, "its ticket has no addresses of fal"),
    Fault("fal", "quota", .review, "The quota of fal is used up"),
    Fault("fal", "status-401-echo", .review, "fal does not accept the key"),
    Fault("rembg", "status-422", .review, "rembg does not take this request: deliberate 422"),
    Fault("rembg", "status-500", times: 1, .done, "rembg does not answer properly"),
    Fault("rembg", "rubbish", .review, "The answer of rembg cannot be read"),
  ]

  @Test(arguments: 0..<4) func `every fault of an image service ends as it should`(quarter: Int) async throws {
    let settings = ["PLANNER_PROVIDER": "local", "REMOVE_PROVIDER": "local"]
    let scene = "images\(quarter)"
    try await withCloud(settings, general: "now.\(scene)") { cloud in
      try await cloud.program.whileWatching {
        for (number, fault) in Self.ofImages.enumerated() where number % 4 == quarter {
          let vendor = fault.scenario == "revoked" ? "google" : fault.vendor
          try await cloud.vendors.play(fault.scenario, by: vendor, times: fault.times, as: scene)
          try cloud.program.drop(Array("provider: \(fault.vendor)\n".utf8), named: "f\(number).png.yaml")
          try cloud.program.drop(try Cloud.picture(), named: "f\(number).png")
          let job = try await cloud.settled("f\(number).png")
          try check(job, fault, cloud)
          try await cloud.vendors.play("ok", by: vendor, times: 0, as: scene)
          cloud.expectNoKeys(after: "\(fault)")
        }
      }
    }
  }

  private func check(_ job: Program.Job, _ fault: Fault, _ cloud: Cloud) throws {
    let events = try cloud.events(of: job)
    #expect(!events.contains("NOT CONFORMING"), "\(fault): \(events)")
    switch fault.ending {
    case .done:
      #expect(job.folder == "done", "\(fault): \(job.reason ?? "")")
      #expect(events.contains(fault.words) || fault.words.isEmpty, "\(fault): \(events)")
    case .review:
      #expect(job.folder == "review", "\(fault)")
      #expect(job.reason?.contains(fault.words) == true, "\(fault): \(job.reason ?? "")")
      let status = try cloud.program.text(cloud.program.path(job, "02-red-object.status.txt"))
      #expect(status.contains(fault.words), "\(fault): \(status)")
    }
  }

  /// How a model's fault ends: it plans all the same, or the embedded planner does, with a sentence.
  static let ofPlans: [Fault] = [
    Fault("gemini", "status-401-echo", .review, "Gemini does not accept the key"),
    Fault("gemini", "status-403", .review, "Gemini does not accept the key"),
    Fault("gemini", "status-404", times: 1, .done, "Now \\\"gemini-3.6-flash\\\" is asked"),
    Fault("gemini", "status-400-echo", .review, "Gemini does not take this request"),
    Fault("gemini", "status-408", times: 1, .done, "Gemini does not answer properly"),
    Fault("gemini", "slow-info", times: 3, .done, "waiting 1 s: Gemini asks to slow down"),
    Fault("gemini", "slow-long", .review, "Gemini asks to slow down for 600 s"),
    Fault("gemini", "quota", .review, "The quota of Gemini is used up"),
    Fault("gemini", "status-500", .review, "Gemini does not answer properly"),
    Fault("gemini", "wrapped", times: 1, .done, "The model is overloaded"),
    Fault("gemini", "drop-inside", times: 1, .done, "ended the connection"),
    Fault("gemini", "truncated", times: 1, .done),
    Fault("gemini", "elsewhere", .review, "wants to send us elsewhere"),
    Fault("gemini", "blocked-SAFETY", .review, "Gemini refused: SAFETY: deliberate block"),
    Fault("gemini", "finish-OTHER", .review, "Gemini answered without a result"),
    Fault("gemini", "plan-words", times: 1, .done),
    Fault("gemini", "plan-words", .review, "The plan of Gemini was refused twice"),
    Fault("gemini", "plan-broken", .review, "the JSON ends in the middle"),
    Fault("gemini", "plan-onlytypes", .review, "none of its 1 steps is of a known type"),
    Fault("gemini", "plan-fence", .done), Fault("gemini", "plan-think", .done), Fault("gemini", "plan-types", .done),
    Fault("gemini", "plan-limits", .done), Fault("gemini", "plan-huge", .done), Fault("gemini", "plan-places", .done),
    Fault("gemini", "plan-bare", .done),
  ]

  @Test(arguments: 0..<2) func `every fault of a planner ends with a plan, and says whose`(half: Int) async throws {
    let settings = ["PLANNER_PROVIDER": "gemini", "IMAGE_PROVIDER": "local"]
    let scene = "plans\(half)"
    try await withCloud(settings, general: "now.\(scene)") { cloud in
      try await cloud.program.whileWatching {
        for (number, fault) in Self.ofPlans.enumerated() where number % 2 == half {
          try await cloud.vendors.play(fault.scenario, by: fault.vendor, times: fault.times, as: scene)
          try cloud.program.drop(try Cloud.picture(), named: "p\(number).png")
          let job = try await cloud.settled("p\(number).png")
          let events = try cloud.events(of: job)
          #expect(!events.contains("NOT CONFORMING"), "\(fault): \(events)")
          #expect(events.contains(fault.words) || fault.words.isEmpty, "\(fault): \(events)")
          let isLocal = fault.ending == .review
          #expect(try cloud.planner(of: job) == (isLocal ? "local" : "gemini"), "\(fault): \(events)")
          #expect(events.contains("Now the embedded planner plans.") == isLocal, "\(fault): \(events)")
          cloud.expectNoKeys(after: "a plan with \(fault)")
        }
      }
    }
  }

  @Test func `a person who cancels a job ends the call in flight, also at the service, and it is told`() async throws {
    let settings = ["PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "fal"]
    try await withCloud(settings, scenarios: ["fal": "never.person"]) { cloud in
      try await cloud.program.whileWatching {
        try cloud.program.drop(try Cloud.picture(), named: "square.png")
        try await eventually("fal is asked whether it is done") {
          try await cloud.vendors.calls(scenario: "never.person").contains { $0.path.hasSuffix("/status") }
        }
        let cancel = try await cloud.program.run("cancel", "square.png")
        #expect(cancel.status == 0, "\(cancel.complaint)")
        try await eventually("fal is told") {
          try await cloud.vendors.calls(scenario: "never.person").contains { $0.method == "PUT" }
        }
        try await eventually("the step is over") {
          let job = try #require(try await cloud.program.status().jobs.first)
          return try cloud.program.runs(of: job, step: "s02").last?.error?.contains("It may have been charged.") == true
            && cloud.program.text(cloud.program.path(job, "status.txt")).contains("02  CANCELLED")
        }
        #expect(try await cloud.program.status().jobs.first?.status == "CANCELLED")
        // What is cancelled can go on, and asks anew.
        #expect(try await cloud.program.run("resume", "square.png").status == 0)
        try await eventually("fal is asked again") {
          try await cloud.vendors.calls(scenario: "never.person").count { $0.method == "POST" } == 2
        }
        #expect(try await cloud.program.run("cancel", "square.png").status == 0)
      }
    }
  }

  @Test func `a service that is not there is waited for, then a person is asked`() async throws {
    let settings = ["PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "gemini", "GEMINI_BASE_URL": "http://127.0.0.1:1"]
    try await withCloud(settings) { cloud in
      let (outcome, job) = try await cloud.run()
      #expect(outcome.status == 1 && job.folder == "review")
      #expect(job.reason?.contains("127.0.0.1 cannot be reached") == true)
      #expect(outcome.complaint.contains("waiting 1 s: Gemini does not answer properly"))
      #expect(try cloud.calls(of: job).allSatisfy { $0.state == .turnedAway })
    }
  }

  @Test func `where several services may be asked, one that fails hands over to the next, and says so`() async throws {
    let settings = ["PLANNER_PROVIDER": "openai,gemini", "IMAGE_PROVIDER": "fal,openai,gemini"]
    let faults = ["openai": "status-401-echo", "fal": "quota"]
    try await withCloud(settings, scenarios: faults) { cloud in
      let (outcome, job) = try await cloud.run()
      #expect(outcome.status == 0, "\(outcome.complaint)")
      #expect(try cloud.planner(of: job) == "gemini")
      for sentence in ["Now Gemini plans.", "Until then openai takes over.", "Until then gemini takes over."] {
        #expect(outcome.complaint.contains(sentence), "\(outcome.complaint)")
      }
      #expect(try cloud.program.runs(of: job, step: "s02").map(\.provider) == ["fal", "openai", "gemini"])
    }
  }
}
