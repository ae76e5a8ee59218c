import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

/// The page and the edit file on one step in one moment: an order comes of it, and neither is lost or done twice.
@Suite(.timeLimit(.minutes(20))) struct TwoHandsTests {
  enum First: String, CaseIterable {
    case file
    case page
    case neither
  }

  @Test(arguments: First.allCases, ["retry", "accept"])
  func `what one saves while the other clicks is carried out as well, once`(_ first: First, _ verb: String) async throws
  {
    try await Server.run(["SCENEHF_ATTEMPTS": "1"]) { server in
      let job = try await server.settledJob(share: 0.9)
      let step = try #require(job.steps.first { $0.needsPerson })
      let edit = server.root.appending("review").appending(job.face).appending("\(step.fileStem).yaml")
      try await eventually("the edit file lies there") { exists(edit) }
      let text = try read(edit).replacing(/prompt: [^\n]*\n(  [^\n]*\n)*/, with: "prompt: by the file\n")
      let path = "/api/jobs/\(job.id)/steps/\(step.id)"
      @Sendable func click() async throws -> Int {
        let json = verb == "retry" ? "{\"custom_prompt\": \"by the page\"}" : ""
        return try await server.post("\(path)/\(verb)", json: json).status
      }
      let before = try await prompts(server, path).count
      var status = 0
      switch first {
      case .file:
        try write(text, to: edit)
        status = try await click()
      case .page:
        status = try await click()
        // Its folder may be on its way to done/ already: then it is the editor that says so.
        guard (try? write(text, to: edit)) != nil else { return }
      case .neither:
        async let clicked = click()
        try? write(text, to: edit)
        status = try await clicked
        guard exists(edit) else { return }
      }
      #expect(status == 200 || status == 409)
      var last = step
      try await eventually("the file was acted on, and all is over") {
        let now = try await server.job(job.id)
        last = try #require(now.steps.first { $0.id == step.id })
        return now.isSettled && last.appliedEdit != nil
      }
      let runs = try await prompts(server, path).dropFirst(before)
      // The file's words have run, unless the click came after them and before they could.
      if !runs.contains("by the file") {
        #expect(verb == "retry" ? runs.last == "by the page" : last.reason == "Accepted by you.")
      }
      #expect(runs.count { $0 == "by the page" } <= (status == 200 && verb == "retry" ? 1 : 0))
      #expect(runs.count == Set(runs).count)
      let events = try read(server.root.appending("jobs/\(job.id)/events.ndjson"))
      // Both hands are in the record of what happened, also where one run served both.
      if status == 200, verb == "accept" { #expect(events.contains("Accepted by you.")) }
      #expect(events.contains("runs again."))
    }
  }

  private func prompts(_ server: Server, _ path: String) async throws -> [String] {
    try await server.get("\(path)/history").json().items.map { $0["prompt"]?.text ?? "" }
  }
}
