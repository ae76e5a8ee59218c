import Blocking
import Engine
import ImageServices
import Imaging
import Model
import Planning
import Testing
import Transport

struct LocalServiceTests {
  private let service = LocalService(engine: Engines.complete, pool: BlockingPool(label: "engine tests", width: 2))
  private let planner = LocalPlanner(engine: Engines.complete, pool: BlockingPool(label: "engine tests", width: 2))
  private let limits: [StepType: ValidationLimits] = [.extract: .layer, .remove: .plate]

  @Test func `a plan peels from front to back, each layer followed by its plate`() async throws {
    let scene = try await planner.plan(
      PlanningRequest(picture: Engines.sample("fruit.jpg"), maxLayers: 12, limits: limits))
    #expect(scene.plan.steps.map(\.type) == [.analyze, .extract, .remove, .extract, .remove, .extract, .remove])
    #expect(scene.findings.count == 3)
    for step in scene.plan.steps.dropFirst() {
      let mask = try #require(scene.masks[step.id])
      #expect(mask.intent == (step.type == .extract ? .extractHelper : .inpaintRemove))
      #expect(step.promptVariations.count >= 3)
    }
  }

  @Test func `where nothing stands out the plan says so and extracts nothing`() async throws {
    let scene = try await planner.plan(
      PlanningRequest(picture: Engines.sample("sky.jpg"), maxLayers: 12, limits: limits))
    #expect(scene.plan.steps.map(\.type) == [.analyze])
    #expect(scene.plan.sceneSummary == "Nothing stands out from the background.")
  }

  @Test func `what a person marked is what is planned`() async throws {
    let painted = PaintedScene(400, 300, .texture, discs: PaintedScene.discs(2, width: 400, height: 300))
    var request = PlanningRequest(picture: painted.picture, maxLayers: 12, limits: limits)
    request.objects = painted.mask(of: 1, grownBy: 5)
    let scene = try await planner.plan(request)
    #expect(scene.plan.steps.map(\.type) == [.analyze, .extract, .remove])
  }

  @Test(arguments: [StepType.extract, .remove, .backgroundRemove])
  func `the same request gives the same file`(kind: StepType) async throws {
    let painted = PaintedScene(300, 220, .texture, discs: PaintedScene.discs(1, width: 300, height: 220))
    let mask = kind == .backgroundRemove ? nil : painted.mask(grownBy: 5)
    let request = ImageRequest(kind: kind, picture: painted.picture, mask: mask, prompt: "the red disc")
    let first = try await service.perform(request)
    let second = try await service.perform(request)
    let isSame = first.file == second.file
    #expect(isSame)
    #expect(first.model == Engines.complete.modelName)
  }

  /// The fourth try is the first of a person's retry: with wider limits the soft edge is what is wanted.
  @Test(arguments: [0, 1, 3])
  func `what the planner saw is kept softly first, and then with a hard edge`(attempt: Int) async throws {
    let ball = try Engines.sample("ball-on-its-side.jpg")
    let seen = try #require(try Engines.complete.findObjects(in: ball).first)
    var request = ImageRequest(kind: .extract, picture: ball, mask: seen.region, prompt: "")
    request.guide = seen.matte
    request.attempt = attempt
    let kept = Matte(ofAnswer: try decodePicture(try await service.perform(request).file).picture)
    let isAsSeen = kept.alpha == (attempt != 1 ? seen.matte.limited(to: seen.region).alpha : seen.solid.values)
    #expect(isAsSeen)
  }

  @Test(arguments: [0, 1])
  func `a plate before a step removes other things, never the step's own`(kept: Int) async throws {
    let painted = PaintedScene(400, 300, .gradient, discs: PaintedScene.discs(2, width: 400, height: 300))
    let own = painted.mask(of: kept)
    var request = ImageRequest(
      kind: .remove, picture: painted.picture,
      prompt: "Remove everything that lies in front of the red object, and continue what is behind it.")
    request.guide = Matte(width: 400, height: 300, alpha: own.values)
    let plate = try decodePicture(try await service.perform(request).file).picture.eightBitRGB()
    let before = painted.picture.eightBitRGB()
    let changed = (0..<400 * 300).filter { plate[3 * $0..<3 * $0 + 3] != before[3 * $0..<3 * $0 + 3] }
    let other = painted.mask(of: 1 - kept)
    #expect(changed.count > 1000 && changed.allSatisfy { own.values[$0] == 0 })
    #expect(changed.count { other.values[$0] != 0 } > other.count * 9 / 10)
  }

  @Test func `where nothing else stands out a plate before a step is refused in words`() async throws {
    let painted = PaintedScene(400, 300, .gradient, discs: PaintedScene.discs(1, width: 400, height: 300))
    var request = ImageRequest(kind: .remove, picture: painted.picture, prompt: "Remove everything in front.")
    request.guide = Matte(width: 400, height: 300, alpha: painted.mask(of: 0).values)
    await #expect { try await service.perform(request) } throws: { "\($0)".contains("plate_mask") }
  }

  @Test func `a background removal keeps the object with alpha`() async throws {
    let painted = PaintedScene(400, 300, .gradient, discs: PaintedScene.discs(1, width: 400, height: 300))
    let answer = try await service.perform(
      ImageRequest(kind: .backgroundRemove, picture: painted.picture, prompt: ""))
    let cutout = try decodePicture(answer.file).picture
    #expect(Mask(Matte(ofAnswer: cutout)).overlap(with: painted.mask()) > 0.9)
  }

  @Test func `sixteen bits stay sixteen bits`() async throws {
    let painted = PaintedScene(200, 150, .gradient, discs: PaintedScene.discs(1, width: 200, height: 150))
    for kind in [StepType.extract, .remove] {
      let answer = try await service.perform(
        ImageRequest(kind: kind, picture: painted.deepPicture, mask: painted.mask(grownBy: 3), prompt: ""))
      guard case .sixteen = try decodePicture(answer.file).picture.samples else {
        Issue.record("\(kind) lost the depth")
        return
      }
    }
  }

  @Test func `what the engine cannot do is a sentence with a remedy`() async throws {
    let painted = PaintedScene(40, 30, .texture)
    let error = await #expect(throws: ServiceError.self) {
      try await service.perform(ImageRequest(kind: .upscale, picture: painted.picture, prompt: ""))
    }
    #expect(error?.remedy == .askPerson)
    #expect(error?.description.contains("UPSCALE") == true)
  }
}
