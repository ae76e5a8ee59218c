import Imaging
import Model
import Planning

/// A planner that makes the plan it was told, an ANALYZE first.
struct SpokenPlanner: Planner {
  let name = "spoken"
  var steps: [PlanStep]
  /// By the step's name.
  var masks: [String: PlannedScene.StepMask] = [:]

  func plan(_ request: PlanningRequest) async throws(PlanningError) -> PlannedScene {
    let analyze = PlanStep(id: "s01", name: "Analyze", type: .analyze, target: "all", prompt: "Look.", validate: .none)
    var masksByID: [String: PlannedScene.StepMask] = [:]
    for step in steps { masksByID[step.id] = masks[step.name] }
    return PlannedScene(
      plan: Plan(sceneSummary: "As told.", steps: [analyze] + steps), masks: masksByID, findings: [], model: "spoken-1")
  }
}

/// Steps named by what they do, numbered from 2.
func steps(_ made: (StepType, String, String)...) -> [PlanStep] {
  made.enumerated().map { index, step in
    PlanStep(
      id: "s0\(index + 2)", name: step.1, type: step.0, target: step.1, prompt: step.2,
      validate: .standard(for: step.0))
  }
}
