import ImageServices
import Imaging
package import Model
import Storage
import Transport

/// Carries out one step that makes a picture: tries, measures, keeps the best.
struct StepRunner {
  let workshop: Workshop
  let desk: CallDesk
  let jobID: String
  let stepID: String

  /// What the tries came to.
  enum Ending {
    /// The step is settled or waits for a person; its result is saved.
    case settled
    /// The job was paused or cancelled meanwhile; the step is queued again.
    case interrupted
  }

  /// Runs the step on `picture`, the asset `inputAssetID`. Throws only what stops the service (the disk).
  ///
  /// A pause takes effect before the next call, a cancellation ends the call in flight; an answer that has come is
  /// always kept.
  func run(on picture: Picture, inputAssetID: String) async throws -> Ending {
    do {
      return try await attempt(on: picture, inputAssetID: inputAssetID)
    } catch let reached as BudgetReached {
      return try await hold(reached)
    } catch let end as CancellationError {
      return try await close([], after: end)
    }
  }

  private func attempt(on picture: Picture, inputAssetID: String) async throws -> Ending {
    var step = try await begin(inputAssetID: inputAssetID)
    var (picture, inputAssetID) = (picture, inputAssetID)
    if step.plateFirst != nil {
      guard try await mayGoOn() else { return try await interrupt([]) }
      switch try await makePlate(for: step, from: picture, inputAssetID) {
      case .made(let plate, let assetID): (picture, inputAssetID) = (plate, assetID)
      case .failed(let sentence): return try await finish([], failure: sentence)
      }
      step.inputAssetID = inputAssetID
    }
    var candidates: [Candidate] = []
    var failure: String?
    let prompts = prompts(for: step)
    for (number, prompt) in prompts.enumerated() {
      guard try await mayGoOn() else { return try await interrupt(candidates) }
      let run = StepTry(
        workshop: workshop, desk: desk, jobID: jobID, step: step, prompt: prompt, number: number + 1,
        picture: picture, inputAssetID: inputAssetID)
      do {
        switch try await run.perform() {
        case .candidate(let candidate):
          candidates.append(candidate)
        case .failed(let sentence, let next):
          failure = sentence
          if next == .askPerson { return try await finish(candidates, failure: sentence) }
        }
      } catch is BudgetReached where !candidates.isEmpty {
        // What was made within the budget is judged; with nothing made the job waits.
        break
      } catch let end as CancellationError {
        return try await close(candidates, after: end)
      }
      if candidates.last?.validation.passed == true { break }
    }
    return try await finish(candidates, failure: failure)
  }

  private enum PlateFirstOutcome {
    case made(Picture, assetID: String)
    case failed(String)
  }

  /// Removes what lies in front of the step's object, and makes the plate the step's input.
  private func makePlate(for step: Step, from picture: Picture, _ inputAssetID: String) async throws
    -> PlateFirstOutcome
  {
    guard let plateFirst = step.plateFirst else { return .failed("Nothing was asked to be removed.") }
    var removal = step
    removal.runAs = .remove
    removal.limits = workshop.settings.plateLimits
    removal.maskMode = plateFirst.maskAssetID == nil ? .none : .manual
    removal.maskAssetID = plateFirst.maskAssetID
    let run = StepTry(
      workshop: workshop, desk: desk, jobID: jobID, step: removal, prompt: plateFirst.prompt, number: 1,
      picture: picture,
      inputAssetID: inputAssetID)
    switch try await run.perform() {
    case .failed(let sentence, _): return .failed("The plate could not be made: \(sentence)")
    case .candidate(let candidate) where !candidate.validation.passed:
      return .failed("The plate is not usable: \(candidate.validation.notes) Change plate_prompt or plate_mask.")
    case .candidate(let candidate):
      let (workshop, jobID, stepID) = (workshop, jobID, stepID)
      let plate = try await workshop.blocking {
        let job = try workshop.book.update(jobID) { job in
          job.change(stepID) { $0.inputAssetID = candidate.outputAssetID }
        }
        guard let asset = job.assets[candidate.outputAssetID] else {
          throw RunningError.assetMissing(job: jobID, asset: candidate.outputAssetID)
        }
        return try decodePicture(try workshop.store.read(asset, of: jobID), limits: workshop.decodingLimits).picture
      }
      return .made(plate, assetID: candidate.outputAssetID)
    }
  }

