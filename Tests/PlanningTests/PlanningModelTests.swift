import Blocking
import FakeServices
import Foundation
import Imaging
import Model
import Planning
import Testing
import Transport

/// The three planning models against fake vendors that check every request with the vendors' own types.
@Suite(.timeLimit(.minutes(20))) struct PlanningModelTests {
  enum Kind: String, CaseIterable, CustomTestStringConvertible {
    case gemini
    case openAI
    case chat

    var testDescription: String { rawValue }

    /// A model of this kind whose server plays `scenario`.
    func make(_ scenario: String, models: [String] = ["planner-1"]) async throws -> any PlanningModel {
      let vendors = try await FakeVendors.shared()
      let http = try HTTPClient()
      let pool = BlockingPool(label: "tests", width: 2)
      let address = try WebAddress(vendors.address(of: self == .gemini ? "gemini" : "openai", scenario: scenario))
      let key = try #require(Secret("sk-planted-0123456789"))
      switch self {
      case .gemini: return GeminiModel(http: http, key: key, address: address, models: models, pool: pool)
      case .openAI: return OpenAIModel(http: http, key: key, address: address, models: models, pool: pool)
      case .chat: return ChatModel(http: http, key: key, address: address, models: models, pool: pool)
      }
    }
  }

  /// A grey picture with a red square, as a question.
  private func question(_ wishes: PlanWishes = PlanWishes(), side: Int = 300) throws -> PlanningQuestion {
    try PlanningQuestion(request(wishes, side: side))
  }

  private func request(_ wishes: PlanWishes = PlanWishes(), side: Int = 300) -> PlanningRequest {
    var request = makeRequest(wishes)
    var samples = [UInt8](repeating: 120, count: side * side * 3)
    for y in side / 3..<side * 2 / 3 {
      for x in side / 4..<side / 2 { samples[(y * side + x) * 3] = 230 }
    }
    request.picture = Picture(
      width: side, height: side, channels: 3, samples: .eight(samples), profile: [1, 2, 3],
      density: .init(x: 3000, y: 3000))
    return request
  }

  @Test(arguments: Kind.allCases)
  func `a plan comes from a request that the vendor's own types accept`(kind: Kind) async throws {
    let model = try await kind.make("ok")
    let answer = try await model.answer(question())
    let reading = try PlanReader(request()).read(answer.text)
    #expect(reading.plan.steps.map(\.type) == [.analyze, .extract, .remove])
    #expect(reading.notes.isEmpty && reading.shortcomings.isEmpty)
    #expect(answer.requestID != nil && answer.model == "planner-1")
    let box = try #require(reading.boxes["s02"])
    #expect(abs(box.x - 75) < 6 && abs(box.y - 100) < 6 && abs(box.width - 75) < 9 && abs(box.height - 100) < 9)
  }

  @Test func `a large picture is sent at 1536 pixels and without metadata`() throws {
    let question = try question(side: 2000)
    let sent = try decodePicture(question.picture).picture
    #expect(sent.size == Size(width: 1536, height: 1536))
    #expect(sent.profile == nil && sent.density == nil && !sent.hasAlpha)
  }

  @Test(arguments: Kind.allCases)
  func `what a person wants is in the request`(kind: Kind) async throws {
    let wishes = PlanWishes(layerNames: ["Hero", "Lamp"])
    let answer = try await kind.make("ok").answer(question(wishes))
    let reading = try PlanReader(request(wishes)).read(answer.text)
    #expect(reading.plan.steps.filter { $0.type == .extract }.map(\.name) == ["Hero", "Lamp"])
  }

  @Test(
    arguments: Kind.allCases, ["plan-fence", "plan-think", "plan-types", "plan-limits", "plan-huge", "plan-places"])
  func `a sloppy answer is mended within the rules`(kind: Kind, scenario: String) async throws {
    let answer = try await kind.make(scenario).answer(question())
    let plan = try PlanReader(request()).read(answer.text).plan
    #expect(plan.steps.map(\.type) == [.analyze, .extract, .remove])
    #expect(
      plan.steps.allSatisfy { $0.prompt.count <= 2000 && !$0.prompt.contains("evil") && !$0.prompt.contains("/etc") })
    #expect(plan.steps[1].validate.maxNonwhite <= 0.5 && plan.steps[1].validate.minNonwhite >= 0.001)
  }

  @Test(arguments: ["plan-broken", "plan-words", "plan-onlytypes"])
  func `what cannot be mended is refused, and the second question says why`(scenario: String) async throws {
    let model = try await Kind.gemini.make(scenario)
    var again = try question()
    let answer = try await model.answer(again)
    do {
      _ = try PlanReader(request()).read(answer.text)
      Issue.record("\(answer.text) was taken for a plan")
    } catch {
      again.correction = .init(answer: answer.text, complaints: ["\(error)"])
      #expect(again.wholeTask.contains("\(error)") && again.wholeTask.contains(answer.text.prefix(20)))
      _ = try await model.answer(again)
    }
  }

  @Test(arguments: Kind.allCases)
  func `wordings that are missing come with the second answer`(kind: Kind) async throws {
    let model = try await kind.make("plan-bare")
    var again = try question()
    let first = try await model.answer(again)
    let shortcomings = try PlanReader(request()).read(first.text).shortcomings
    #expect(!shortcomings.isEmpty)
    again.correction = .init(answer: first.text, complaints: shortcomings)
    let second = try await model.answer(again)
    #expect(try PlanReader(request()).read(second.text).shortcomings.isEmpty)
  }

  @Test(arguments: [
    (Kind.gemini, "blocked-SAFETY", ServiceFault.Kind.refused), (.gemini, "finish-PROHIBITED_CONTENT", .refused),
    (.gemini, "finish-OTHER", .empty), (.gemini, "nothing", .empty), (.gemini, "finish-PUP_LIMITED_DISABLED", .auth),
    (.gemini, "wrapped", .transient), (.openAI, "refused", .refused), (.openAI, "filtered", .refused),
    (.openAI, "failed", .refused), (.openAI, "nothing", .empty), (.chat, "refused", .refused),
    (.chat, "filtered", .refused), (.chat, "nothing", .empty),
  ])
  func `a refusal or empty answer is told apart`(kind: Kind, scenario: String, fault: ServiceFault.Kind) async throws {
    let found = await self.fault(of: try await kind.make(scenario))
    #expect(found?.kind == fault)
  }

  @Test(
    arguments: Kind.allCases,
    [
      ("status-401", ServiceFault.Kind.auth), ("status-403", .auth), ("status-400", .badRequest),
      ("status-413", .badRequest), ("status-422", .badRequest), ("status-408", .transient), ("status-500", .transient),
      ("status-503", .transient), ("html", .transient), ("quota", .quota), ("slow-long", .rateLimited),
      ("drop-before", .transient), ("drop-inside", .transient), ("truncated", .malformed), ("elsewhere", .badRequest),
    ])
  func `every fault is of its class, in words without the key`(
    kind: Kind, expected: (scenario: String, kind: ServiceFault.Kind)
  ) async throws {
    let fault = try #require(await self.fault(of: try await kind.make(expected.scenario)))
    #expect(fault.kind == expected.kind, "\(fault)")
    #expect(!"\(fault)".contains("planted"))
  }

  @Test(arguments: Kind.allCases)
  func `an error that echoes the key does not show it`(kind: Kind) async throws {
    let fault = try #require(await self.fault(of: try await kind.make("status-401-echo")))
    #expect(fault.words.contains("bad credentials") && !"\(fault)".contains("planted"))
  }

  @Test(arguments: [
    ("slow-ms", 0.15), ("slow-seconds", 1.0), ("slow-info", 0.2), ("slow-long", 600.0),
  ])
  func `the wait that a server names is taken over`(scenario: String, seconds: Double) async throws {
    let fault = try #require(await self.fault(of: try await Kind.gemini.make(scenario)))
    #expect(fault.after == seconds)
  }

  @Test(arguments: [
    (Kind.gemini, ["gemini-gone-1", "gemini-gone-2", "good"]), (.openAI, ["gpt-gone-1", "gpt-gone-2", "good"]),
    (.chat, ["gpt-gone-1", "good"]),
  ])
  func `a model that is gone steps down the list`(kind: Kind, models: [String]) async throws {
    let model = try await kind.make("ok", models: models)
    for (gone, next) in zip(models, models.dropFirst()) {
      #expect(model.defaultModel == gone)
      let fault = try #require(await self.fault(of: model))
      #expect(fault.remedy == .tryOtherModel && fault.nextModel == next)
      #expect("\(fault)".contains("no model \"\(gone)\" any more") && "\(fault)".contains("Now \"\(next)\" is asked"))
    }
    #expect(try await model.answer(question()).model == "good")
  }

  @Test func `a list of models that are all gone is no endless search`() async throws {
    let fault = try #require(await self.fault(of: try await Kind.gemini.make("ok", models: ["gemini-gone-1"])))
    #expect(fault.remedy == .askPerson && "\(fault)".contains("gemini-gone-1"))
  }

  @Test func `a compatible server without the configured model is asked by the one it lists`() async throws {
    let model = try await Kind.chat.make("ok", models: ["gpt-gone-1"])
    #expect(try #require(await self.fault(of: model)).nextModel == "listed-model")
    #expect(try await model.answer(question()).model == "listed-model")
  }

  @Test func `a server that knows no responses route is asked by chat`() async throws {
    let answer = try await Kind.openAI.make("chatonly").answer(question())
    #expect(try PlanReader(request()).read(answer.text).plan.steps.count == 3)
  }

  private func fault(of model: any PlanningModel) async -> ServiceFault? {
    do {
      let answer = try await model.answer(try question())
      Issue.record("answered: \(answer.text.prefix(200))")
      return nil
    } catch {
      return error as? ServiceFault
    }
  }
}
