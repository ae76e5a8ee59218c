package import Imaging
package import Model

/// Something that makes a plan of a picture: the plug-in point for planners.
///
/// A plan is data (DESIGN section 8). Whatever a conformer hears from a model, it returns closed step types
/// and limits within the settings, or throws.
package protocol Planner: Sendable {
  /// The name in `planner_provider`, for example `local`.
  var name: String { get }
  /// The plan for one picture, and where the planner saw what.
  func plan(_ request: PlanningRequest) async throws(PlanningError) -> PlannedScene
  /// A model's plan with the masks that its boxes stand for, as far as this planner can see them.
  func scene(of reading: ReadPlan, _ request: PlanningRequest) async -> PlannedScene
}

extension Planner {
  /// No masks: what the plan says in words has to do.
  package func scene(of reading: ReadPlan, _ request: PlanningRequest) async -> PlannedScene { PlannedScene(reading) }
}

/// What a planner is given.
package struct PlanningRequest: Sendable {
  /// Upright.
  package var picture: Picture
  /// What a person marked as the objects, of the picture's size: then nothing else is looked for.
  package var objects: Mask?
  package var maxLayers: Int
  /// The limits that steps begin with, by type.
  package var limits: [StepType: ValidationLimits]
  /// What a person wants of the plan.
  package var wishes: PlanWishes

  package init(
    picture: Picture, objects: Mask? = nil, maxLayers: Int, limits: [StepType: ValidationLimits],
    wishes: PlanWishes = PlanWishes()
  ) {
    self.picture = picture
    self.objects = objects
    self.maxLayers = maxLayers
    self.limits = limits
    self.wishes = wishes
  }
}

/// A plan together with what it was made from.
package struct PlannedScene: Sendable {
  package var plan: Plan
  /// What each step works on, by the plan step's id, where the planner knows it.
  package var masks: [String: StepMask]
  /// What was found, for the ANALYZE step's picture.
  package var findings: [Finding]
  /// Who planned; nil for the embedded planner.
  package var provider: String?
  package var model: String

  package init(plan: Plan, masks: [String: StepMask], findings: [Finding], model: String) {
    self.plan = plan
    self.masks = masks
    self.findings = findings
    self.model = model
  }

  /// A model's plan without masks; its boxes are shown as findings.
  init(_ reading: ReadPlan) {
    let findings = reading.plan.steps.filter { $0.type == .extract }.compactMap { step in
      reading.boxes[step.id].map { Finding(label: step.name, box: $0) }
    }
    self.init(plan: reading.plan, masks: [:], findings: findings, model: "")
  }

  /// A mask and what it is for.
  package struct StepMask: Sendable {
    package var mask: Mask
    package var intent: MaskIntent
    /// What the planner saw more finely than the mask says: of an EXTRACT the object's soft matte, of a REMOVE
    /// what else is no background.
    package var guide: Matte?

    package init(_ mask: Mask, intent: MaskIntent, guide: Matte? = nil) {
      self.mask = mask
      self.intent = intent
      self.guide = guide
    }
  }
}

/// Why there is no plan, in a sentence that ends with what to do.
package struct PlanningError: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
