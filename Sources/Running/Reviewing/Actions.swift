import Imaging
package import Model
import Storage

/// What a person may do to a job: the one meaning behind edit files, commands and the HTTP face.
///
/// Every function blocks, saves durably and returns the sentence that tells what happened. A refusal is
/// thrown as `RunningError.notPossible` and changes nothing.
package struct Actions: Sendable {
  let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// What a retry changes about the step; nil leaves a field as it is.
  package struct Retry: Sendable {
    package var prompt: String?
    package var provider: String?
    package var model: String?
    package var minNonwhite: Double?
    package var maxNonwhite: Double?
    package var mask: MaskChange = .keep
    package var maskFingerprint: String?
    package var runAs: StepType?
    /// Makes a plate first: how to remove what lies in front, and a picture file that marks it.
    package var platePrompt: String?
    package var plateMask: [UInt8]?

    package init() {}

    /// How a plate before the step is asked for where nobody has said it better.
    package static func platePrompt(for step: Step, of job: Job) -> String {
      "Remove everything that lies in front of the \(job.target(of: step).lowercased()), and continue what is behind it."
    }

    package enum MaskChange: Sendable {
      case keep
      case remove
      /// A picture file's bytes, checked against the source's size.
      case use([UInt8])
      /// A MASK asset of the job, as `importMask` made it.
      case asset(String)
    }
  }

  /// Queues the step again with what changed, and every later step that stands on its output.
  ///
  /// `appliedEdit` is the meaning of the edit file that asked for it; nil when somebody else did, such as the
  /// page: then what lies in the face, and was acted on or only says what is so, counts as seen.
  @discardableResult
  package func retry(
    _ jobID: String, _ stepID: String, _ retry: Retry, appliedEdit: String? = nil
  ) throws -> String {
    let job = try workshop.book.job(jobID)
    let step = try step(stepID, of: job)
    let mask = try importedMask(retry.mask, for: step, of: job)
    let plateMask = try retry.plateMask.map { try importedMask(.use($0), for: step, of: job) } ?? nil
    if step.type == .analyze { return try replan(job, mask: mask, appliedEdit: appliedEdit) }
    let seen = try appliedEdit ?? EditDesk(workshop: workshop).seenMeaning(of: step, of: job)
    try workshop.book.update(jobID, message: "\(step.name) runs again.") { job in
      try mayChange(stepID, of: job)
      for asset in [mask, plateMask].compactMap({ $0 }) { job.assets[asset.id] = asset }
      job.change(stepID) { step in
        step.apply(retry, mask: mask)
        step.plateFirst = retry.platePrompt.map { PlateFirst(prompt: $0, maskAssetID: plateMask?.id) }
        step.queueAgain(appliedEdit: seen)
      }
      job.queueDependents(of: step)
      job.reopen()
    }
    return "\(step.name) runs again."
  }

  /// Changes what the next run of the step uses, without running it.
  @discardableResult
  package func adjust(_ jobID: String, _ stepID: String, _ retry: Retry) throws -> String {
    let job = try workshop.book.job(jobID)
    let step = try step(stepID, of: job)
    let mask = try importedMask(retry.mask, for: step, of: job)
    let seen = try EditDesk(workshop: workshop).seenMeaning(of: step, of: job)
    let changed = try workshop.book.update(jobID, message: "\(step.name) changed.") { job in
      try mayChange(stepID, of: job)
      if let asset = mask { job.assets[asset.id] = asset }
      job.change(stepID) { step in
        step.apply(retry, mask: mask)
        step.appliedEdit = seen ?? step.appliedEdit
      }
    }
    guard step.needsPerson else { return "\(step.name) changed." }
    // An edit file that nobody has touched follows at once, and is no news to the desk either.
    try Faces(workshop: workshop).publish(changed)
    return "\(step.name) changed."
  }

  /// Keeps a painted mask as an asset of the job, checked against the source's size, for a later retry.
  package func importMask(_ jobID: String, _ stepID: String?, _ bytes: [UInt8]) throws -> Asset {
    let job = try workshop.book.job(jobID)
    let step = try stepID.map { try self.step($0, of: job) }
    guard let asset = try importedMask(.use(bytes), for: step, of: job) else {
      throw refusal("\(job.sourceName) has no source picture to compare the mask with. Drop it again.")
    }
    try workshop.book.update(jobID) { $0.assets[asset.id] = asset }
    return asset
  }

  /// Takes the step's picture as it is, or `painted` over it, as its result.
  @discardableResult
  package func accept(
    _ jobID: String, _ stepID: String, painted: [UInt8]? = nil, appliedEdit: String? = nil
  ) throws -> String {
    let job = try workshop.book.job(jobID)
    let step = try step(stepID, of: job)
    let made = try painted.map { try measure($0, for: step, of: job) }
    try workshop.book.update(jobID, message: "\(step.name) accepted.") { job in
      let step = try mayChange(stepID, of: job)
      guard made != nil || step.outputAssetID != nil else {
        throw refusal("\(step.name) has no picture to accept. Change the prompt or draw a mask, or set action: skip.")
      }
      if made == nil, let output = step.outputAssetID { try checkPlace(of: output, step, job) }
      if let made { job.assets[made.asset.id] = made.asset }
      job.change(stepID) { step in
        if let made {
          step.outputAssetID = made.asset.id
          step.matteAssetID = nil
          step.validation = made.validation
        }
        step.status = .success
        step.reason = step.validation?.passed == true ? nil : "Accepted by you."
        step.actionsAvailable = [.retry]
        step.appliedEdit = appliedEdit ?? step.appliedEdit
      }
      job.reopen()
    }
    return "\(step.name) accepted."
  }

  /// Leaves the step out; what follows goes on without its picture.
  @discardableResult
  package func skip(_ jobID: String, _ stepID: String, appliedEdit: String? = nil) throws -> String {
    let step = try step(stepID, of: try workshop.book.job(jobID))
    try workshop.book.update(jobID, message: "\(step.name) skipped.") { job in
      try mayChange(stepID, of: job)
      job.change(stepID) { step in
        step.status = .skipped
        step.reason = "Skipped by you."
        step.actionsAvailable = [.retry]
        step.appliedEdit = appliedEdit ?? step.appliedEdit
      }
      job.reopen()
    }
    return "\(step.name) skipped."
  }

  /// Takes the picture of an earlier try, numbered from 1 as the tries are listed, as the step's result.
  @discardableResult
  package func pick(_ jobID: String, _ stepID: String, _ number: Int, appliedEdit: String? = nil) throws -> String {
    let step = try step(stepID, of: try workshop.book.job(jobID))
    try workshop.book.update(jobID, message: "\(step.name): try \(number) taken.") { job in
      let step = try mayChange(stepID, of: job)
      guard step.outputsHistory.indices.contains(number - 1) else {
        throw refusal("\(step.name) has no try \(number); there are \(step.outputsHistory.count). Name one of them.")
      }
      try checkPlace(of: step.outputsHistory[number - 1].assetID, step, job)
      job.change(stepID) { $0.take($0.outputsHistory[number - 1], number: number, appliedEdit: appliedEdit) }
      job.queueDependents(of: step)
      job.reopen()
    }
    return "\(step.name): try \(number) taken."
  }

  /// Ends the job; its body and whatever was made stay. `stoppedBy` is the step whose edit file asked for it.
  @discardableResult
  package func cancel(_ jobID: String, stoppedBy stepID: String? = nil, appliedEdit: String? = nil) throws -> String {
    let job = try workshop.book.update(jobID, message: "Cancelled.") { job in
      guard job.status != .done else { return }
      if let stepID { job.change(stepID) { $0.appliedEdit = appliedEdit } }
      job.status = .cancelled
      for index in job.steps.indices where job.steps[index].status == .queued {
        job.steps[index].status = .cancelled
      }
    }
    guard job.status == .cancelled else {
      throw refusal("\(job.sourceName) is done already; there is nothing to cancel.")
    }
    try Faces(workshop: workshop).publish(job)
    return "\(job.sourceName) cancelled."
  }

  /// Holds the job before its next run.
  @discardableResult
  package func pause(_ jobID: String) throws -> String {
    let job = try workshop.book.update(jobID, message: "Paused.") { job in
      guard !job.isSettled || job.status == .paused else { return }
      job.metadata["held"] = true
      if job.status != .running { job.status = .paused }
    }
    guard job.isHeld else { throw refusal("\(job.sourceName) is \(job.status.rawValue) and has nothing to pause.") }
    return "\(job.sourceName) paused."
  }

  /// Lets a paused or cancelled job go on.
  @discardableResult
  package func resume(_ jobID: String) throws -> String {
    if try workshop.book.job(jobID).metadata["dismissed"] == true { return try restore(jobID) }
    let job = try workshop.book.update(jobID, message: "Goes on.") { job in
      job.release()
      for index in job.steps.indices where job.steps[index].status == .cancelled {
        job.steps[index].status = .queued
      }
      if job.status != .running, job.status != .done { job.status = job.plan == nil ? .idle : .planned }
    }
    workshop.store.enqueue(jobID)
    return "\(job.sourceName) goes on."
  }
}

