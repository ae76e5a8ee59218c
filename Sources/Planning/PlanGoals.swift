import Model

/// The parts of a plan that need no look at the picture: a person asked for them.
extension PlanningRequest {
  /// The whole plan where no layers are wanted; nil where somebody must look. No model is asked, nothing is paid.
  package var planWithoutLooking: PlannedScene? {
    var steps: [PlanStep] = []
    switch wishes.goal ?? .layers {
    case .layers: return nil
    case .cutout: steps = [cutout(id: "s01")] + (wishes.reframes ? [reframing(id: "s02")] : [])
    case .reframe: steps = [reframing(id: "s01")]
    }
    let plan = Plan(sceneSummary: wishes.sceneDescription ?? "", globalRules: ["Keep size and position."], steps: steps)
    return PlannedScene(plan: plan, masks: [:], findings: [], model: "")
  }

  /// The plan with the REFRAME that a person asked for besides layers, unless it has one.
  ///
  /// It follows the ANALYZE, so that it takes the whole picture and not a plate.
  package func addingReframe(to scene: PlannedScene) -> PlannedScene {
    guard wishes.reframes, !scene.plan.steps.contains(where: { $0.type == .reframe }) else { return scene }
    var scene = scene
    let place = scene.plan.steps.prefix { $0.type == .analyze }.count
    scene.plan.steps.insert(reframing(id: "reframe"), at: place)
    return scene
  }

  private func cutout(id: String) -> PlanStep {
    let wording = StepWording.backgroundRemoval
    return PlanStep(
      id: id, name: "Cutout", type: .backgroundRemove, target: "the foreground", prompt: wording.prompt,
      promptVariations: wording.variations, validate: limits[.backgroundRemove] ?? .standard(for: .backgroundRemove))
  }

  private func reframing(id: String) -> PlanStep {
    let wording = StepWording.reframing
    return PlanStep(
      id: id, name: "Reframe", type: .reframe, target: "the whole picture", prompt: wording.prompt,
      promptVariations: wording.variations, validate: .none)
  }
}
