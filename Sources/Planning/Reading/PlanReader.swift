package import Imaging
package import Model

/// Reads a model's answer into a plan: closed data, mended within the rules or refused with a reason.
///
/// The rules (DESIGN section 8): closed step types; bounded texts without addresses and paths; 3 to 5 wordings
/// beside the prompt; limits within the settings; the order of a peeled scene; as many layers as the settings,
/// or exactly as many as a person wants. Keys that no rule names (a provider, a model, a key) are never looked at.
package struct PlanReader: Sendable {
  package let wishes: PlanWishes
  package let maxLayers: Int
  package let limits: [StepType: ValidationLimits]
  /// Of the source, for boxes.
  package let size: Size

  package init(_ request: PlanningRequest) {
    wishes = request.wishes
    maxLayers = request.maxLayers
    limits = request.limits
    size = request.picture.size
  }

  /// More steps than this in an answer are not looked at.
  static let mostSteps = 64

  /// The plan in `answer`. Throws where nothing usable is in it; the reason completes "the plan was refused: ".
  package func read(_ answer: String) throws(PlanRefusal) -> ReadPlan {
    let fields = try AnswerText.planFields(in: answer)
    guard case .array(let items)? = fields["steps"] else { throw PlanRefusal("\"steps\" is not a list") }
    var reading = ReadPlan()
    var drafts: [StepDraft] = []
    for (index, item) in items.prefix(Self.mostSteps).enumerated() {
      if let draft = StepReader(number: index + 1, size: size).draft(of: item, &reading) { drafts.append(draft) }
    }
    guard !drafts.isEmpty else {
      throw PlanRefusal("none of its \(items.count) steps is of a known type; the types are \(StepReader.typeNames)")
    }
    let shape = PlanShape(wishes: wishes, maxLayers: maxLayers, limits: limits)
    let steps = try shape.steps(from: drafts, &reading)
    let summary = PlainWords.clean(fields["scene_summary"]?.text ?? "", limit: PlainWords.summaryLimit)
    reading.plan = Plan(
      sceneSummary: summary.isEmpty ? shape.summary(of: steps) : summary, globalRules: rules(fields["global_rules"]),
      steps: steps)
    return reading
  }

  private static let mostRules = 10

  private func rules(_ value: JSONValue?) -> [String] {
    guard case .array(let items)? = value else { return [] }
    return items.prefix(Self.mostRules).compactMap(\.text)
      .map { PlainWords.clean($0, limit: PlainWords.ruleLimit) }.filter { !$0.isEmpty }
  }
}

/// What was read: the plan, whole and within the rules, and what had to be done to make it so.
package struct ReadPlan: Sendable, Hashable {
  package var plan = Plan(sceneSummary: "", steps: [])
  /// Where the model saw what a step works on, by the plan step's id, in pixels of the source.
  package var boxes: [String: Box] = [:]
  /// What was mended, in sentences.
  package var notes: [String] = []
  /// What is worth asking the model for once more; the plan can be used without it.
  package var shortcomings: [String] = []
  /// What a person asked for and the plan lacks: it is used only if nobody plans better.
  package var breaches: [String] = []
}

/// Why an answer is no plan: the end of a sentence, for a person and for the model's second try.
package struct PlanRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