extension Actions {
  private func step(_ id: String, of job: Job) throws -> Step {
    guard let step = job.steps.first(where: { $0.id == id }) else {
      throw RunningError.stepVanished(job: job.id, step: id)
    }
    return step
  }

  func refusal(_ sentence: String) -> RunningError { .notPossible(sentence) }

  /// The step as it is now, unless it is running: to be asked inside the update, so that the runner cannot
  /// begin it in between.
  @discardableResult
  private func mayChange(_ id: String, of job: Job) throws -> Step {
    let step = try step(id, of: job)
    if let day = job.prunedDay {
      throw refusal(
        "The results of \(job.sourceName) were removed on \(day), as the rules of retention say. \"scenehf restore "
          + "\(job.id.prefix(8))\" makes them again from the source.")
    }
    guard step.status != .running else {
      throw refusal("\(step.name) is running. Wait until it is done, or cancel the job.")
    }
    return step
  }

  private func importedMask(_ change: Retry.MaskChange, for step: Step?, of job: Job) throws -> Asset? {
    if case .asset(let id) = change {
      guard let asset = job.assets[id], asset.kind == .mask else {
        throw refusal("There is no mask \(id) in this job. Send one to assets/mask first.")
      }
      return asset
    }
    guard case .use(let bytes) = change, job.source != nil else { return nil }
    let mask: Mask
    do {
      mask = try MaskFiles.mask(from: bytes, workshop, job)
    } catch {
      throw refusal("\(error)")
    }
    guard mask.values.contains(255) else {
      let place = step?.name ?? "the step"
      throw refusal("The mask is black everywhere. Paint white where \(place) should work, and save again.")
    }
    let maker = AssetMaker(store: workshop.store, jobID: job.id, stepID: step?.id)
    return try maker.save(try encodePNG(mask), kind: .mask, size: mask.size)
  }

