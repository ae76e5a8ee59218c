import FoundationEssentials
import Imaging
import Model
import Planning
import Running
import Storage
import SystemPackage
import Testing
import Transport

/// Who plans: models in order with one round of repair each, the embedded planner last, every change said aloud.
@Suite(.timeLimit(.minutes(20))) struct PlanMakerTests {
  private static func plan(_ variations: [String] = ["Take the red now.", "Only the red.", "The red, please."])
    -> String
  {
    let step: [String: JSONValue] = [
      "type": "EXTRACT", "name": "Red", "target": "Red", "prompt": "Take the red.",
      "prompt_variations": .array(variations.map { .string($0) }), "box": [300, 50, 700, 300],
    ]
    let remove: [String: JSONValue] = [
      "type": "REMOVE", "name": "No red", "target": "Red", "prompt": "Without red.",
      "prompt_variations": ["Red away.", "No red.", "red gone."],
    ]
    let whole: JSONValue = [
      "scene_summary": "A red thing.", "global_rules": [], "steps": [.object(step), .object(remove)],
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(whole)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private func till(_ root: FilePath, _ models: PaidModel...) -> Till {
    var till = Till(root: root)
    till.models = models
    return till
  }

  @Test func `a model's plan is carried out, and what was asked and answered is kept`() async throws {
    try await withRoot { root in
      let model = PaidModel(name: "gemini", .success(Self.plan()))
      let till = till(root, model)
      let job = try await till.work(dropping: scene(.red))
      #expect(job.status == .done)
      #expect(job.steps.map(\.name) == ["Analyze", "Red", "No red"])
      #expect(job.plan?.sceneSummary == "A red thing.")
      #expect(job.metadata["planner"] == ["provider": "gemini", "model": "planner-1"])
      #expect(model.questions.count == 1)
      let record = try #require(try till.history().first)
      #expect(record.stepID == "plan" && record.provider == "gemini" && record.requestID == "plan-1")
      #expect(record.prompt == model.questions[0].wholeTask)
      let store = JobStore(reading: Layout(root: root.string))
      let answer = try #require(record.rawAssetID.flatMap { job.assets[$0] })
      #expect(String(decoding: try store.read(answer, of: job.id), as: UTF8.self) == Self.plan())
      let sent = try #require(job.metadata["planner_picture"]?.text.flatMap { job.assets[$0] })
      #expect(sent.kind == .debug)
      #expect(try store.read(sent, of: job.id) == model.questions[0].picture)
      #expect(job.metadata["findings"] != .array([]))
    }
  }

  @Test func `a refused plan gets one round of repair with the reason`() async throws {
    try await withRoot { root in
      let model = PaidModel(name: "gemini", .success("I cannot."), .success(Self.plan()))
      let till = till(root, model)
      let job = try await till.work(dropping: scene(.red))
      #expect(job.metadata["planner"] == ["provider": "gemini", "model": "planner-1"])
      #expect(model.questions.count == 2)
      #expect(model.questions[1].correction?.answer == "I cannot.")
      #expect(model.questions[1].wholeTask.contains("holds no JSON object"))
      #expect(try till.history().prefix(2).map(\.status) == [.failed, .success])
    }
  }

  @Test func `two refused plans leave it to the embedded planner, said in status, events and history`() async throws {
    try await withRoot { root in
      let model = PaidModel(name: "gemini", .success("{\"steps\": []}"))
      let till = till(root, model)
      let job = try await till.work(dropping: scene(.red))
      #expect(job.status == .done)
      #expect(model.questions.count == 2)
      #expect(job.metadata["planner"] == ["provider": "spoken", "model": "spoken-1"])
      let sentence = "The plan of Gemini was refused twice"
      #expect(try till.events().contains { $0.hasPrefix(sentence) && $0.hasSuffix("Now the embedded planner plans.") })
      #expect(try till.status().contains(sentence))
      #expect(try till.history().prefix(2).map(\.status) == [.failed, .failed])
    }
  }

  @Test func `missing wordings are asked for once, and the first plan is used if that fails`() async throws {
    try await withRoot { root in
      let fault = ServiceFault(.quota, "Gemini", "no credit")
      let model = PaidModel(name: "gemini", .success(Self.plan([])), .failure(fault))
      let till = till(root, model)
      let job = try await till.work(dropping: scene(.red))
      #expect(job.metadata["planner"] == ["provider": "gemini", "model": "planner-1"])
      #expect(model.questions[1].correction?.complaints == ["\"Red\" has 0 of 3 to 5 prompt_variations"])
      #expect(job.steps.dropFirst().allSatisfy { (3...5).contains($0.promptVariations.count) })
    }
  }

  @Test(arguments: [
    ServiceFault(.auth, "Gemini", "bad key"), ServiceFault(.refused, "Gemini", "SAFETY: not this"),
    ServiceFault(.quota, "Gemini", "no credit"), ServiceFault(.badRequest, "Gemini", "too complex"),
  ])
  func `a model that cannot be asked hands over to the next`(fault: ServiceFault) async throws {
    try await withRoot { root in
      let till = till(
        root, PaidModel(name: "gemini", .failure(fault)), PaidModel(name: "openai", .success(Self.plan())))
      let job = try await till.work(dropping: scene(.red))
      #expect(job.metadata["planner"] == ["provider": "openai", "model": "planner-1"])
      #expect(try till.events().contains { $0.contains(fault.words) && $0.hasSuffix("Now Openai plans.") })
    }
  }

  @Test func `a temporary fault is waited out four times`() async throws {
    try await withRoot { root in
      let busy = ServiceFault(.rateLimited, "Gemini", "slow down", after: 0.01)
      let model = PaidModel(name: "gemini", .failure(busy), .failure(busy), .failure(busy), .success(Self.plan()))
      let till = till(root, model)
      let job = try await till.work(dropping: scene(.red))
      #expect(job.metadata["planner"]?.isBy("gemini") == true)
      let states: [CallRecord.State] = try till.calls().filter { $0.stepID == "plan" }.map(\.state)
      #expect(states == [.turnedAway, .turnedAway, .turnedAway, .answered])
    }
  }

  @Test func `a plan that was paid before a crash is not paid again`() async throws {
    try await withRoot { root in
      let first = till(root, PaidModel(name: "gemini", .success(Self.plan([])), .success(Self.plan())))
      var job = try await first.work(dropping: scene(.red))
      job.plan = nil
      job.steps = []
      job.status = .idle
      do { _ = try JobStore.open(Layout(root: root.string)).store.save(job) }
      let model = PaidModel(name: "gemini", .success("never asked"))
      let again = try await till(root, model).work()
      #expect(again.status == .done)
      #expect(model.questions.isEmpty)
      #expect(again.plan?.steps[1].promptVariations == ["Take the red now.", "Only the red.", "The red, please."])
    }
  }

  @Test func `a used-up budget holds the job instead of planning worse`() async throws {
    try await withRoot { root in
      var till = till(root, PaidModel(name: "gemini", .success(Self.plan())))
      till.change = { $0.maxCallsPerDay = 0 }
      let job = try await till.work(dropping: scene(.red))
      #expect(job.plan == nil && job.status == .paused)
      #expect(job.reason?.contains("max_calls_per_day") == true)
    }
  }

  @Test func `what a preset wants reaches the model and is held to`() async throws {
    try await withRoot { root in
      let model = PaidModel(name: "gemini", .success(Self.plan()))
      let till = till(root, model)
      let store = try JobStore.open(Layout(root: root.string)).store
      let bench = try till.bench(store)
      let id = try bench.drop(scene(.red))
      let dropped = try store.load(id)
      let wishes = "layers: [Hero]\nscene_description: A hero stands.\nexclude_characters: yes\n"
      try store.face(of: dropped).write("\(dropped.sourceName).yaml", Array(wishes.utf8))
      let job = try await bench.settle(id)
      let task = model.questions[0].wholeTask
      #expect(task.contains("exactly these 1 things") && task.contains("\"Hero\"") && task.contains("A hero stands."))
      #expect(task.contains("People, animals"))
      #expect(job.plan?.steps.filter { $0.type == .extract }.map(\.name) == ["Hero"])
    }
  }
}

extension JSONValue {
  fileprivate func isBy(_ provider: String) -> Bool {
    if case .object(let fields) = self { fields["provider"] == .string(provider) } else { false }
  }
}
