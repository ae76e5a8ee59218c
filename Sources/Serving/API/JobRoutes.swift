import Blocking
import HTTPTypes
import Hummingbird
import Model
import Running
import Storage

/// Jobs as a whole: listing, reading, stopping and going on.
extension API {
  private static let mostListed = 500

  /// `GET /api/jobs?limit=&offset=&status=`: newest first, the count of all in `X-Total-Count`.
  func list(_ request: Request) throws -> Response {
    let query = request.uri.queryParameters
    let limit = try number(query["limit"], "limit", in: 1...Self.mostListed, else: 100)
    let offset = try number(query["offset"], "offset", in: 0...1_000_000, else: 0)
    let status = try query["status"].map { text in
      guard let status = JobStatus(rawValue: String(text)) else {
        let known = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
        throw APIError(.unprocessableContent, "invalid_query", "\"status\" must be one of \(known).")
      }
      return status
    }
    let (jobs, count) = catalogue.list(status: status, offset: offset, limit: limit)
    var response = try Answer.json(jobs, for: request)
    response.headers[field: "X-Total-Count"] = "\(count)"
    return response
  }

  private func number(
    _ text: Substring?, _ name: String, in range: ClosedRange<Int>, else fallback: Int
  ) throws -> Int {
    guard let text else { return fallback }
    guard let value = Int(text), range.contains(value) else {
      throw APIError(
        .unprocessableContent, "invalid_query",
        "\"\(name)\" must be a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }

  /// `GET /api/jobs/{id}`: the whole job.json.
  func job(_ request: Request, _ visit: Visit) async throws -> Response {
    try Answer.json(try await job(of: visit), for: request)
  }

  /// `DELETE /api/jobs/{id}`: the job, its pictures and its folder go for good.
  func remove(_ visit: Visit) async throws -> Response {
    let id = try jobID(of: visit)
    let store = store
    try await pool.run {
      let job = try store.load(id)
      guard job.isSettled else {
        throw RunningError.notPossible("\(job.sourceName) is being worked on. Cancel it first, then remove it.")
      }
      try store.remove(job)
      store.tellOthers(of: id, firstEvent: 0)
    }
    catalogue.remove(id)
    hub.publish(removed: id)
    return Answer.noContent()
  }

  /// `POST /api/jobs/{id}/plan`: sees to it that the job gets its plan; one that has it keeps it.
  func plan(_ request: Request, _ visit: Visit) async throws -> Response {
    try await change(request, visit) { api, job in
      guard job.plan == nil else { return }
      if job.isHeld || job.status == .cancelled || job.status == .failed { try api.actions.resume(job.id) }
    }
  }

  /// `POST /api/jobs/{id}/run`: goes on with whatever can run.
  func run(_ request: Request, _ visit: Visit) async throws -> Response {
    try await change(request, visit) { api, job in
      if job.isHeld || job.status == .cancelled { try api.actions.resume(job.id) }
    }
  }

  /// `POST /api/jobs/{id}/pause`: holds the job before its next run.
  func pause(_ request: Request, _ visit: Visit) async throws -> Response {
    try await change(request, visit) { api, job in try api.actions.pause(job.id) }
  }

  /// `POST /api/jobs/{id}/resume`: lets a paused or cancelled job go on.
  func resume(_ request: Request, _ visit: Visit) async throws -> Response {
    try await change(request, visit) { api, job in try api.actions.resume(job.id) }
  }

  /// `POST /api/jobs/{id}/cancel`: ends the job; what was made stays.
  func cancel(_ request: Request, _ visit: Visit) async throws -> Response {
    try await change(request, visit) { api, job in try api.actions.cancel(job.id) }
  }

  /// Carries out an action on the job, wakes the runner and answers with the job as it is then.
  private func change(
    _ request: Request, _ visit: Visit, _ action: @escaping @Sendable (API, Job) throws -> Void
  ) async throws -> Response {
    let id = try jobID(of: visit)
    _ = try await body([String: JSONValue].self, of: request)
    return Answer.json(
      try await carryOut { api in
        try action(api, try api.store.load(id))
        return id
      })
  }

  /// Runs `action` off the cooperative pool; the job whose id it returns gets its turn and comes back.
  func carryOut(_ action: @escaping @Sendable (API) throws -> String) async throws -> Job {
    let job = try await pool.run {
      let id = try action(self)
      store.enqueue(id)
      return try store.load(id)
    }
    wake()
    return job
  }
}