  /// A mask on the ANALYZE step says what the objects are: the plan is made again from it.
  private func replan(_ job: Job, mask: Asset?, appliedEdit: String?) throws -> String {
    guard let mask else {
      throw refusal("Looking again would find the same. Drop a mask (white = object), or set action: accept.")
    }
    try workshop.book.update(job.id, message: "Planned again from your mask.") { job in
      job.assets[mask.id] = mask
      job.metadata["objects_mask"] = .string(mask.id)
      job.plan = nil
      job.steps = []
      job.reopen()
    }
    return "The plan is made again from your mask."
  }

  /// Refuses a picture that a service made in another size: it has no place over the source, whoever accepts it.
  private func checkPlace(of assetID: String, _ step: Step, _ job: Job) throws {
    guard step.type == .extract || step.type == .backgroundRemove || step.type == .remove, let source = job.source,
      let asset = job.assets[assetID], (asset.width, asset.height) != (source.width, source.height)
    else { return }
    throw refusal(
      "This picture of \(step.name) is \(asset.width) × \(asset.height), but the source is \(source.width) × "
        + "\(source.height): nobody knows where it belongs. Run the step with another service, paint over the picture "
        + "in the source's size, or set action: skip.")
  }

  private func measure(_ bytes: [UInt8], for step: Step, of job: Job) throws -> (
    asset: Asset, validation: ValidationResult
  ) {
    let limits = workshop.decodingLimits
    let picture: Picture
    do {
      picture = try workshop.decode(bytes).picture
    } catch {
      throw refusal("Your picture could not be taken: \(error)")
    }
    if let source = job.source, step.type != .reframe,
      picture.size != Size(width: source.width, height: source.height)
    {
      throw refusal(
        "Your picture is \(picture.size), but the layer must be \(source.width) × \(source.height). Save it in that size."
      )
    }
    let maker = AssetMaker(store: workshop.store, jobID: job.id, stepID: step.id)
    let opaque = try encodePNG(picture.overWhite(), preset: .compact)
    let kind: AssetKind = step.makesPlate ? .plate : .layer
    let asset = try maker.save(opaque, kind: kind, size: picture.size)
    var validation = validate(opaque, ValidationRequest(kind: step.type, limits: step.limits), decoding: limits)
    validation.metrics["painted"] = true
    return (asset, validation)
  }
}

