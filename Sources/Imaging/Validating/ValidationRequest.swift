package import Model

/// What a picture is to be checked as, and against what (DESIGN section 5).
package struct ValidationRequest: Sendable {
  package var kind: StepType
  package var limits: ValidationLimits
  /// The picture that the step worked on; without it size and locality are not checked.
  package var source: Picture?
  /// Where a REMOVE may have changed the picture; outside it must be bit-equal to `source`.
  package var mask: Mask?
  /// What of the picture is layer; without it the background is found from the border.
  package var matte: Matte?
  /// How the answer that the picture was made of lay on the source, without what was put right; nil measures the picture
  /// itself.
  package var registration: Registration?
  /// How much of the mask's surroundings the answer to an EXTRACT did not clear, 0...1; nil where that is not known.
  package var paintedAround: Double?
  /// Width over height that a REFRAME aims at.
  package var aspect: Double
  /// Whether transparency is what is wanted: a cut-out with alpha is judged over white.
  package var allowsAlpha: Bool

  package init(kind: StepType, limits: ValidationLimits? = nil) {
    self.kind = kind
    self.limits = limits ?? .standard(for: kind)
    aspect = 16.0 / 9
    allowsAlpha = false
  }
}
