/// One step of a job: what to do, where it stands, and what came of it.
package struct Step: Sendable, Hashable, Identifiable {
  /// The id of the plan's step that this one carries out.
  package var id: String
  /// 1 for the first; the `NN` of the files in a face.
  package var index: Int
  package var name: String
  package var type: StepType
  package var status: StepStatus = .queued
  /// The picture the last run worked on.
  package var inputAssetID: String?
  /// What passed, was accepted, or is the best candidate so far.
  package var outputAssetID: String?
  package var maskMode: MaskMode = .none
  package var maskAssetID: String?
  package var maskIntent: MaskIntent?
  package var maskPrompt: String?
  package var prompt: String = ""
  package var promptVariations: [String] = []
  /// A person's wording; it replaces `prompt` and its variations.
  package var customPrompt: String?
  package var imageConfig = ImageConfig()
  package var limits: ValidationLimits
  package var validation: ValidationResult?
  package var actionsAvailable: [StepAction] = []
  package var outputsHistory: [StepOutput] = []
  /// 10 hex digits.
  package var lastRunID: String?
  package var lastPromptUsed: String?
  /// Why the step stands where it stands, in a sentence; nil while there is nothing to say.
  package var reason: String?
  /// The matte of the output, a MASK asset, where one is known.
  package var matteAssetID: String?
  /// What is removed from the picture before the step runs on it.
  package var plateFirst: PlateFirst?
  /// What a person asked to run instead of `type`, such as a background removal for an extraction.
  package var runAs: StepType?
  /// The hash of the last edit that was acted on; the same edit is never acted on twice.
  package var appliedEdit: String?
  /// The hash of the mask file that was used last.
  package var appliedMask: String?
  package var createdAt: Timestamp = .now
  package var updatedAt: Timestamp = .now
  package var unknown = UnknownKeys()

  /// A queued step that carries out `planned`, the `index`-th of its plan (from 1).
  package init(_ planned: PlanStep, index: Int) {
    id = planned.id
    self.index = index
    name = planned.name
    type = planned.type
    prompt = planned.prompt
    promptVariations = planned.promptVariations
    limits = planned.validate
  }
}

extension Step {
  /// The wording that the next run begins with.
  package var effectivePrompt: String { customPrompt ?? prompt }

  /// The wordings of the automatic tries, in order: a person's wording stands alone.
  package var promptsToTry: [String] {
    if let customPrompt { return [customPrompt] }
    return [prompt] + promptVariations.filter { $0 != prompt }
  }

  /// Whether the step is settled well: nothing is left to do and others may build on its output.
  package var isSettledWell: Bool { status == .success || status == .skipped }

  /// Whether the step waits for a person.
  package var needsPerson: Bool { status == .needsReview || status == .failed }

  /// What a person may ask of the step while it waits for them.
  package var actionsForPerson: [StepAction] {
    var actions: [StepAction] = outputAssetID == nil ? [.retry] : [.accept, .retry]
    if type == .extract || type == .backgroundRemove { actions += [.backgroundRemove, .plateAndRetry] }
    return actions + [.skip, .stop]
  }

  /// Whether later steps that take the picture take this step's output instead of what came before.
  package var makesPlate: Bool { type == .remove }

  /// `02-red-car`: the number and the name as every file of this step in a face begins.
  package var fileStem: String { "\(index.padded(to: 2))-\(Slug.make(from: name, fallback: type.rawValue))" }
}

/// A plate that is made before a step runs, so that the step sees what something else lies in front of.
package struct PlateFirst: Codable, Sendable, Hashable {
  package var prompt: String
  /// A MASK asset that marks what to remove; nil leaves that to the prompt.
  package var maskAssetID: String?

  package init(prompt: String, maskAssetID: String? = nil) {
    self.prompt = prompt
    self.maskAssetID = maskAssetID
  }

  private enum CodingKeys: String, CodingKey {
    case prompt
    case maskAssetID = "mask_asset_id"
  }
}

/// Which service makes the picture of a step; a nil field leaves the choice to the settings.
package struct ImageConfig: Codable, Sendable, Hashable {
  package var provider: String?
  package var model: String?
  package var unknown = UnknownKeys()

  package init(provider: String? = nil, model: String? = nil) {
    self.provider = provider
    self.model = model
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case provider, model
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    provider = container.tolerant(.provider)
    model = container.tolerant(.model)
    unknown = try UnknownKeys(from: decoder, besides: CodingKeys.self)
  }

  package func encode(to encoder: any Encoder) throws {
    try unknown.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(provider, forKey: .provider)
    try container.encode(model, forKey: .model)
  }
}

/// One candidate of a step, kept and listed whether it was chosen or not.
package struct StepOutput: Codable, Sendable, Hashable {
  package var runID: String
  package var assetID: String
  package var createdAt: Timestamp
  package var prompt: String
  /// Higher is better; only comparable within one step.
  package var score: Double
  package var status: StepStatus
  package var notes: String
  /// The matte of the picture, a MASK asset, where one is known.
  package var matteAssetID: String?
  /// What was measured; nil in records of the web tool.
  package var validation: ValidationResult?
  /// Who made it; nil in records of the web tool.
  package var provider: String?

  package init(
    runID: String, assetID: String, createdAt: Timestamp = .now, prompt: String, score: Double, status: StepStatus,
    notes: String, matteAssetID: String? = nil, validation: ValidationResult? = nil, provider: String? = nil
  ) {
    self.matteAssetID = matteAssetID
    self.validation = validation
    self.provider = provider
    self.runID = runID
    self.assetID = assetID
    self.createdAt = createdAt
    self.prompt = prompt
    self.score = score
    self.status = status
    self.notes = notes
  }

  private enum CodingKeys: String, CodingKey {
    case prompt, score, status, notes, validation, provider
    case matteAssetID = "matte_asset_id"
    case runID = "run_id"
    case assetID = "asset_id"
    case createdAt = "created_at"
  }
}
