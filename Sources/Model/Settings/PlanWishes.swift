/// What is made of a picture.
package enum PlanGoal: String, Sendable, Hashable, CaseIterable {
  /// Layers, front to back, and the plate behind them.
  case layers
  /// The foreground as one layer; nothing is looked for or filled.
  case cutout
  /// The picture in another aspect, its edges continued.
  case reframe
}

/// What a person wants of every plan made for a preset's pictures; all of it optional.
package struct PlanWishes: Sendable, Hashable {
  /// Nil: layers.
  package var goal: PlanGoal?
  /// Whether the picture is also made in another aspect.
  package var reframes: Bool
  /// What the pictures show, in a person's words, for planners that read.
  package var sceneDescription: String?
  /// How many layers there must be; nil leaves it to the planner.
  package var layerCount: Int?
  /// The layers there must be, by name, front to back; empty leaves them to the planner.
  package var layerNames: [String]
  /// Whether people, animals and other figures stay in the plate instead of becoming layers.
  package var excludeCharacters: Bool

  package init(
    goal: PlanGoal? = nil, reframes: Bool = false, sceneDescription: String? = nil, layerCount: Int? = nil,
    layerNames: [String] = [], excludeCharacters: Bool = false
  ) {
    self.goal = goal
    self.reframes = reframes
    self.sceneDescription = sceneDescription
    self.layerCount = layerCount
    self.layerNames = layerNames
    self.excludeCharacters = excludeCharacters
  }

  /// How many layers there must be, by count or by names; nil where neither is given.
  package var exactLayers: Int? { layerNames.isEmpty ? layerCount : layerNames.count }
}

extension Job {
  /// What the job's preset wants of its plan, as intake noted it in `metadata.plan_wishes`.
  package var planWishes: PlanWishes {
    guard case .object(let fields)? = metadata["plan_wishes"] else { return PlanWishes() }
    var wishes = PlanWishes(sceneDescription: fields["scene_description"]?.text)
    if case .integer(let count)? = fields["layer_count"] { wishes.layerCount = count }
    if case .array(let names)? = fields["layers"] { wishes.layerNames = names.compactMap(\.text) }
    wishes.excludeCharacters = fields["exclude_characters"] == .bool(true)
    wishes.goal = fields["make"]?.text.flatMap(PlanGoal.init)
    wishes.reframes = fields["reframe"] == .bool(true)
    return wishes
  }
}
