/// What a planner made of a picture: data, never instructions (DESIGN section 8).
package struct Plan: Codable, Sendable, Hashable {
  package var sceneSummary: String
  package var globalRules: [String]
  package var steps: [PlanStep]
  package var unknown = UnknownKeys()

  package init(sceneSummary: String, globalRules: [String] = [], steps: [PlanStep]) {
    self.sceneSummary = sceneSummary
    self.globalRules = globalRules
    self.steps = steps
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case steps
    case sceneSummary = "scene_summary"
    case globalRules = "global_rules"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    sceneSummary = container.tolerant(.sceneSummary, else: "")
    globalRules = container.tolerant(.globalRules, else: [])
    steps = try container.decodeIfPresent([PlanStep].self, forKey: .steps) ?? []
    unknown = try UnknownKeys(from: decoder, besides: CodingKeys.self)
  }

  package func encode(to encoder: any Encoder) throws {
    try unknown.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sceneSummary, forKey: .sceneSummary)
    try container.encode(globalRules, forKey: .globalRules)
    try container.encode(steps, forKey: .steps)
  }
}

/// One step as the planner described it; `Step` is what became of it.
package struct PlanStep: Codable, Sendable, Hashable, Identifiable {
  package var id: String
  package var name: String
  package var type: StepType
  /// What the step works on, in words; equal for the EXTRACT and the REMOVE of one object.
  package var target: String
  package var prompt: String
  /// 3 to 5 other wordings, tried in order when the first does not pass.
  package var promptVariations: [String]
  package var validate: ValidationLimits
  package var fallbacks: [StepAction]
  package var unknown = UnknownKeys()

  package init(
    id: String, name: String, type: StepType, target: String, prompt: String, promptVariations: [String] = [],
    validate: ValidationLimits, fallbacks: [StepAction] = []
  ) {
    self.id = id
    self.name = name
    self.type = type
    self.target = target
    self.prompt = prompt
    self.promptVariations = promptVariations
    self.validate = validate
    self.fallbacks = fallbacks
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, type, target, prompt, validate, fallbacks
    case promptVariations = "prompt_variations"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    name = container.tolerant(.name, else: id)
    type = try container.decode(StepType.self, forKey: .type)
    target = container.tolerant(.target, else: "")
    prompt = container.tolerant(.prompt, else: "")
    promptVariations = container.tolerant(.promptVariations, else: [])
    validate = container.tolerant(.validate, else: .standard(for: type))
    fallbacks = container.tolerant(.fallbacks, else: [])
    unknown = try UnknownKeys(from: decoder, besides: CodingKeys.self)
  }

  package func encode(to encoder: any Encoder) throws {
    try unknown.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(name, forKey: .name)
    try container.encode(type, forKey: .type)
    try container.encode(target, forKey: .target)
    try container.encode(prompt, forKey: .prompt)
    try container.encode(promptVariations, forKey: .promptVariations)
    try container.encode(validate, forKey: .validate)
    try container.encode(fallbacks, forKey: .fallbacks)
  }
}
