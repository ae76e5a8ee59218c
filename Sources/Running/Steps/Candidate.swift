import Model

/// One picture that a try made, saved and measured.
struct Candidate: Sendable {
  var runID: String
  var prompt: String
  var provider: String
  var outputAssetID: String
  var matteAssetID: String?
  var validation: ValidationResult

  /// How good the picture is, for choosing among tries that did not pass: a pass counts 1, a failure that
  /// a person could still accept between 0 and 1 by how far it is outside its limits.
  var score: Double {
    switch validation.status {
    case .success: return 1
    case .needsReview: return 0.5 + 0.4 / (1 + distance)
    default: return 0.4 / (1 + distance)
    }
  }

  /// The sum of all shares by which limits are missed.
  private var distance: Double {
    let share = validation.metrics["nonwhite_ratio"]?.double ?? 0
    let haze = validation.metrics["off_white_pixels"]?.double ?? 0
    let low = validation.metrics["min_nonwhite"]?.double ?? 0
    let high = validation.metrics["max_nonwhite"]?.double ?? 1
    return max(0, low - share) + max(0, share - high) + (haze > 0 ? 0.1 + haze / 1_000_000 : 0)
  }

  /// As the step lists it.
  var listed: StepOutput {
    StepOutput(
      runID: runID, assetID: outputAssetID, prompt: prompt, score: score, status: validation.status,
      notes: validation.notes, matteAssetID: matteAssetID, validation: validation, provider: provider)
  }
}
