import ImageServices
import Imaging
import Model

/// Turns a service's raw answer into the step's picture and measures it (DESIGN sections 4 and 5).
///
/// Source-true: the answer decides where, the input picture decides what. The answer's own pixels are used
/// only for what a REMOVE fills, or throughout with `colors: provider`.
struct Composition {
  let step: Step
  let picture: Picture
  let mask: Mask?
  let settings: Settings
  let limits: DecodingLimits
  var decoder = PictureDecoder()

  /// A composed picture, encoded, with its measurements.
  struct Made {
    var file: [UInt8]
    var kind: AssetKind
    var size: Size
    /// The matte as a grey PNG, for steps that make layers.
    var matte: [UInt8]?
    var validation: ValidationResult
  }

  private var kind: StepType { step.runAs ?? step.type }

  /// Throws an `ImagingError` where the answer cannot be decoded.
  func compose(_ file: [UInt8], _ placement: Placement? = nil) throws -> Made {
    let raw = try decoder.decode(file, limits: limits).picture
    // An answer whose pixels have no known place goes on as it came and fails the size check.
    // Services see the picture in sRGB, and answer in it.
    let answer = placement.flatMap { $0.placed(raw.inSRGB(), onto: picture.inSRGB()) } ?? raw
    switch kind {
    case .extract, .backgroundRemove: return try layer(from: answer)
    case .remove: return try plate(from: answer)
    case .reframe: return try finish(picture.reframed(fromAnswer: answer) ?? answer, kind: .plate, matte: nil)
    case .analyze, .upscale, .edit: return try finish(answer, kind: .plate, matte: nil)
    }
  }

  private func layer(from answer: Picture) throws -> Made {
    let kind: AssetKind = self.kind == .backgroundRemove ? .backgroundRemoved : .layer
    guard answer.size == picture.size else { return try finish(answer, kind: kind, matte: nil) }
    let made = picture.layer(
      fromAnswer: answer, mask: mask, colours: settings.colors == .source ? .source : .answer,
      whiteTolerance: settings.whiteTolerance, standsAlone: kind == .layer)
    return try finish(made.picture, kind: kind, matte: made.matte, correction: made.correction)
  }

  /// An answer of another size is a finding, never stretched: it is kept as it came and fails `size_match`.
  private func plate(from answer: Picture) throws -> Made {
    guard answer.size == picture.size else { return try finish(answer, kind: .plate, matte: nil) }
    let made = picture.plate(fromAnswer: answer, mask: mask)
    return try finish(made.picture, kind: .plate, matte: nil, correction: made.correction)
  }

  /// Encodes first and measures what was encoded: the check is of the file that people get.
  private func finish(
    _ made: Picture, kind assetKind: AssetKind, matte: Matte?, correction: Correction = Correction()
  ) throws -> Made {
    let file = try encodePNG(made, preset: .compact)
    var checks = ValidationRequest(kind: kind, limits: effectiveLimits)
    checks.source = picture
    checks.mask = mask
    checks.matte = matte
    checks.registration = correction.remaining
    // Where a person drew the mask, the mask says where the edge of the thing is, not the answer.
    checks.paintedAround = step.maskMode == .manual ? nil : correction.paintedAround
    checks.aspect = settings.reframeAspect
    var validation = validate(file, checks, decoding: limits)
    // A plate of a white sheet has been judged by a lower one.
    validation.metrics["min_nonwhite"] = validation.metrics["min_nonwhite"] ?? .number(effectiveLimits.minNonwhite)
    validation.metrics["max_nonwhite"] = .number(effectiveLimits.maxNonwhite)
    validation.metrics.merge(correction.metrics) { _, new in new }
    return Made(
      file: file, kind: assetKind, size: made.size, matte: try matte.map { try encodePNG($0) },
      validation: validation)
  }

  /// A step that runs as a background removal is judged as one, unless a person set limits.
  private var effectiveLimits: ValidationLimits {
    guard step.runAs == .backgroundRemove, step.limits == settings.limits(for: step.type) else { return step.limits }
    return settings.cutoutLimits
  }
}

extension Correction {
  /// What was put right, as metrics: `corrected_shift_x`, `corrected_shift_y` in pixels, `corrected_drift` in levels.
  fileprivate var metrics: [String: JSONValue] {
    var metrics: [String: JSONValue] = [:]
    if let putBack {
      metrics["corrected_shift_x"] = .number(putBack.x)
      metrics["corrected_shift_y"] = .number(putBack.y)
    }
    if let driftTakenOut, let largest = driftTakenOut.map(\.magnitude).max(), largest >= 0.5 {
      metrics["corrected_drift"] = .number((largest * 100).rounded() / 100)
    }
    return metrics
  }
}
