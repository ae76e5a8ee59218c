extension Step: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case id, index, name, type, status, prompt, validation, reason, limits
    case inputAssetID = "input_asset_id"
    case outputAssetID = "output_asset_id"
    case maskMode = "mask_mode"
    case maskAssetID = "mask_asset_id"
    case maskIntent = "mask_intent"
    case maskPrompt = "mask_prompt"
    case promptVariations = "prompt_variations"
    case customPrompt = "custom_prompt"
    case imageConfig = "image_config"
    case actionsAvailable = "actions_available"
    case outputsHistory = "outputs_history"
    case lastRunID = "last_run_id"
    case lastPromptUsed = "last_prompt_used"
    case matteAssetID = "matte_asset_id"
    case plateFirst = "plate_first"
    case runAs = "run_as"
    case appliedEdit = "applied_edit"
    case appliedMask = "applied_mask"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(headOf: container)
    inputAssetID = container.tolerant(.inputAssetID)
    outputAssetID = container.tolerant(.outputAssetID)
    maskMode = container.tolerant(.maskMode, else: .none)
    maskAssetID = container.tolerant(.maskAssetID)
    maskIntent = container.tolerant(.maskIntent)
    maskPrompt = container.tolerant(.maskPrompt)
    prompt = container.tolerant(.prompt, else: "")
    promptVariations = container.tolerant(.promptVariations, else: [])
    customPrompt = container.tolerant(.customPrompt)
    imageConfig = container.tolerant(.imageConfig, else: ImageConfig())
    limits = container.tolerant(.limits, else: limits)
    validation = container.tolerant(.validation)
    actionsAvailable = container.tolerant(.actionsAvailable, else: [])
    outputsHistory = container.tolerant(.outputsHistory, else: [])
    lastRunID = container.tolerant(.lastRunID)
    lastPromptUsed = container.tolerant(.lastPromptUsed)
    matteAssetID = container.tolerant(.matteAssetID)
    plateFirst = container.tolerant(.plateFirst)
    runAs = container.tolerant(.runAs)
    appliedEdit = container.tolerant(.appliedEdit)
    appliedMask = container.tolerant(.appliedMask)
    createdAt = container.tolerant(.createdAt, else: Timestamp(milliseconds: 0))
    updatedAt = container.tolerant(.updatedAt, else: createdAt)
    unknown = try UnknownKeys(from: decoder, besides: CodingKeys.self)
  }

  /// What a job's outline tells of a step.
  private init(headOf container: KeyedDecodingContainer<CodingKeys>) throws {
    id = try container.decode(String.self, forKey: .id)
    type = try container.decode(StepType.self, forKey: .type)
    status = try container.decodeIfPresent(StepStatus.self, forKey: .status) ?? .queued
    index = container.tolerant(.index, else: 1)
    name = container.tolerant(.name, else: id)
    limits = .standard(for: type)
    reason = container.tolerant(.reason)
    // The sentence of a step in need; that of others is never shown, and measured values are long.
    if needsPerson, reason == nil { validation = container.tolerant(.validation) }
  }

  /// A step of which only that is read.
  struct Outlined: Decodable {
    let step: Step

    init(from decoder: any Decoder) throws {
      step = try Step(headOf: decoder.container(keyedBy: CodingKeys.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    try unknown.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(index, forKey: .index)
    try container.encode(name, forKey: .name)
    try container.encode(type, forKey: .type)
    try container.encode(status, forKey: .status)
    try container.encode(inputAssetID, forKey: .inputAssetID)
    try container.encode(outputAssetID, forKey: .outputAssetID)
    try container.encode(maskMode, forKey: .maskMode)
    try container.encode(maskAssetID, forKey: .maskAssetID)
    try container.encode(maskIntent, forKey: .maskIntent)
    try container.encode(maskPrompt, forKey: .maskPrompt)
    try container.encode(prompt, forKey: .prompt)
    try container.encode(promptVariations, forKey: .promptVariations)
    try container.encode(customPrompt, forKey: .customPrompt)
    try container.encode(imageConfig, forKey: .imageConfig)
    try container.encode(limits, forKey: .limits)
    try container.encode(validation, forKey: .validation)
    try container.encode(actionsAvailable, forKey: .actionsAvailable)
    try container.encode(outputsHistory, forKey: .outputsHistory)
    try container.encode(lastRunID, forKey: .lastRunID)
    try container.encode(lastPromptUsed, forKey: .lastPromptUsed)
    try container.encode(reason, forKey: .reason)
    try container.encode(matteAssetID, forKey: .matteAssetID)
    try container.encode(plateFirst, forKey: .plateFirst)
    try container.encode(runAs, forKey: .runAs)
    try container.encode(appliedEdit, forKey: .appliedEdit)
    try container.encode(appliedMask, forKey: .appliedMask)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(updatedAt, forKey: .updatedAt)
  }
}
