/// What one run of a step did: the contents of `history/<time>_<step>_<run>.json`.
package struct HistoryRecord: Codable, Sendable, Hashable {
  package var runID: String
  package var jobID: String
  package var stepID: String
  package var stepName: String
  package var type: StepType
  /// From 1, counted over the automatic tries of one request.
  package var attempt: Int
  package var startedAt: Timestamp
  package var finishedAt: Timestamp?
  package var provider: String
  package var model: String
  package var prompt: String
  package var inputAssetID: String?
  package var maskAssetID: String?
  package var maskMode: MaskMode
  /// The vendor's id of the call, where it gave one.
  package var requestID: String?
  /// In US dollars, where known.
  package var cost: Double?
  package var rawAssetID: String?
  package var outputAssetID: String?
  package var status: StepStatus
  package var validation: ValidationResult?
  package var error: String?

  /// A call for a plan: there is no step yet.
  package init(
    runID: String, jobID: String, planBy provider: String, model: String, prompt: String, startedAt: Timestamp = .now
  ) {
    self.runID = runID
    self.jobID = jobID
    stepID = CallRecord.planStepID
    stepName = "Plan"
    type = .analyze
    attempt = 1
    self.startedAt = startedAt
    self.provider = provider
    self.model = model
    self.prompt = prompt
    maskMode = .none
    status = .running
  }

  package init(
    runID: String, jobID: String, step: Step, attempt: Int, startedAt: Timestamp = .now, provider: String,
    model: String, prompt: String
  ) {
    self.runID = runID
    self.jobID = jobID
    stepID = step.id
    stepName = step.name
    type = step.type
    self.attempt = attempt
    self.startedAt = startedAt
    self.provider = provider
    self.model = model
    self.prompt = prompt
    maskAssetID = step.maskAssetID
    maskMode = step.maskMode
    status = .running
  }

  private enum CodingKeys: String, CodingKey {
    case type, attempt, provider, model, prompt, cost, status, validation, error
    case runID = "run_id"
    case jobID = "job_id"
    case stepID = "step_id"
    case stepName = "step_name"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case inputAssetID = "input_asset_id"
    case maskAssetID = "mask_asset_id"
    case maskMode = "mask_mode"
    case requestID = "request_id"
    case rawAssetID = "raw_asset_id"
    case outputAssetID = "output_asset_id"
  }

  /// The record's file in `history/`: sorted by name is sorted by time.
  ///
  /// Ids come from planners and from other programs' files: what is no plain letter or digit is replaced.
  package var fileName: String { "\(startedAt.compact)_\(Self.plain(stepID))_\(Self.plain(runID)).json" }

  private static func plain(_ id: String) -> String {
    String(id.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
  }
}
