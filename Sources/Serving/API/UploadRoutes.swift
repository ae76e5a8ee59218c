import Blocking
import HTTPTypes
import Hummingbird
import Model
import Running
import Storage

/// Pictures that come in over HTTP: a new source, or a mask.
extension API {
  /// `POST /api/jobs`: a picture becomes a file below the root and then a job, by the very steps that a drop in
  /// the inbox takes and with the same limits; only its end need not be guessed.
  func upload(_ request: Request) async throws -> Response {
    let (pool, store, intake) = (pool, store, Intake(workshop: workshop))
    var begun: Upload?
    let outcome: Intake.Outcome
    do {
      let form = FormReader(limit: workshop.settings.maxFileBytes)
      _ = try await form.read(
        request, begin: { name in begun = try await pool.run { try store.beginUpload(named: name) } },
        piece: { bytes in
          let upload = begun
          try await pool.run { try upload?.write(bytes) }
        })
      guard let upload = begun else { throw Self.noFile }
      outcome = try await pool.run { try intake.take(try upload.finish(), unchangedFor: .infinity) }
    } catch {
      await pool.run { [begun] () throws(Never) in begun?.discard() }
      throw error
    }
    await pool.run { [begun] () throws(Never) in begun?.discard() }
    return try await answer(outcome)
  }

  private func answer(_ outcome: Intake.Outcome) async throws -> Response {
    switch outcome {
    case .job(let job):
      wake()
      var response = Answer.json(job, status: .created)
      response.headers[.location] = "/api/jobs/\(job.id)"
      return response
    case .rejected(let face, let reason):
      throw APIError(.unprocessableContent, "rejected", "\(reason) It lies in rejected/\(face).")
    case .notYet, .gone:
      throw APIError(.conflict, "changed_meanwhile", "The picture changed while it was taken. Send it again.")
    }
  }

  /// `GET /api/rejections`: what became no job, whether it was sent or dropped, while it lies in `rejected/`.
  func rejections(_ request: Request) async throws -> Response {
    let store = store
    let rejections = try await pool.run { () throws -> [Rejection] in try store.rejections(most: Self.mostRejections) }
    return try Answer.json(rejections, for: request)
  }

  private static let mostRejections = 100

  /// `POST /api/jobs/{id}/assets/mask`: a mask for a later retry; white is where the step works. The optional
  /// form field `step_id` says for which step it was painted.
  func takeMask(_ request: Request, _ visit: Visit) async throws -> Response {
    let job = try await job(of: visit)
    var bytes: [UInt8]?
    let form = FormReader(limit: workshop.settings.maxFileBytes)
    let fields = try await form.read(request, begin: { _ in bytes = [] }, piece: { bytes?.append(contentsOf: $0) })
    guard let mask = bytes else { throw Self.noFile }
    let step = try fields["step_id"].map { try self.step(named: $0, in: job).id }
    let actions = actions
    return Answer.json(try await pool.run { try actions.importMask(job.id, step, mask) }, status: .created)
  }

  private static var noFile: APIError {
    APIError(.unprocessableContent, "no_file", "Send the picture as the form field \"file\".")
  }
}
