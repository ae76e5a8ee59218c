/// Which step may run on which picture: the order of work as a function of the job alone.
extension Job {
  /// What a step would work on now.
  package enum StepInput: Sendable, Hashable {
    case ready(assetID: String)
    /// The output of this step is still missing.
    case waitingFor(stepID: String)
  }

  /// The picture for a step: the plate of the nearest REMOVE before it, else the source.
  ///
  /// A skipped or cancelled REMOVE is passed over. Everything waits for an ANALYZE before it.
  package func input(for step: Step) -> StepInput {
    for earlier in steps.reversed() where earlier.index < step.index {
      if earlier.type == .analyze, !earlier.isSettledWell { return .waitingFor(stepID: earlier.id) }
      guard earlier.makesPlate, earlier.status != .skipped, earlier.status != .cancelled else { continue }
      guard earlier.status == .success, let output = earlier.outputAssetID else {
        return .waitingFor(stepID: earlier.id)
      }
      return .ready(assetID: output)
    }
    return .ready(assetID: sourceImage)
  }

  /// The first queued step whose picture is there, with that picture's asset.
  package var nextRunnable: (step: Step, inputAssetID: String)? {
    for step in steps where step.status == .queued {
      if case .ready(let assetID) = input(for: step) { return (step, assetID) }
    }
    return nil
  }

  /// Puts steps back in the queue that nobody works on, although they say so.
  package mutating func queueInterrupted(because sentence: String? = nil) {
    for index in steps.indices where steps[index].status == .running {
      steps[index].status = .queued
      steps[index].reason = sentence
    }
  }

  /// The status once nothing is running any more (DESIGN section 2).
  package var settledStatus: JobStatus {
    if status == .cancelled { return .cancelled }
    if isHeld { return .paused }
    if nextRunnable != nil { return .planned }
    if steps.contains(where: { $0.status == .needsReview }) { return .paused }
    if steps.contains(where: { $0.status == .failed }) { return .failed }
    if steps.contains(where: { $0.status == .queued || $0.status == .running }) { return .paused }
    return .done
  }

  /// Whether the job is held, by a person or by a used-up budget; `resume` ends it.
  package var isHeld: Bool { metadata["held"] == .bool(true) }

  /// The day (UTC) after which a held job may go on by itself; nil where a person must say so.
  package var heldDay: String? { isHeld ? metadata["held_day"]?.text : nil }

  /// Holds the job before its next run, with the reason in a sentence.
  package mutating func hold(because sentence: String, untilAfter day: String? = nil) {
    metadata["held"] = true
    metadata["held_reason"] = .string(sentence)
    metadata["held_day"] = day.map { .string($0) }
  }

  /// Ends a hold of any kind.
  package mutating func release() {
    for key in ["held", "held_reason", "held_day"] { metadata[key] = nil }
  }

  /// The plate that shows the scene without everything removed so far: the last accepted REMOVE, else the source.
  package var lastPlateAssetID: String {
    let plate = steps.last { $0.makesPlate && $0.status == .success && $0.outputAssetID != nil }
    return plate?.outputAssetID ?? sourceImage
  }

  /// The steps whose pictures are layers, front to back, as far as they are settled with one.
  package var layerSteps: [Step] {
    steps.filter {
      ($0.type == .extract || $0.type == .backgroundRemove) && $0.status == .success && hasOutput($0)
    }
  }

  /// The steps whose pictures stand for themselves, neither layer nor plate, in order, as far as they have one.
  package var pictureSteps: [Step] {
    steps.filter {
      [.reframe, .upscale, .edit].contains($0.type) && $0.status == .success && hasOutput($0)
    }
  }

  /// Whether the step has made a picture that the job still knows; a job of another program may have lost it.
  private func hasOutput(_ step: Step) -> Bool { step.outputAssetID.flatMap { assets[$0] } != nil }

  /// Why the job waits for a person, in one sentence; nil if it does not.
  package var reason: String? {
    if status == .cancelled { return "Cancelled." }
    if isHeld { return metadata["held_reason"]?.text ?? "Paused by you; \"scenehf resume\" goes on." }
    if let prunedDay {
      return "Its results were removed on \(prunedDay); \"scenehf restore\" makes them again from the source."
    }
    if let waiting = metadata["waiting"]?.text { return waiting }
    if let reason = metadata["reason"]?.text { return reason }
    guard let step = steps.first(where: \.needsPerson) else { return nil }
    return "Step \(step.index) \"\(step.name)\": \(step.reason ?? step.validation?.notes ?? "needs you.")"
  }
}
