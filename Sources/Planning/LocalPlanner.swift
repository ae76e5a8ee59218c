package import Blocking
package import Engine
import Imaging
import Model

/// The embedded planner: one layer for each object that stands out, peeled from front to back.
///
/// `ANALYZE`, then `EXTRACT` and `REMOVE` for each object, so that what lies behind is extracted from a plate
/// on which everything in front is gone.
package struct LocalPlanner: Planner {
  package let name = "local"
  private let engine: Engine
  private let pool: BlockingPool

  package init(engine: Engine, pool: BlockingPool) {
    self.engine = engine
    self.pool = pool
  }

  package func plan(_ request: PlanningRequest) async throws(PlanningError) -> PlannedScene {
    let engine = engine
    return try await pool.run { () throws(PlanningError) in
      do {
        let objects = try LocalPlanner.objects(of: request, engine: engine)
        return try LocalPlanner.scene(of: objects, request: request, engine: engine)
      } catch {
        throw PlanningError("\(error)")
      }
    }
  }

  package func scene(of reading: ReadPlan, _ request: PlanningRequest) async -> PlannedScene {
    var scene = PlannedScene(reading)
    if !reading.boxes.isEmpty {
      let masks = BoxMasks(engine: engine, picture: request.picture)
      scene.masks = await pool.run { masks.masks(of: reading) }
    }
    return scene
  }

  /// What the picture holds, or what a person marked in it.
  private static func objects(of request: PlanningRequest, engine: Engine) throws -> [FoundObject] {
    if let marked = request.objects { return try engine.objects(markedBy: marked, in: request.picture) }
    let found = try engine.findObjects(in: request.picture, limit: request.wishes.exactLayers ?? request.maxLayers)
    let names = request.wishes.layerNames
    // Both lists are front to back. Which of them is the tree it cannot tell, so fewer objects keep their own names.
    guard names.count == found.count else { return found }
    return zip(found, names).map { object, name in
      var object = object
      object.name = name
      return object
    }
  }

  private static func scene(of objects: [FoundObject], request: PlanningRequest, engine: Engine) throws -> PlannedScene
  {
    var steps = [analysis(of: objects)]
    var masks: [String: PlannedScene.StepMask] = [:]
    let holes = try holes(of: objects, in: request.picture, engine: engine)
    for (object, hole) in zip(objects, holes) {
      let extract = extraction(of: object, number: steps.count + 1, limits: request.limits)
      masks[extract.id] = .init(object.region, intent: .extractHelper, guide: object.matte)
      steps.append(extract)
      let remove = removal(of: object, number: steps.count + 1, limits: request.limits)
      masks[remove.id] = .init(hole.mask, intent: .inpaintRemove, guide: hole.foreign)
      steps.append(remove)
    }
    let findings = objects.map { Finding(label: $0.name, box: $0.box) }
    let plan = Plan(
      sceneSummary: summary(of: objects), globalRules: ["Keep size and position.", "Background pure white."],
      steps: steps)
    return PlannedScene(plan: plan, masks: masks, findings: findings, model: engine.modelName)
  }

  /// What each plate replaces, and what is still there then: the objects behind, which the fill must not copy.
  private static func holes(
    of objects: [FoundObject], in picture: Picture, engine: Engine
  ) throws -> [(mask: Mask, foreign: Matte?)] {
    var holes: [(mask: Mask, foreign: Matte?)] = []
    var (behind, behindHoles): (Mask?, Mask?)
    for object in objects.reversed() {
      let hole = try engine.growOverShadow(object.solid, in: picture, besides: behind)
      holes.append((hole, behindHoles.map { Matte(width: $0.width, height: $0.height, alpha: $0.values) }))
      behind = behind?.united(with: object.solid) ?? object.solid
      behindHoles = behindHoles?.united(with: hole) ?? hole
    }
    return holes.reversed()
  }

  private static func summary(of objects: [FoundObject]) -> String {
    switch objects.count {
    case 0: "Nothing stands out from the background."
    case 1: "One object: \(objects[0].name)."
    default: "\(objects.count) objects, front to back: \(objects.map(\.name).joined(separator: ", "))."
    }
  }

  private static func analysis(of objects: [FoundObject]) -> PlanStep {
    PlanStep(
      id: "s01", name: "Analyze", type: .analyze, target: "the whole picture",
      prompt: "Find what stands out from the background, from front to back.", validate: .none)
  }

  private static func extraction(
    of object: FoundObject, number: Int, limits: [StepType: ValidationLimits]
  ) -> PlanStep {
    let wording = StepWording.extraction(of: object.name.lowercased())
    var validate = limits[.extract] ?? .layer
    // A small thing is no fault: the lower limit guards against empty layers, not against small objects.
    validate.minNonwhite = min(validate.minNonwhite, object.share / 2)
    return PlanStep(
      id: "s\(number.padded(to: 2))", name: object.name, type: .extract, target: object.name, prompt: wording.prompt,
      promptVariations: wording.variations, validate: validate, fallbacks: [.backgroundRemove])
  }

  private static func removal(of object: FoundObject, number: Int, limits: [StepType: ValidationLimits]) -> PlanStep {
    let what = object.name.lowercased()
    let wording = StepWording.removal(of: what)
    return PlanStep(
      id: "s\(number.padded(to: 2))", name: "Remove \(what)", type: .remove, target: object.name,
      prompt: wording.prompt, promptVariations: wording.variations, validate: limits[.remove] ?? .plate)
  }
}
