import Imaging
import Model
import Testing
import Transport

@testable import ImageServices

/// The list of faults that every service meets, and how each ends.
struct ServiceFaultTests {
  typealias Remedy = ServiceFault.Remedy

  private func fault(_ service: Service, _ scenario: String) async throws -> ServiceFault {
    let error = try await failure(of: try await service.made(scenario: scenario), service.kind)
    #expect(!error.description.contains(Shared.canary))
    #expect(!error.description.contains("ya29."))
    #expect(!error.description.contains("NOT CONFORMING"), "\(error)")
    return try #require(error.fault)
  }

  @Test(
    arguments: Service.remote,
    [
      ("status-401", ServiceFault.Kind.auth), ("status-403", .auth), ("status-408", .transient),
      ("status-413", .badRequest), ("status-422", .badRequest), ("status-500", .transient), ("html", .transient),
      ("quota", .quota), ("drop-before", .transient), ("drop-inside", .transient), ("truncated", .malformed),
      ("elsewhere", .badRequest), ("status-401-echo", .auth), ("status-400-echo", .badRequest),
    ])
  func `a fault falls into its class`(service: Service, fault: (String, ServiceFault.Kind)) async throws {
    #expect(try await self.fault(service, fault.0).kind == fault.1)
  }

  @Test(
    arguments: Service.remote, [("slow-ms", 0.15), ("slow-seconds", 1), ("slow-info", 0.2)])
  func `asked to slow down, it says for how long`(service: Service, hint: (String, Double)) async throws {
    let fault = try await fault(service, hint.0)
    #expect(fault.kind == .rateLimited)
    #expect(fault.remedy == .tryLater(after: hint.1))
  }

  @Test(arguments: Service.remote)
  func `a date is a delay too, and a long one is a person's to decide`(service: Service) async throws {
    guard case .tryLater(let after?) = try await fault(service, "slow-date").remedy else {
      Issue.record("no delay")
      return
    }
    #expect(after <= 2)
    #expect(try await fault(service, "slow-long").remedy == .askPerson)
  }

  @Test(arguments: Service.remote)
  func `after a fault the next call goes through`(service: Service) async throws {
    let name = "status-503.once.\(service.rawValue)"
    let made = try await service.made(scenario: name)
    #expect(try await failure(of: made, service.kind).fault?.kind == .transient)
    #expect(try await Trial(made, service.kind).placed.size == Size(width: 400, height: 300))
  }

  @Test(arguments: Service.remote)
  func `nobody there is no call that could be billed`(service: Service) async throws {
    let error = try await failure(of: try await service.unreachable(), service.kind)
    #expect(error.fault?.kind == .transient)
    #expect(error.fault?.mayHaveArrived == false)
  }

  @Test func `a body without end is cut off`() async throws {
    #expect(try await fault(.gemini, "endless").kind == .malformed)
  }

  @Test(arguments: [Service.gemini, .vertex])
  func `an error in an array under status 200 is one`(service: Service) async throws {
    #expect(try await fault(service, "wrapped").kind == .transient)
  }

  @Test(arguments: [Service.gemini, .openai])
  func `a model that is gone steps down the list, but not where it was asked for by name`(
    service: Service
  ) async throws {
    let (gone, last) = service == .gemini ? ("gemini-gone-1", "gemini-nano-banana-2.1") : ("gone-1", "gpt-image-2")
    let other = service == .gemini ? "gemini-gone-2" : "gone-2"
    let made = try await service.made(models: [gone, other, last])
    #expect(made.defaultModel == gone)
    #expect(try await failure(of: made).remedy == .tryOtherModel)
    #expect(try await failure(of: made).fault?.kind == .modelGone(other))
    #expect(try await Trial(made, .extract).answer.model == last)
    #expect(made.defaultModel == last)
    #expect(try await failure(of: made, model: gone).remedy == .askPerson)
  }

  @Test func `where all models are gone a person is asked`() async throws {
    let made = try await Service.gemini.made(models: ["gemini-gone-1"])
    let error = try await failure(of: made)
    #expect(error.remedy == .askPerson)
    #expect(error.description.contains("gemini-gone-1"))
  }
}