  /// The wordings of this request. A person's own wording or mask is tried as it stands, once: each save
  /// of an edit file is exactly one run.
  private func prompts(for step: Step) -> [String] {
    let all = step.promptsToTry
    let tries = step.maskMode == .manual || step.customPrompt != nil ? 1 : workshop.settings.attempts
    return Array(all.prefix(max(1, tries)))
  }

  private func begin(inputAssetID: String) async throws -> Step {
    let (book, jobID, stepID) = (workshop.book, jobID, stepID)
    let job = try await workshop.blocking {
      try book.update(jobID) { job in
        job.status = .running
        job.change(stepID) { step in
          step.status = .running
          step.inputAssetID = inputAssetID
          step.reason = nil
        }
      }
    }
    guard let step = job.steps.first(where: { $0.id == stepID }) else {
      throw RunningError.stepVanished(job: jobID, step: stepID)
    }
    return step
  }

  /// Looks at the job again: whether a further call may be made. A service that stops throws, and leaves the step as it
  /// is: after the next start the journal has its answers.
  private func mayGoOn() async throws -> Bool {
    let (book, jobID) = (workshop.book, jobID)
    let job = try await workshop.blocking { try book.job(jobID) }
    guard job.status != .cancelled, !job.isHeld else { return false }
    try Task.checkCancellation()
    return true
  }

  /// Ends the step where a person cancelled the job; where the service stops the error goes on.
  private func close(_ candidates: [Candidate], after end: CancellationError) async throws -> Ending {
    let (book, jobID) = (workshop.book, jobID)
    let job = try await workshop.blocking { try book.job(jobID) }
    guard job.status == .cancelled else { throw end }
    return try await interrupt(candidates)
  }

  /// Puts the step back in the queue of a job that waits for its budget.
  private func hold(_ reached: BudgetReached) async throws -> Ending {
    let (book, jobID, stepID) = (workshop.book, jobID, stepID)
    try await workshop.blocking {
      try book.update(jobID, message: reached.description) { job in
        job.change(stepID) { $0.status = .queued }
        job.hold(because: reached.description, untilAfter: reached.day)
      }
    }
    return .interrupted
  }

  /// Puts the step back in the queue, or ends it with a cancelled job and lists what was made.
  ///
  /// A queued step begins its tries anew, and the journal has the answers of those that were paid: were they listed
  /// here, they would count as tries of an earlier request and be paid again.
  private func interrupt(_ candidates: [Candidate]) async throws -> Ending {
    let (book, jobID, stepID) = (workshop.book, jobID, stepID)
    try await workshop.blocking {
      try book.update(jobID) { job in
        let isCancelled = job.status == .cancelled
        job.change(stepID) { step in
          if isCancelled { step.outputsHistory += candidates.map(\.listed) }
          step.status = isCancelled ? .cancelled : .queued
        }
      }
    }
    return .interrupted
  }

  private func finish(_ candidates: [Candidate], failure: String?) async throws -> Ending {
    let (book, jobID, stepID) = (workshop.book, jobID, stepID)
    // Of tries that the sheet shows with one score the first is nearest to what was asked for.
    let best = candidates.max { ($0.score * 100).rounded() < ($1.score * 100).rounded() }
    try await workshop.blocking {
      try book.update(jobID) { job in
        let isCancelled = job.status == .cancelled
        job.change(stepID) { step in
          step.outputsHistory += candidates.map(\.listed)
          guard !isCancelled else {
            step.status = .cancelled
            return
          }
          guard let best else {
            step.status = .failed
            step.reason = failure ?? "No picture was made."
            step.actionsAvailable = step.actionsForPerson
            return
          }
          step.take(best)
        }
      }
    }
    return .settled
  }
}

extension Job {
  /// Changes the step with this id, if there is one, and stamps it.
  package mutating func change(_ stepID: String, _ change: (inout Step) -> Void) {
    guard let index = stepIndex(stepID) else { return }
    let before = steps[index]
    change(&steps[index])
    if steps[index] != before { steps[index].updatedAt = .now }
  }
}

extension Step {
  /// Makes `candidate` the step's output and its verdict the step's status.
  fileprivate mutating func take(_ candidate: Candidate) {
    outputAssetID = candidate.outputAssetID
    matteAssetID = candidate.matteAssetID
    validation = candidate.validation
    lastRunID = candidate.runID
    lastPromptUsed = candidate.prompt
    status = candidate.validation.status
    reason = candidate.validation.passed ? nil : candidate.validation.notes
    actionsAvailable = candidate.validation.passed ? [.retry] : actionsForPerson
  }
}
