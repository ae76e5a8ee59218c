import Imaging
import Model
import Storage

/// Reads what a person did in a review folder and acts on it, exactly once per changed meaning.
///
/// It is told only "something happened in this face" and looks at everything there: the folder is the
/// truth, events are hints. What was acted on is remembered in job.json together with the action itself, so
/// neither five saves nor a crash make two runs of one edit.
package struct EditDesk: Sendable {
  let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// Looks at every step of the job that waits for a person. True if something may run now. Blocks.
  package func look(at jobID: String) throws -> Bool {
    let job = try workshop.book.job(jobID)
    guard job.status != .cancelled, job.steps.contains(where: \.needsPerson) else { return false }
    let face = workshop.store.face(of: job)
    guard try face.folder() == .review else { return false }
    var changed = false
    for step in job.steps where step.needsPerson {
      changed = try look(at: step, of: job, in: face) || changed
    }
    return changed
  }

  private func look(at step: Step, of job: Job, in face: Face) throws -> Bool {
    let review = ReviewFiles(workshop: workshop, job: job, face: face)
    let request: EditRequest
    let notes: [String]
    switch try reading(of: step, in: face) {
    case .beingSaved: return false
    case .unreadable(let problem):
      try review.writeStatus(of: step, "\(step.fileStem).yaml cannot be used. \(problem)")
      return false
    case .request(let read, let remarks): (request, notes) = (read, remarks)
    }
    do {
      let mask = try mask(for: step, request, in: face)
      let meaning = request.meaning(maskContent: mask.map { Fingerprint.of($0.bytes) })
      guard meaning != baseline(of: step) else {
        if !notes.isEmpty { try review.writeStatus(of: step, notes.joined(separator: "\n")) }
        return false
      }
      let sentence = try act(request, mask: mask?.bytes, on: step, of: job, in: face, meaning: meaning)
      try review.writeStatus(of: step, ([sentence] + notes).joined(separator: "\n"))
      return true
    } catch let refusal as RunningError {
      try review.writeStatus(of: step, "\(refusal)")
      return false
    }
  }

  /// What a person's files for the step mean as they lie there, so that an action from elsewhere does not make
  /// them look new; nil where there are only the service's own.
  func meaningInFace(of step: Step, of job: Job) throws -> String? {
    let face = workshop.store.face(of: job)
    guard try face.folder() == .review, case .request(let request, _) = try reading(of: step, in: face) else {
      return nil
    }
    let isOurs = try FaceRecord(face: face).mayReplace("\(step.fileStem).yaml")
    // A mask that is named but not there is no reason to refuse an action from elsewhere.
    let mask = (try? mask(for: step, request, in: face)) ?? nil
    return isOurs && mask == nil ? nil : request.meaning(maskContent: mask.map { Fingerprint.of($0.bytes) })
  }

  /// The edit file's content; without a file, what an untouched one would say.
  private func reading(of step: Step, in face: Face) throws -> EditReading {
    guard let bytes = try face.read("\(step.fileStem).yaml", limit: EditFile.sizeLimit + 1) else {
      return .request(EditFile.request(for: step), notes: [])
    }
    return EditFile.read(bytes)
  }

  /// What was last acted on, or what the service itself wrote into the fresh edit file.
  private func baseline(of step: Step) -> String {
    step.appliedEdit ?? EditFile.request(for: step).meaning(maskContent: nil)
  }

  /// The mask that the request names, or the one dropped beside it.
  private func mask(for step: Step, _ request: EditRequest, in face: Face) throws -> (name: String, bytes: [UInt8])? {
    if case .file(let name) = request.mask {
      guard let bytes = try face.read(name, limit: workshop.settings.maxFileBytes) else {
        throw RunningError.notPossible(
          "There is no file \"\(name)\" in this folder yet. Put the mask here, or set mask: none.")
      }
      return (name, bytes)
    }
    for suffix in ["png", "jpg", "jpeg", "webp"] {
      let name = "\(step.fileStem).mask.\(suffix)"
      if let bytes = try face.read(name, limit: workshop.settings.maxFileBytes) { return (name, bytes) }
    }
    return nil
  }

  private func act(
    _ request: EditRequest, mask: [UInt8]?, on step: Step, of job: Job, in face: Face, meaning: String
  ) throws -> String {
    let actions = Actions(workshop: workshop)
    switch request.action {
    case .retry, .backgroundRemove:
      var retry = Actions.Retry()
      retry.prompt = request.prompt == step.effectivePrompt ? nil : request.prompt
      retry.provider = request.provider
      retry.model = request.model
      retry.minNonwhite = request.minNonwhite
      retry.maxNonwhite = request.maxNonwhite
      retry.mask = mask.map { .use($0) } ?? (request.mask == .none ? .remove : .keep)
      retry.runAs = request.action == .backgroundRemove ? .backgroundRemove : nil
      return try actions.retry(job.id, step.id, retry, appliedEdit: meaning)
    case .accept:
      return try actions.accept(job.id, step.id, painted: try painted(step, in: face), appliedEdit: meaning)
    case .skip:
      return try actions.skip(job.id, step.id, appliedEdit: meaning)
    case .stop:
      return try actions.cancel(job.id)
    case .plateAndRetry:
      throw RunningError.notPossible("plate-and-retry is not available here; retry with a mask, or accept.")
    }
  }

  /// The picture of the step if a person has painted over it.
  private func painted(_ step: Step, in face: Face) throws -> [UInt8]? {
    let name = "\(step.fileStem).png"
    guard try face.identity(name) != nil, try !FaceRecord(face: face).isOurs(name) else { return nil }
    return try face.read(name, limit: workshop.settings.maxFileBytes)
  }
}
