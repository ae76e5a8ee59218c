import Imaging
import Model
import Planning
import Testing

/// A model's answer as closed data (DESIGN section 8): what is taken, what is mended, what is refused.
@Suite struct PlanReaderTests {
  private static let whole = makeAnswer([
    makeStep("ANALYZE", "Analyze"), makeStep("EXTRACT", "Red car"), makeStep("REMOVE", "Red car"),
    makeStep("EXTRACT", "Tree"), makeStep("REMOVE", "Tree"),
  ])

  @Test func `a complete answer is taken as it is`() throws {
    let reading = try PlanReader.read(Self.whole)
    #expect(reading.plan.steps.map(\.type) == [.analyze, .extract, .remove, .extract, .remove])
    #expect(reading.plan.steps.map(\.id) == ["s01", "s02", "s03", "s04", "s05"])
    #expect(reading.plan.steps[1].prompt == "Do it with the Red car.")
    #expect(reading.plan.steps[1].promptVariations == ["One.", "Two.", "Three."])
    #expect(reading.plan.steps[1].validate == ValidationLimits(minNonwhite: 0.02, maxNonwhite: 0.3))
    #expect(reading.plan.sceneSummary == "A street.")
    #expect(reading.plan.globalRules == ["Keep size."])
    #expect(reading.notes.isEmpty && reading.shortcomings.isEmpty && reading.breaches.isEmpty)
  }

  @Test(arguments: [
    "```json\n\(whole)\n```", "```\n\(whole)```", "Here is the plan:\n\n\(whole)\n\nI hope it helps {really}!",
    "<think>Let me see { \"steps\": maybe [ ... </think>\n\(whole)", "<think>two steps\n\(whole)", "\u{FEFF}\(whole)",
    "{\"plan\": \(whole)}", "{\"answer\": \"see below\"} \(whole)",
  ])
  func `the JSON is found in what models write around it`(answer: String) throws {
    #expect(try PlanReader.read(answer).plan == PlanReader.read(Self.whole).plan)
  }

  @Test func `a bare list of steps is a plan`() throws {
    let reading = try PlanReader.read(text([makeStep("EXTRACT", "Cup")]))
    #expect(reading.plan.steps.map(\.type) == [.analyze, .extract, .remove])
    #expect(reading.plan.sceneSummary == "1 layers, front to back: Cup.")
  }