struct GeminiAnswerTests {
  @Test(
    arguments: [Service.gemini, .vertex],
    [
      ("blocked-PROHIBITED_CONTENT", ServiceFault.Kind.refused), ("blocked-SAFETY", .refused),
      ("finish-IMAGE_SAFETY", .refused), ("finish-RECITATION", .refused), ("finish-SPII", .refused),
      ("finish-NEW_WORD_OF_2027", .refused), ("finish-PUP_LIMITED_DISABLED", .auth), ("finish-NO_IMAGE", .empty),
      ("finish-CONTINUATION", .empty), ("words", .refused), ("nothing", .empty), ("rubbish", .malformed),
    ])
  func `an answer without a picture is sorted by its reason`(
    service: Service, ending: (String, ServiceFault.Kind)
  ) async throws {
    let error = try await failure(of: try await service.made(scenario: ending.0))
    #expect(error.fault?.kind == ending.1)
    if ending.0 == "words" { #expect(error.description.contains("I would rather not draw this")) }
    if ending.0.hasPrefix("blocked") { #expect(error.description.contains("deliberate block")) }
  }

  @Test(arguments: ["double", "jpeg", "lines"])
  func `another resolution, JPEG under PNG's name and wrapped base64 are read`(scenario: String) async throws {
    let trial = try await Trial(try await Service.gemini.made(scenario: scenario), .extract)
    #expect(trial.placed.size == trial.picture.size)
    #expect(trial.layerShares.kept > 0.97)
  }

  @Test func `an answer of another shape has no place on the input`() async throws {
    let service = try await Service.gemini.made(scenario: "square")
    let (picture, _) = Drawn.disc(Size(width: 400, height: 300), radius: 60, x: 160, y: 150)
    let request = ImageRequest(kind: .extract, picture: picture, prompt: "Extract only the red disc.")
    let answer = try await service.perform(request)
    let placement = try #require(service.placement(of: request, model: answer.model))
    #expect(placement.placed(try decodePicture(answer.file).picture, onto: picture) == nil)
  }
}

struct OpenAIAnswerTests {
  @Test func `a refusal carries the service's own words and its id`() async throws {
    let error = try await failure(of: try await Service.openai.made(scenario: "refused"))
    #expect(error.fault?.kind == .refused)
    #expect(error.fault?.requestID == "req_refused")
    #expect(error.description.contains("rejected by the safety system"))
  }

  @Test(arguments: [("nothing", ServiceFault.Kind.empty), ("rubbish", .malformed)])
  func `an answer without a picture is sorted`(scenario: String, kind: ServiceFault.Kind) async throws {
    #expect(try await failure(of: try await Service.openai.made(scenario: scenario)).fault?.kind == kind)
  }

  @Test func `the cost follows from the tokens`() async throws {
    let trial = try await Trial(try await Service.openai.made(scenario: "lines"), .remove)
    let cost = try #require(trial.answer.cost)
    #expect(abs(cost - (1100 * 8 + 100 * 5 + 1500 * 30) / 1_000_000.0) < 1e-9)
  }
}

struct FalAnswerTests {
  @Test(arguments: ["ok", "cdn", "flaky"])
  func `data addresses, the CDN and a proxy's hiccup end well`(scenario: String) async throws {
    #expect(try await Trial(try await Service.fal.made(scenario: scenario), .extract).layerShares.kept > 0.97)
  }

  @Test(arguments: [
    ("refused", ServiceFault.Kind.refused), ("unreadable", .badRequest), ("nothing", .empty),
    ("strange-urls", .malformed), ("user-timeout", .badRequest),
  ])
  func `an ending without a picture is sorted`(scenario: String, kind: ServiceFault.Kind) async throws {
    let error = try await failure(of: try await Service.fal.made(scenario: scenario))
    #expect(error.fault?.kind == kind)
    // What was paid for is not asked for again unasked.
    if scenario == "nothing" { #expect(error.remedy == .askPerson) }
  }

  @Test func `a large picture is uploaded first, a small one is not`() async throws {
    var random = SystemRandomNumberGenerator()
    let noise = Picture(
      width: 1700, height: 1700, channels: 3,
      samples: .eight((0..<1700 * 1700 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }))
    let made = try await Service.fal.made(scenario: "ok.upload")
    let request = ImageRequest(kind: .backgroundRemove, picture: noise, prompt: "")
    let answer = try await made.perform(request)
    #expect(PictureFormat.detect(answer.file) == .png)
    let calls = try await Shared.calls(scenario: "ok.upload")
    #expect(calls.prefix(2) == ["POST storage/auth/token", "POST files/upload"])
    _ = try await Trial(try await Service.fal.made(scenario: "ok.inline"), .extract)
    #expect(try await Shared.calls(scenario: "ok.inline").first == "POST fal-ai/birefnet/v2")
  }

  @Test func `a call that is given up is cancelled at fal`() async throws {
    let scenario = "never.cancel"
    let made = try await Service.fal.made(scenario: scenario)
    let task = Task { try await failure(of: made) }
    while try await Shared.calls(scenario: scenario).count < 2 { await Task.yield() }
    task.cancel()
    #expect(try await task.value.remedy == .stop)
    #expect(try await Shared.calls(scenario: scenario).last?.hasPrefix("PUT ") == true)
  }
}
