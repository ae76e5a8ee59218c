import Blocking
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import Running
import Storage

/// What may be changed about a step: the body of a PATCH and, optional, of every action.
struct StepChange: Decodable, Sendable {
  /// For the routes that name the step in the body.
  var stepID: String?
  /// A person's wording.
  var customPrompt: String?
  /// The same, as older clients say it.
  var prompt: String?
  var maskMode: MaskMode?
  var maskAssetID: String?
  var imageConfig: ServiceChoice?
  /// Shares of the picture, 0...1.
  var minNonwhite: Double?
  var maxNonwhite: Double?
  /// For an accept: the earlier try to take, from 1 as `outputs_history` lists them.
  var pick: Int?
  /// For plate-and-retry: how to remove what lies in front, and a mask that marks it.
  var platePrompt: String?
  var plateMaskAssetID: String?

  /// The service and model for the step. job.json reads these tolerantly; a body must be right.
  struct ServiceChoice: Decodable, Sendable {
    var provider: String?
    var model: String?
  }

  private enum CodingKeys: String, CodingKey {
    case prompt, pick
    case stepID = "step_id"
    case customPrompt = "custom_prompt"
    case maskMode = "mask_mode"
    case maskAssetID = "mask_asset_id"
    case imageConfig = "image_config"
    case minNonwhite = "min_nonwhite"
    case maxNonwhite = "max_nonwhite"
    case platePrompt = "plate_prompt"
    case plateMaskAssetID = "plate_mask_asset_id"
  }

  private static let longestPrompt = 8000
  private static let mostTries = 10_000

  /// The same change in the words of the edit file, checked.
  func retry() throws(APIError) -> Actions.Retry {
    var retry = Actions.Retry()
    retry.prompt = customPrompt ?? prompt
    retry.provider = imageConfig?.provider
    retry.model = imageConfig?.model
    retry.minNonwhite = try Self.share(minNonwhite, "min_nonwhite")
    retry.maxNonwhite = try Self.share(maxNonwhite, "max_nonwhite")
    for text in [customPrompt, prompt, platePrompt].compactMap({ $0 })
    where text.unicodeScalars.count > Self.longestPrompt || text.allSatisfy(\.isWhitespace) {
      throw APIError(
        .unprocessableContent, "invalid_body", "A prompt has 1 to \(Self.longestPrompt) characters and is not blank.")
    }
    if let pick, !(1...Self.mostTries).contains(pick) {
      throw APIError(.unprocessableContent, "invalid_body", "\"pick\" is a number from 1 to \(Self.mostTries).")
    }
    if let maskAssetID, maskMode != MaskMode.none {
      retry.mask = .asset(maskAssetID)
    } else if maskMode == MaskMode.none {
      retry.mask = .remove
    }
    return retry
  }

  private static func share(_ value: Double?, _ name: String) throws(APIError) -> Double? {
    guard let value else { return nil }
    guard (0...1).contains(value) else {
      throw APIError(.unprocessableContent, "invalid_body", "\"\(name)\" is a share of the picture, from 0 to 1.")
    }
    return value
  }
}

/// Single steps: what the edit file does, over HTTP, through the same actions.
extension API {
  /// What a route does to its step.
  enum StepVerb: Sendable {
    case run
    case action(StepAction)
  }

  /// `POST /api/jobs/{id}/steps/{step}/…`.
  func act(_ verb: StepVerb, _ request: Request, _ visit: Visit) async throws -> Response {
    let change = try await body(StepChange.self, of: request) ?? StepChange()
    let id = try jobID(of: visit)
    return Answer.json(
      try await carryOut { api in
        let job = try api.store.load(id)
        try api.act(verb, on: try api.step(of: visit, in: job), of: job, change)
        return id
      })
  }

  /// `POST /api/jobs/{id}/run-step` and the like, which name the step in the body; without a name it is the
  /// first step that needs somebody.
  func actOnNamedStep(_ verb: StepVerb, _ request: Request, _ visit: Visit) async throws -> Response {
    let change = try await body(StepChange.self, of: request) ?? StepChange()
    let id = try jobID(of: visit)
    return Answer.json(
      try await carryOut { api in
        let job = try api.store.load(id)
        try api.act(verb, on: try api.step(named: change.stepID, in: job), of: job, change)
        return id
      })
  }

  private func act(_ verb: StepVerb, on step: Step, of job: Job, _ change: StepChange) throws {
    var retry = try change.retry()
    switch verb {
    case .run where step.status == .queued:
      if job.isHeld || job.status == .cancelled { try actions.resume(job.id) }
    case .run, .action(.retry):
      try actions.retry(job.id, step.id, retry)
    case .action(.backgroundRemove):
      retry.runAs = .backgroundRemove
      try actions.retry(job.id, step.id, retry)
    case .action(.accept):
      if let number = change.pick {
        try actions.pick(job.id, step.id, number)
      } else {
        try actions.accept(job.id, step.id)
      }
    case .action(.skip): try actions.skip(job.id, step.id)
    case .action(.stop): try actions.cancel(job.id)
    case .action(.plateAndRetry):
      retry.platePrompt = change.platePrompt ?? Actions.Retry.platePrompt(for: step, of: job)
      if let id = change.plateMaskAssetID {
        guard let asset = job.assets[id], asset.kind == .mask else {
          throw RunningError.notPossible("There is no mask \(id) in this job. Send one to assets/mask first.")
        }
        retry.plateMask = try store.read(asset, of: job.id)
      }
      try actions.retry(job.id, step.id, retry)
    }
  }

  /// `PATCH /api/jobs/{id}/steps/{step}`: changes what the next run uses, without running it.
  func adjust(_ request: Request, _ visit: Visit) async throws -> Response {
    guard let change = try await body(StepChange.self, of: request) else {
      throw APIError(.unprocessableContent, "invalid_body", "Say in a JSON body what to change.")
    }
    let id = try jobID(of: visit)
    let retry = try change.retry()
    let job = try await pool.run {
      let job = try store.load(id)
      try actions.adjust(id, try step(of: visit, in: job).id, retry)
      return try store.load(id)
    }
    return Answer.json(job)
  }

  /// `GET /api/jobs/{id}/steps/{step}/history`: every run, oldest first.
  func history(_ visit: Visit) async throws -> Response {
    let id = try jobID(of: visit)
    return Answer.json(
      try await pool.run {
        let step = try step(of: visit, in: try store.load(id))
        return try store.history(of: id).filter { $0.stepID == step.id }
      })
  }
}