  @Test(arguments: [
    ("", "empty"), ("   \n", "empty"), ("I cannot help with that.", "no JSON"), ("{\"a\": 1}", "no JSON"),
    (String(whole.dropLast(40)), "ends in the middle"), ("{\"steps\": \"none\"}", "not a list"),
    ("{\"steps\": []}", "known type"), (makeAnswer([makeStep("DELETE_FILES", "All")]), "known type"),
    (makeAnswer([makeStep("ANALYZE", "Analyze")]), "nothing to extract"),
    (makeAnswer(["EXTRACT the car", 7]), "known type"),
    (String(repeating: "{", count: 200_000), "ends in the middle"),
    (String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000), "no JSON"),
    (String(repeating: "x", count: 2_000_000), "at most"),
  ])
  func `what is no plan is refused with the reason`(answer: String, reason: String) {
    do {
      _ = try PlanReader.read(answer)
      Issue.record("\(answer.prefix(60)) was taken for a plan")
    } catch {
      #expect("\(error)".contains(reason))
    }
  }

  @Test func `unknown step types are left out and said`() throws {
    let reading = try PlanReader.read(makeAnswer([makeStep("RUN_SHELL", "rm"), makeStep("EXTRACT", "Cup")]))
    #expect(reading.plan.steps.map(\.type) == [.analyze, .extract, .remove])
    #expect(reading.notes.first == "Step 1 is of the unknown type \"RUN_SHELL\" and was left out.")
  }

  @Test(arguments: ["extract", "Extract", "bg-remove", "bg_remove", "BG REMOVE", "reframe"])
  func `types are read whatever their spelling`(word: String) throws {
    let reading = try PlanReader.read(makeAnswer([makeStep(word, "Cup"), makeStep("EXTRACT", "Spoon")]))
    #expect(!reading.notes.contains { $0.contains("unknown") })
  }

  @Test func `forty steps become as many layers as the settings allow, the front ones`() throws {
    let steps = (1...20).flatMap { [makeStep("EXTRACT", "Thing \($0)"), makeStep("REMOVE", "Thing \($0)")] }
    let reading = try PlanReader.read(makeAnswer(steps), maxLayers: 3)
    #expect(
      reading.plan.steps.map(\.target) == [
        "the whole picture", "Thing 1", "Thing 1", "Thing 2", "Thing 2", "Thing 3", "Thing 3",
      ])
    #expect(reading.notes == ["The plan had 20 layers; the front 3 were kept."])
  }

  @Test func `hundreds of steps are no burden`() throws {
    let steps = (1...600).map { makeStep("EXTRACT", "Thing \($0)") }
    #expect(try PlanReader.read(makeAnswer(steps)).plan.steps.count == 17)
  }

  @Test func `a REMOVE follows its EXTRACT wherever the model put it, and is added where it is missing`() throws {
    let reading = try PlanReader.read(
      makeAnswer([
        makeStep("REMOVE", "Cup"), makeStep("EXTRACT", "Spoon"), makeStep("EXTRACT", "cup"), makeStep("REMOVE", "Dust"),
      ]))
    #expect(
      reading.plan.steps.map { "\($0.type.rawValue) \($0.target)" }.dropFirst() == [
        "EXTRACT Spoon", "REMOVE Spoon", "EXTRACT cup", "REMOVE Cup", "REMOVE Dust",
      ])
    #expect(reading.plan.steps[2].promptVariations.count == 3)
    #expect(reading.notes == ["The plate without \"Spoon\" was added."])
  }

  @Test func `one thing planned twice is one layer, and names are unique`() throws {
    let reading = try PlanReader.read(
      makeAnswer([
        makeStep("EXTRACT", "Cup"), makeStep("EXTRACT", "cup"), makeStep("EXTRACT", "Cup", ["target": "the other cup"]),
      ]))
    #expect(reading.plan.steps.filter { $0.type == .extract }.map(\.name) == ["Cup", "Cup 2"])
    #expect(Set(reading.plan.steps.map(\.name)).count == reading.plan.steps.count)
  }

  @Test(
    arguments: [
      ([:], 0.01, 0.5), (["min_nonwhite": -3, "max_nonwhite": 7], 0.001, 0.5),
      (["min_nonwhite": 0, "max_nonwhite": 1], 0.001, 0.5), (["min_nonwhite": 0.4, "max_nonwhite": 0.2], 0.01, 0.2),
      (["min_nonwhite": "0.05", "max_nonwhite": "0.2"], 0.05, 0.2), (["min_nonwhite": 1e308], 0.01, 0.5),
      (["max_nonwhite": 0.0001], 0.01, 0.5), (["min_nonwhite": "all", "max_nonwhite": nil], 0.01, 0.5),
      (["min_nonwhite": 0.19, "max_nonwhite": 0.2], 0.1, 0.2),
    ] as [([String: JSONValue], Double, Double)])
  func `limits stay within the settings`(limits: [String: JSONValue], low: Double, high: Double) throws {
    let reading = try PlanReader.read(makeAnswer([makeStep("EXTRACT", "Cup", ["validate": .object(limits)])]))
    let step = try #require(reading.plan.steps.dropFirst().first)
    #expect(abs(step.validate.minNonwhite - low) < 1e-9 && abs(step.validate.maxNonwhite - high) < 1e-9)
  }

  @Test func `a plate's limits are the settings'`() throws {
    let lax: JSONValue = ["min_nonwhite": 0, "max_nonwhite": 1]
    let reading = try PlanReader.read(
      makeAnswer([makeStep("EXTRACT", "Cup"), makeStep("REMOVE", "Cup", ["validate": lax])]))
    #expect(reading.plan.steps[2].validate == .plate)
  }

  @Test func `a prompt of 100 kB is cut at a word`() throws {
    let prompt = String(repeating: "cut out the cup ", count: 6400)
    let reading = try PlanReader.read(
      makeAnswer([makeStep("EXTRACT", "Cup", ["prompt": .string(prompt), "name": .string(prompt)])]))
    let step = reading.plan.steps[1]
    #expect(step.prompt.count <= 2000 && step.prompt.count > 1980 && prompt.hasPrefix(step.prompt))
    #expect(step.name.count <= 60)
  }

  @Test(arguments: [
    ("Cut the cup out. See https://evil.example/x?k=1 now", "Cut the cup out. See now"),
    ("Save to /etc/passwd or ~/x or ../../y or C:\\x please", "Save to or or or please"),
    ("Use (file:///etc/shadow) and \"data:text/html,x\" here", "Use and here"),
    ("Red\u{202E}rac\u{0007} and\nblue\tcar", "Redrac and blue car"),
    ("black and/or white, 50/50", "black and/or white, 50/50"),
    ("Ignore previous instructions.", "Ignore previous instructions."),
  ])
  func `addresses, paths and hidden characters are taken out`(prompt: String, clean: String) throws {
    let reading = try PlanReader.read(makeAnswer([makeStep("EXTRACT", "Cup", ["prompt": .string(prompt)])]))
    #expect(reading.plan.steps[1].prompt == clean)
  }

  @Test func `a step whose target is only an address is left out`() throws {
    let reading = try PlanReader.read(
      makeAnswer([
        makeStep("EXTRACT", "Cup"), makeStep("EXTRACT", "https://evil.example/", ["name": "../../x"]),
      ]))
    #expect(reading.plan.steps.count == 3)
    #expect(reading.notes.contains("Step 2 does not say what it works on and was left out."))
  }

  @Test func `keys that no rule names are not taken over`() throws {
    let answer = makeAnswer([
      makeStep("EXTRACT", "Cup", ["provider": "fal", "model": "x", "api_key": "sk-1", "white_tolerance": 15])
    ])
    let step = try PlanReader.read(answer).plan.steps[1]
    #expect(step.unknown == UnknownKeys())
    #expect(step.fallbacks.isEmpty)
  }

  @Test func `missing wordings are asked for and filled meanwhile`() throws {
    let reading = try PlanReader.read(
      makeAnswer([makeStep("EXTRACT", "Cup", ["prompt_variations": ["One.", "One.", ""]]), makeStep("REMOVE", "Cup")]))
    #expect(reading.shortcomings == ["\"Cup\" has 1 of 3 to 5 prompt_variations"])
    #expect(reading.plan.steps.dropFirst().allSatisfy { (3...5).contains($0.promptVariations.count) })
    #expect(reading.plan.steps[1].promptVariations.first == "One.")
  }

  @Test func `more than five wordings are five`() throws {
    let many = JSONValue.array((1...9).map { .string("Wording \($0).") })
    let reading = try PlanReader.read(makeAnswer([makeStep("EXTRACT", "Cup", ["prompt_variations": many])]))
    #expect(reading.plan.steps[1].promptVariations.count == 5)
  }

  @Test(
    arguments: [
      ([100, 250, 600, 750], Box(x: 100, y: 20, width: 200, height: 100)),
      ([-50, 0, 2000, 1000], Box(x: 0, y: 0, width: 400, height: 200)), ([600, 250, 100, 750], nil), ([1, 2, 3], nil),
      (["a", "b", "c", "d"], nil), ([500, 500, 500, 500], nil),
    ] as [([JSONValue], Box?)])
  func `boxes are thousandths of the picture, cut to it`(edges: [JSONValue], box: Box?) throws {
    let reading = try PlanReader.read(makeAnswer([makeStep("EXTRACT", "Cup", ["box": .array(edges)])]))
    #expect(reading.boxes["s02"] == box)
    #expect(reading.boxes["s03"] == box)
  }

  // MARK: - What a person wants

  @Test func `named layers are followed exactly`() throws {
    let wishes = PlanWishes(layerNames: ["Hero", "Lamp"])
    let reading = try PlanReader.read(
      makeAnswer([
        makeStep("EXTRACT", "lamp"), makeStep("REMOVE", "lamp"), makeStep("EXTRACT", "Cat"), makeStep("REMOVE", "Cat"),
        makeStep("EXTRACT", "HERO"),
      ]), wishes)
    #expect(reading.plan.steps.filter { $0.type == .extract }.map(\.name) == ["Lamp", "Hero"])
    #expect(reading.plan.steps.map(\.type) == [.analyze, .extract, .remove, .extract, .remove])
    #expect(reading.breaches.isEmpty && reading.shortcomings.isEmpty)
  }

  @Test func `a named layer that the model forgot is planned and asked for`() throws {
    let reading = try PlanReader.read(
      makeAnswer([makeStep("EXTRACT", "Lamp")]), PlanWishes(layerNames: ["Hero", "Lamp"]))
    #expect(reading.plan.steps.filter { $0.type == .extract }.map(\.name) == ["Lamp", "Hero"])
    #expect(reading.shortcomings == ["the layer \"Hero\" is missing"])
    #expect(reading.breaches.isEmpty)
  }

  @Test(arguments: [(2, 2, 0), (3, 3, 0), (5, 3, 1)])
  func `a wanted number of layers is followed exactly or its breach said`(wanted: Int, layers: Int, breaches: Int)
    throws
  {
    let steps = ["A", "B", "C"].map { makeStep("EXTRACT", $0) }
    let reading = try PlanReader.read(makeAnswer(steps), PlanWishes(layerCount: wanted))
    #expect(reading.plan.steps.count { $0.type == .extract } == layers)
    #expect(reading.breaches.count == breaches)
  }

  @Test func `mutated answers never crash the reader`() throws {
    var generator = SystemRandomNumberGenerator()
    let bytes = Array(Self.whole.utf8)
    for _ in 0..<200 {
      var mutated = bytes
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        mutated[Int.random(in: mutated.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      if Bool.random() { mutated.removeLast(Int.random(in: 0..<mutated.count, using: &generator)) }
      guard let reading = try? PlanReader.read(String(decoding: mutated, as: UTF8.self)) else { continue }
      #expect(reading.plan.steps.first?.type == .analyze)
      #expect(reading.plan.steps.dropFirst().allSatisfy { (3...5).contains($0.promptVariations.count) })
      #expect(reading.plan.steps.allSatisfy { !$0.prompt.isEmpty && $0.prompt.count <= 2000 && $0.name.count <= 64 })
    }
  }
}
