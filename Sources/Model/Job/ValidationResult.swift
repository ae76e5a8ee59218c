/// The verdict on one picture (DESIGN section 5), as `scenehf check --json` prints it and job.json keeps it.
package struct ValidationResult: Codable, Sendable, Hashable {
  package var passed: Bool
  /// `success`, `needsReview` or `failed`.
  package var status: StepStatus
  /// Measured values by their contract names, for example `nonwhite_ratio` (0...1) or `off_white_pixels`.
  package var metrics: [String: JSONValue]
  /// One sentence with the measured number and the limit; empty when everything passed.
  package var notes: String

  package init(status: StepStatus, metrics: [String: JSONValue] = [:], notes: String = "") {
    self.passed = status == .success
    self.status = status
    self.metrics = metrics
    self.notes = notes
  }
}

/// How much of a picture may differ from white; both are shares of all pixels, 0...1.
package struct ValidationLimits: Codable, Sendable, Hashable {
  package var minNonwhite: Double
  package var maxNonwhite: Double

  package init(minNonwhite: Double, maxNonwhite: Double) {
    self.minNonwhite = minNonwhite
    self.maxNonwhite = maxNonwhite
  }

  /// A layer: between a hundredth and half of the picture.
  package static let layer = ValidationLimits(minNonwhite: 0.01, maxNonwhite: 0.5)
  /// A cut-out of the whole foreground may fill up to four fifths.
  package static let cutout = ValidationLimits(minNonwhite: 0.01, maxNonwhite: 0.8)
  /// A plate is a full picture; nearly white means that the fill went wrong.
  package static let plate = ValidationLimits(minNonwhite: 0.2, maxNonwhite: 1)
  /// REFRAME and ANALYZE have no such limits.
  package static let none = ValidationLimits(minNonwhite: 0, maxNonwhite: 1)

  /// The limits of DESIGN section 5 for a kind of step.
  package static func standard(for type: StepType) -> ValidationLimits {
    switch type {
    case .extract: .layer
    case .backgroundRemove: .cutout
    case .remove: .plate
    case .analyze, .reframe, .upscale, .edit: .none
    }
  }

  private enum CodingKeys: String, CodingKey {
    case minNonwhite = "min_nonwhite"
    case maxNonwhite = "max_nonwhite"
  }
}
