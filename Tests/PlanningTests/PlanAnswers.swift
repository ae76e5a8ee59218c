import FoundationEssentials
import Imaging
import Model
import Planning

/// A request for a plan of a plain picture, 400 × 200.
func makeRequest(_ wishes: PlanWishes = PlanWishes(), maxLayers: Int = 8) -> PlanningRequest {
  let size = (width: 400, height: 200)
  let picture = Picture(
    width: size.width, height: size.height, channels: 3,
    samples: .eight([UInt8](repeating: 120, count: size.width * size.height * 3)))
  let limits = Dictionary(uniqueKeysWithValues: StepType.allCases.map { ($0, ValidationLimits.standard(for: $0)) })
  return PlanningRequest(picture: picture, maxLayers: maxLayers, limits: limits, wishes: wishes)
}

/// One step as a model writes it; `fields` replace or add to a complete one.
func makeStep(_ type: String, _ name: String, _ fields: [String: JSONValue] = [:]) -> JSONValue {
  let whole: [String: JSONValue] = [
    "id": "s1", "type": .string(type), "name": .string(type == "REMOVE" ? "Remove \(name)" : name),
    "target": .string(name), "prompt": .string("Do it with the \(name)."),
    "prompt_variations": ["One.", "Two.", "Three."],
    "validate": ["min_nonwhite": 0.02, "max_nonwhite": 0.3], "fallbacks": [], "box": nil,
  ]
  return .object(whole.merging(fields) { _, new in new })
}

/// A whole answer with these steps.
func makeAnswer(_ steps: [JSONValue], summary: String = "A street.") -> String {
  text(.object(["scene_summary": .string(summary), "global_rules": ["Keep size."], "steps": .array(steps)]))
}

/// The value as JSON.
func text(_ value: JSONValue) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys]
  return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
}

extension PlanReader {
  /// The plan for the plain picture.
  static func read(_ answer: String, _ wishes: PlanWishes = PlanWishes(), maxLayers: Int = 8) throws -> ReadPlan {
    try PlanReader(makeRequest(wishes, maxLayers: maxLayers)).read(answer)
  }
}
