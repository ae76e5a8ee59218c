import Imaging
import Model
import Storage

/// Reads what a person did in a review folder and acts on it, exactly once per changed meaning.
///
/// It is told only "something happened in this face" and looks at everything there: the folder is the
/// truth, events are hints. What was acted on is remembered in job.json together with the action itself, so
/// neither five saves nor a crash make two runs of one edit. What is saved while its step runs is looked at
/// when the run has ended: the newest wording runs next, and the running call is not thrown away.
package struct EditDesk: Sendable {
  let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// Looks at every step of the job that a person may have edited. True if something may run now. Blocks.
  package func look(at jobID: String) throws -> Bool {
    let job = try workshop.book.job(jobID)
    let face = workshop.store.face(of: job)
    guard let folder = try face.folder(), folder != .working else { return false }
    var changed = false
    for step in job.steps where try mayBeEdited(step, in: face) {
      changed = try look(at: step, of: job, in: face) || changed
    }
    return changed
  }

  /// A step that waits for a person; or one whose edit file a person has touched, for it may have been saved since it
  /// was acted on, or in the moment in which another hand had the step run or end.
  private func mayBeEdited(_ step: Step, in face: Face) throws -> Bool {
    try step.needsPerson || isTouched(step, in: face)
  }

  /// Whether a person's edit file lies there, not the service's own.
  private func isTouched(_ step: Step, in face: Face) throws -> Bool {
    let name = "\(step.fileStem).yaml"
    // Nothing that large is ours, and it need not be read to know.
    if let size = try face.identity(name)?.size, size > EditFile.sizeLimit { return true }
    return try !FaceRecord(face: face).mayReplace(name)
  }

  private func look(at step: Step, of job: Job, in face: Face) throws -> Bool {
    let review = ReviewFiles(workshop: workshop, job: job, face: face)
    do {
      guard let wish = try wish(for: step, of: job, in: face) else { return false }
      guard wish.isNews(for: step) else {
        // Also where a fault was mended by taking it back: what the file said of it is over.
        guard step.needsPerson else { return false }
        let remarks = try wish.notes + strayPicture(for: step, wish, of: job, in: face)
        try review.writeStatus(of: step, ([review.standing(of: step)] + remarks).joined(separator: "\n"))
        return false
      }
      guard step.status != .running else {
        try review.writeStatus(of: step, "\(step.name) is running; what you saved runs next.")
        return false
      }
      let sentence = try act(wish, on: step, of: job, in: face)
      try review.writeStatus(of: step, ([sentence] + wish.notes).joined(separator: "\n"))
      return true
    } catch let refusal as RunningError {
      try review.writeStatus(of: step, "\(refusal)")
      return false
    }
  }

  /// Whether the step's edit file, if a person's lies there, has been acted on as it is: then it may go.
  func hasSeen(_ step: Step, of job: Job, in face: Face) throws -> Bool {
    guard try isTouched(step, in: face) else { return true }
    do {
      guard let wish = try wish(for: step, of: job, in: face) else { return false }
      return !wish.isNews(for: step)
    } catch is RunningError {
      return true
    }
  }

  /// What a person's files for the step mean as they lie there, so that an action from elsewhere does not make
  /// them look new; nil where there are only the service's own, and where they are new: what was saved in the same
  /// moment is carried out after that action.
  func seenMeaning(of step: Step, of job: Job) throws -> String? {
    let face = workshop.store.face(of: job)
    guard try face.folder() == .review, try isTouched(step, in: face) else { return nil }
    // A mask that is named but not there is no reason to refuse an action from elsewhere.
    guard let wish = (try? wish(for: step, of: job, in: face)) ?? nil, !wish.isNews(for: step) else { return nil }
    return wish.meaning
  }

  /// A sentence about a picture that looks like a mask under another name; said beside the first step that waits.
  private func strayPicture(for step: Step, _ wish: Wish, of job: Job, in face: Face) throws -> [String] {
    guard step.id == job.steps.first(where: \.needsPerson)?.id else { return [] }
    var used: Set<String> = []
    for other in job.steps where other.needsPerson {
      guard case .request(let request, _) = try reading(of: other, in: face) else { continue }
      if case .file(let name) = request.mask { used.insert(name) }
      if let name = request.plateMask { used.insert(name) }
    }
    guard let name = try MaskFiles(workshop: workshop, job: job, face: face).stray(used: used) else { return [] }
    return [
      "\(name) lies here, but no step uses it. To make it a mask, name it \(step.fileStem).mask."
        + "\(name.split(separator: ".").last ?? "png"), or write mask: \(name) into an edit file."
    ]
  }

  /// What the person asks for; nil while the file is being saved. Throws a refusal in words.
  private func wish(for step: Step, of job: Job, in face: Face) throws -> Wish? {
    let request: EditRequest
    let notes: [String]
    switch try reading(of: step, in: face) {
    case .beingSaved: return nil
    case .unreadable(let problem):
      throw RunningError.notPossible("\(step.fileStem).yaml cannot be used. \(problem)")
    case .request(let read, let remarks): (request, notes) = (read, remarks)
    }
    let masks = MaskFiles(workshop: workshop, job: job, face: face)
    return Wish(
      request: request, mask: try masks.mask(for: step, request),
      plateMask: try request.plateMask.map { try masks.named($0) }, notes: notes)
  }

  /// The edit file's content; without one of a person's, what an untouched one says.
  private func reading(of step: Step, in face: Face) throws -> EditReading {
    let name = "\(step.fileStem).yaml"
    if let size = try face.identity(name)?.size, size > EditFile.sizeLimit { return EditFile.tooLarge(Int(size)) }
    guard try isTouched(step, in: face), let bytes = try face.read(name, limit: EditFile.sizeLimit) else {
      return .request(EditFile.request(for: step), notes: [])
    }
    return EditFile.read(bytes)
  }

  private func act(_ wish: Wish, on step: Step, of job: Job, in face: Face) throws -> String {
    let actions = Actions(workshop: workshop)
    if let number = wish.request.pick, [.retry, .accept].contains(wish.request.action) {
      return try actions.pick(job.id, step.id, number, appliedEdit: wish.meaning)
    }
    switch wish.request.action {
    case .retry, .backgroundRemove, .plateAndRetry:
      return try actions.retry(job.id, step.id, wish.retry(of: step, of: job), appliedEdit: wish.meaning)
    case .accept:
      let painted = try painted(step, of: job, in: face)
      return try actions.accept(job.id, step.id, painted: painted, appliedEdit: wish.meaning)
    case .skip:
      return try actions.skip(job.id, step.id, appliedEdit: wish.meaning)
    case .stop:
      return try actions.cancel(job.id, stoppedBy: step.id, appliedEdit: wish.meaning)
    }
  }

  /// The picture of the step if a person has painted over it.
  private func painted(_ step: Step, of job: Job, in face: Face) throws -> [UInt8]? {
    let name = "\(step.fileStem).png"
    guard try face.identity(name) != nil, try !FaceRecord(face: face).isOurs(name) else { return nil }
    return try MaskFiles(workshop: workshop, job: job, face: face).bytes(of: name)
  }
}
