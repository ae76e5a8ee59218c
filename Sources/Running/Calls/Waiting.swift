import Model
import Transport

/// A pause that a service asks for, visible where a person looks: `status.txt`, the events, `scenehf status`.
struct Waiting {
  let workshop: Workshop
  let jobID: String
  let step: Step?

  /// Waits `seconds`; a cancelled task ends it at once.
  func wait(_ seconds: Double, for fault: ServiceFault) async throws {
    let whole = Int(seconds.rounded(.up))
    let reason =
      fault.kind == .rateLimited ? "asks to slow down" : "does not answer properly (\(fault.words))"
    try await show("waiting \(whole) s: \(fault.service) \(reason)")
    let end: Result<Void, any Error>
    do {
      try await Task.sleep(for: .seconds(seconds))
      end = .success(())
    } catch {
      end = .failure(error)
    }
    try await show(nil)
    try end.get()
  }

  private func show(_ sentence: String?) async throws {
    let (workshop, jobID, step) = (workshop, jobID, step)
    try await workshop.blocking {
      let job = try workshop.book.update(jobID, message: sentence) { job in
        job.metadata["waiting"] = sentence.map { .string($0) }
      }
      try Faces(workshop: workshop).showProgress(of: job, step: step)
    }
  }
}
