import Blocking
import ImageServices
import Imaging
import Model
import Running
import Storage
import Testing

@Suite(.timeLimit(.minutes(10))) struct EditingTests {
  private func withReview(_ body: (Bench, String) async throws -> Void) async throws {
    try await withBench(ReviewTests.planner, { $0.attempts = 1 }) { bench in
      try await body(bench, try await bench.run(scene(.red, .green)).id)
    }
  }

  @Test func `what is saved while the step runs is run next, once, in its newest wording`() async throws {
    try await withReview { bench, id in
      let before = bench.service.requests.count
      let desk = EditDesk(workshop: bench.workshop)
      bench.service.during { number in
        guard number == before + 1 else { return }
        for prompt in ["One everything.", "Two everything.", "Three red."] {
          try bench.save(id, "02-red-thing.yaml", "prompt: \(prompt)\n")
          #expect(try !desk.look(at: id))
        }
        #expect(try bench.text(id, "02-red-thing.status.txt").contains("runs next"))
      }
      try bench.save(id, "02-red-thing.yaml", "prompt: Zero everything.\n")
      let job = try await bench.afterSave(id)
      #expect(bench.service.prompts.dropFirst(before) == ["Zero everything.", "Three red."])
      #expect(job.status == .done)
    }
  }

  @Test func `a save that only repeats how the step stands runs nothing`() async throws {
    try await withReview { bench, id in
      let text = try bench.text(id, "02-red-thing.yaml")
      for text in [text + "# a remark\n", "action: retry\n", "prompt: Take   everything.\nmax_nonwhite: 50%\n"] {
        try bench.save(id, "02-red-thing.yaml", text)
        #expect(try !EditDesk(workshop: bench.workshop).look(at: id))
      }
    }
  }

  @Test func `a command's wording stands against the older one in a person's file`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "prompt: Mine everything.\n")
      try await bench.afterSave(id)
      var retry = Actions.Retry()
      retry.prompt = "Theirs everything."
      try Actions(workshop: bench.workshop).retry(id, "s02", retry)
      bench.store.enqueue(id)
      try await bench.settle(id)
      try await bench.afterSave(id)
      #expect(bench.service.prompts.suffix(2) == ["Mine everything.", "Theirs everything."])
    }
  }

  @Test func `plate-and-retry removes what is in front and extracts from that plate`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "front.png", scene(.red, .green).mask(of: .green))
      try bench.save(
        id, "02-red-thing.yaml",
        "action: plate-and-retry\nplate_prompt: Without green.\nplate_mask: front.png\nprompt: Take red and green.\n")
      let job = try await bench.afterSave(id)
      let calls = bench.service.requests.suffix(2)
      #expect(calls.map(\.kind) == [.remove, .extract])
      #expect(calls.map(\.prompt) == ["Without green.", "Take red and green."])
      #expect(calls.first?.mask?.count == 96)
      #expect(job.status == .done)
      let layer = try bench.picture(id, "02-red-thing.png")
      #expect(layer.count(of: Paint.red.rgb) == 96 && layer.count(of: Paint.green.rgb) == 0)
    }
  }

  @Test func `several tries are shown side by side and one is taken by its number`() async throws {
    var planner = SpokenPlanner(steps: steps((.extract, "Red", "Take everything.")))
    planner.steps[0].promptVariations = ["Take ground and red.", "Take nothing."]
    try await withBench(planner) { bench in
      let id = try await bench.run(scene(.red, .green)).id
      #expect(try bench.names(id).contains("02-red.tries.png"))
      let calls = bench.service.requests.count
      try bench.save(id, "02-red.yaml", "try: 7\n")
      try await bench.afterSave(id)
      #expect(try bench.text(id, "02-red.status.txt").contains("no try 7; there are 3"))
      try bench.save(id, "02-red.yaml", "try: 2\n")
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(job.steps[1].lastPromptUsed == "Take ground and red.")
      #expect(bench.service.requests.count == calls)
      #expect(try bench.picture(id, "02-red.png").count(of: Paint.red.rgb) == 96)
      #expect(try !bench.names(id).contains("02-red.tries.png"))
    }
  }

  @Test(arguments: ["copy", "transparent", "jpeg", "grey"])
  func `a mask may be painted in several ways`(_ way: String) async throws {
    try await withReview { bench, id in
      let source = scene(.red, .green)
      let mask = source.mask(of: .red)
      switch way {
      case "copy":
        let painted = source.painted([255, 0, 255]) { $0 == Paint.red.rgb }
        try bench.save(id, "02-red-thing.mask.png", painted)
      case "transparent":
        let alpha = mask.luminance()
        let rgba = alpha.flatMap { value -> [UInt8] in [30, 200, 90, value] }
        try bench.save(id, "02-red-thing.mask.png", mask.with(.eight(rgba), channels: 4))
      case "jpeg": try bench.save(id, "02-red-thing.mask.jpg", try encodeJPEG(mask, quality: 95))
      default: try bench.save(id, "02-red-thing.mask.webp", try encodePNG(mask, preset: .fast))
      }
      try await bench.afterSave(id)
      let used = try #require(bench.service.requests.last?.mask)
      #expect(bench.service.requests.last?.maskIsManual == true)
      #expect(abs(used.count - 96) <= (way == "jpeg" ? 12 : 0))
    }
  }

  @Test func `painting on source.png itself is a mask for the only step that waits`() async throws {
    try await withReview { bench, id in
      let painted = scene(.red, .green).painted([255, 255, 0]) { $0 == Paint.red.rgb }
      try bench.save(id, "source.png", painted)
      let job = try await bench.afterSave(id)
      #expect(bench.service.requests.last?.mask?.count == 96)
      #expect(job.status == .done)
    }
  }

  @Test func `painting on source.png while two steps wait asks which one it is for`() async throws {
    let planner = SpokenPlanner(
      steps: steps((.extract, "One", "Take everything."), (.extract, "Two", "Take everything.")))
    try await withBench(planner, { $0.attempts = 1 }) { bench in
      let id = try await bench.run(scene(.red, .green)).id
      let calls = bench.service.requests.count
      try bench.save(id, "source.png", scene(.red, .green).painted([255, 255, 0]) { $0 == Paint.red.rgb })
      try await bench.afterSave(id)
      #expect(bench.service.requests.count == calls)
      #expect(try bench.text(id, "02-one.status.txt").contains("02-one.mask.png"))
      try bench.save(id, "03-two.yaml", "mask: source.png\n")
      try await bench.afterSave(id)
      #expect(bench.service.requests.count == calls + 1)
      #expect(bench.service.requests.last?.mask?.count == 96)
    }
  }

  @Test func `several steps under review are settled one by one, and the folder moves with the last`() async throws {
    let planner = SpokenPlanner(
      steps: steps((.extract, "One", "Take everything."), (.extract, "Two", "Take everything.")))
    try await withBench(planner, { $0.attempts = 1 }) { bench in
      let id = try await bench.run(scene(.red, .green)).id
      try bench.save(id, "03-two.yaml", "prompt: Take the green.\n")
      try await bench.afterSave(id)
      #expect(try bench.face(id).folder() == .review)
      #expect(try bench.names(id).contains("02-one.yaml") && !bench.names(id).contains("03-two.yaml"))
      try bench.save(id, "02-one.yaml", "prompt: Take the red.\n")
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `a stopped job goes on when its edit file asks for a retry`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "action: stop\n")
      #expect(try await bench.afterSave(id).status == .cancelled)
      #expect(try await bench.afterSave(id).status == .cancelled)
      try bench.save(id, "02-red-thing.yaml", "action: retry\nprompt: Take the red.\n")
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `an edit file that is deleted is no wish, and comes back`() async throws {
    try await withReview { bench, id in
      try bench.face(id).remove("02-red-thing.yaml")
      #expect(try !EditDesk(workshop: bench.workshop).look(at: id))
      try Faces(workshop: bench.workshop).publish(try bench.store.load(id))
      #expect(try bench.names(id).contains("02-red-thing.yaml"))
    }
  }
}
