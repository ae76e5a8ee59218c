import Model

/// What is worth saying about a job while it is worked on, where people look: `status.txt`, the events, the log.
struct Remarks {
  let workshop: Workshop
  let jobID: String
  /// Nil while a plan is made.
  let step: Step?

  /// Says a sentence that holds until the step ends; what is said of the plan stays.
  func say(_ sentence: String) async throws {
    try await show(sentence) { [step] job in
      if let step { return job.change(step.id) { $0.reason = sentence } }
      var notes: [JSONValue] = []
      if case .array(let earlier)? = job.metadata["planner_notes"] { notes = earlier }
      job.metadata["planner_notes"] = .array(notes + [.string(sentence)])
    }
  }

  /// Waits `seconds`, as a service asks for, visibly; a cancelled task ends it at once.
  func wait(_ seconds: Double, because reason: String) async throws {
    let next = Timestamp(milliseconds: Timestamp.now.milliseconds + Int64(seconds * 1000))
    let sentence = "waiting \(Int(seconds.rounded(.up))) s: \(reason); next try at \(next.local.suffix(8))"
    try await show(sentence) { $0.metadata["waiting"] = .string(sentence) }
    let end: Result<Void, any Error>
    do {
      try await Task.sleep(for: .seconds(seconds))
      end = .success(())
    } catch {
      end = .failure(error)
    }
    try await show(nil) { $0.metadata["waiting"] = nil }
    try end.get()
  }

  private func show(_ sentence: String?, _ change: @escaping @Sendable (inout Job) -> Void) async throws {
    let (workshop, jobID, step) = (workshop, jobID, step)
    try await workshop.blocking {
      let job = try workshop.book.update(jobID, message: sentence, change)
      try Faces(workshop: workshop).showProgress(of: job, step: step)
    }
  }
}
