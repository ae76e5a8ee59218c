import Model
import Storage
import SystemPackage

/// What it means when a person deletes a face, brings it back, or moves it into the inbox.
extension Actions {
  /// Ends a job whose face a person has taken away; its body stays. Nil if the face is there after all, if it
  /// lies in the inbox, or if its whole disk is away.
  package func dismiss(_ jobID: String) throws -> String? {
    try workshop.book.holdingFace(of: jobID) { try dismissUnlessThere(jobID) }
  }

  private func dismissUnlessThere(_ jobID: String) throws -> String? {
    let job = try workshop.book.job(jobID)
    let store = workshop.store
    let face = store.face(of: job)
    guard store.isPresent(.review), store.isPresent(.done), job.status != .cancelled, job.prunedDay == nil,
      face.wasDismissed,
      try face.folder() == nil, try !store.liesInInbox(job)
    else { return nil }
    try workshop.book.update(jobID, message: "Dismissed: its folder was taken away.") { job in
      job.status = .cancelled
      job.metadata["dismissed"] = true
      for index in job.steps.indices where job.steps[index].status == .queued { job.steps[index].status = .cancelled }
    }
    return
      "\(job.sourceName) was dismissed: its folder was taken away. \"scenehf restore \(job.id.prefix(8))\" brings it back."
  }

  /// Brings back a job whose face was deleted: its folder is made again from the body, and what is left to do is
  /// done. A job whose results were removed with it runs again from its source.
  @discardableResult
  package func restore(_ jobID: String) throws -> String {
    let before = try workshop.book.job(jobID)
    let face = workshop.store.face(of: before)
    guard try face.folder() == nil else {
      throw refusal("The folder of \(before.sourceName) is there; nothing was deleted. \"scenehf show\" tells where.")
    }
    try face.forgetDismissal()
    try workshop.book.update(jobID, message: "Restored.") { job in
      if job.prunedDay != nil { job.beginAnew() }
      job.metadata["dismissed"] = nil
      for index in job.steps.indices where job.steps[index].status == .cancelled { job.steps[index].status = .queued }
      if job.status != .running { job.status = job.plan == nil ? .idle : .planned }
    }
    workshop.store.enqueue(jobID)
    return before.prunedDay == nil
      ? "\(before.sourceName) is brought back." : "\(before.sourceName) runs again from its source."
  }

  /// Runs a job from its source again, because a person moved its face into the inbox.
  ///
  /// What the service had put into the face goes; what a person changed there stays under a name that begins with
  /// `earlier.`, so that it is kept and steers nothing.
  @discardableResult
  package func runAgain(_ jobID: String) throws -> String? {
    let job = try workshop.book.job(jobID)
    guard try workshop.store.bringBack(job) else {
      guard try workshop.store.liesInInbox(job) else { return nil }
      let reason =
        "This is a copy of the folder of \(job.sourceName), which lies elsewhere too. To run that again, move the "
        + "folder itself into the inbox; to run the picture anew, drop only the picture."
      let path = workshop.store.layout.inbox.appending(job.face)
      _ = try workshop.store.reject(path, stem: FaceName.stem(ofFileNamed: job.sourceName), reason: reason)
      return reason
    }
    try clearFace(of: job)
    try workshop.store.face(of: job).forgetDismissal()
    let again = try workshop.book.update(jobID, message: "Runs again from its source.") { job in
      job.beginAnew()
    }
    try Faces(workshop: workshop).showProgress(of: again, step: nil)
    workshop.store.enqueue(jobID)
    return "\(job.sourceName) runs again from its source."
  }

  private func clearFace(of job: Job) throws {
    let face = workshop.store.face(of: job)
    let record = FaceRecord(face: face)
    let fixed = Deliverables.wholeNames(of: job)
    for name in try face.names() where !name.hasPrefix(".") && !name.hasPrefix("earlier.") {
      let isSteps = job.steps.contains { name.hasPrefix($0.fileStem + ".") }
      let isWhole = fixed.contains(name) || name.hasPrefix("source.")
      guard isSteps || isWhole else { continue }
      let isPersons = try name.contains(".mask.") || record.knows(name) && !record.isOurs(name)
      if isPersons { try face.rename(name, to: "earlier.\(name)") } else { try face.remove(name) }
    }
    try face.remove(FaceRecord.fileName)
  }
}

extension Job {
  /// As it was when it had just arrived.
  fileprivate mutating func beginAnew() {
    plan = nil
    steps = []
    status = .idle
    for key in ["reason", "held", "dismissed", "objects_mask", "findings", "pruned"] { metadata[key] = nil }
  }
}