extension Step {
  fileprivate mutating func apply(_ retry: Actions.Retry, mask: Asset?) {
    if let prompt = retry.prompt { customPrompt = prompt }
    if let provider = retry.provider { imageConfig.provider = provider }
    if let model = retry.model { imageConfig.model = model }
    if let low = retry.minNonwhite { limits.minNonwhite = low }
    if let high = retry.maxNonwhite { limits.maxNonwhite = high }
    if let fingerprint = retry.maskFingerprint { appliedMask = fingerprint }
    runAs = retry.runAs
    switch retry.mask {
    case .keep: break
    case .remove: maskMode = .none
    case .use, .asset:
      maskMode = .manual
      maskAssetID = mask?.id
      maskIntent = type == .remove ? .inpaintRemove : .extractHelper
    }
  }

  /// Makes the picture of an earlier try the result, with the measurements it had.
  fileprivate mutating func take(_ output: StepOutput, number: Int, appliedEdit: String?) {
    outputAssetID = output.assetID
    matteAssetID = output.matteAssetID
    validation = output.validation ?? validation
    lastRunID = output.runID
    lastPromptUsed = output.prompt
    status = .success
    reason = output.status == .success ? nil : "Try \(number) accepted by you."
    actionsAvailable = [.retry]
    self.appliedEdit = appliedEdit ?? self.appliedEdit
  }

  fileprivate mutating func queueAgain(appliedEdit: String?) {
    status = .queued
    reason = nil
    actionsAvailable = []
    if let appliedEdit { self.appliedEdit = appliedEdit }
  }
}

extension Job {
  /// Something may run again: the job leaves its settled state, also that of being cancelled.
  fileprivate mutating func reopen() {
    metadata["reason"] = nil
    metadata["dismissed"] = nil
    for index in steps.indices where status == .cancelled && steps[index].status == .cancelled {
      steps[index].status = .queued
    }
    if status != .running { status = plan == nil ? .idle : .planned }
  }

  /// A plate that is made again invalidates every finished step that was made from it.
  fileprivate mutating func queueDependents(of step: Step) {
    guard step.makesPlate else { return }
    for index in steps.indices where steps[index].index > step.index && steps[index].status == .success {
      steps[index].status = .queued
    }
  }
}
