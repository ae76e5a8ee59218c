import Model

/// What a person asks of one step by everything that lies in its face: the edit file and the masks.
struct Wish {
  var request: EditRequest
  var mask: MaskFile?
  var plateMask: MaskFile?
  /// Sentences about what was tolerated in the file.
  var notes: [String]

  /// The same for everything that asks for the same.
  var meaning: String {
    request.meaning(maskContent: mask?.fingerprint, plateMaskContent: plateMask?.fingerprint)
  }

  /// Whether it asks for more than what was done already, or is so anyway.
  func isNews(for step: Step) -> Bool {
    if meaning == step.appliedEdit { return false }
    let maskIsSeen = mask == nil || mask?.fingerprint == step.appliedMask
    return !(maskIsSeen && saysWhatIs(of: step))
  }

  /// Whether the edit file only repeats how the step stands.
  private func saysWhatIs(of step: Step) -> Bool {
    guard request.action == .retry, request.pick == nil, request.platePrompt == nil, plateMask == nil else {
      return false
    }
    func same<Value: Equatable>(_ wanted: Value?, _ present: Value?) -> Bool { wanted == nil || wanted == present }
    let maskStays = request.mask != .none || step.maskMode == .none || mask != nil
    return maskStays && same(request.prompt.map(Self.words), Self.words(step.effectivePrompt))
      && same(request.provider, step.imageConfig.provider) && same(request.model, step.imageConfig.model)
      && same(request.minNonwhite, step.limits.minNonwhite) && same(request.maxNonwhite, step.limits.maxNonwhite)
  }

  private static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

  /// The retry that it asks for.
  func retry(of step: Step, of job: Job) -> Actions.Retry {
    var retry = Actions.Retry()
    retry.prompt = request.prompt == step.effectivePrompt ? nil : request.prompt
    retry.provider = request.provider
    retry.model = request.model
    retry.minNonwhite = request.minNonwhite
    retry.maxNonwhite = request.maxNonwhite
    retry.mask = mask.map { .use($0.bytes) } ?? (request.mask == .none ? .remove : .keep)
    retry.maskFingerprint = mask?.fingerprint
    retry.runAs = request.action == .backgroundRemove ? .backgroundRemove : nil
    if request.action == .plateAndRetry {
      retry.platePrompt = request.platePrompt ?? Actions.Retry.platePrompt(for: step, of: job)
      retry.plateMask = plateMask?.bytes
    }
    return retry
  }
}

/// A picture file in a face that is to be used as a mask.
struct MaskFile {
  /// Black and white, of the source's size, as PNG.
  var bytes: [UInt8]
  /// Of the file as it lies there.
  var fingerprint: String
}
