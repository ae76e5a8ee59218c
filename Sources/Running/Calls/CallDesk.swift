import Blocking
import Model
import Storage
import Transport

/// The one way to a call that may cost money; one desk for each run of a job.
///
/// # What it guarantees
/// - A call is in the job's journal, durably, before it is sent, and again when its answer is in the body. After
///   a crash at any point the same question finds its answer there and is not paid twice; a call whose answer
///   never came is named in the history before anything else happens.
/// - No call is made beyond the job's and the day's budget.
/// - Temporary faults are waited out as the service asks, and a person can read what is waited for.
final class CallDesk: Sendable {
  private let workshop: Workshop
  private let jobID: String
  private let records: Locked<[CallRecord]>

  private init(workshop: Workshop, jobID: String, records: [CallRecord]) {
    self.workshop = workshop
    self.jobID = jobID
    self.records = Locked(records)
  }

  /// Reads the journal and closes what a stopped process left open. Nothing of this job is on its way then,
  /// because a job is worked on by one runner at a time.
  static func open(_ workshop: Workshop, jobID: String) async throws -> CallDesk {
    let (store, book) = (workshop.store, workshop.book)
    let records = try await workshop.blocking {
      let job = try book.update(jobID) { $0.metadata["waiting"] = nil }
      return try store.calls(of: jobID).map { call in
        guard call.state == .sent else { return call }
        var call = call
        call.state = .lost
        call.endedAt = .now
        call.error =
          "SceneHF stopped before the answer of \(call.provider) to the call of \(call.sentAt) came. It may have been "
          + "charged; look at the provider's account."
        try store.appendHistory(HistoryRecord(lost: call, step: job.steps.first { $0.id == call.stepID }))
        try store.write(call)
        return call
      }
    }
    return CallDesk(workshop: workshop, jobID: jobID, records: records)
  }

  /// The answer to the errand: the one in the journal, or that of `send`, called again while faults are temporary.
  ///
  /// Throws what `send` threw last, or `BudgetReached`.
  func perform(
    _ errand: Errand, _ send: () async throws -> RawAnswer
  ) async throws -> (answer: RawAnswer, asset: Asset) {
    if let kept = try await kept(errand) { return kept }
    for made in 1... {
      let call = try await begin(errand)
      do {
        return try await end(call, of: errand, with: try await send())
      } catch {
        let fault = ServiceFault(error)
        try await end(call, with: fault)
        if fault?.remedy == .stop { throw CancellationError() }
        guard let fault, let wait = errand.backOff.wait(after: fault, made: made) else { throw error }
        if wait > 0 { try await Waiting(workshop: workshop, jobID: jobID, step: errand.step).wait(wait, for: fault) }
      }
    }
    throw CancellationError()
  }

  /// Says that the answer in this asset is of no use, so that the same question is asked anew next time.
  func discard(_ asset: Asset, because reason: String) async throws {
    guard var call = records.withLock({ $0.first { $0.answer?.id == asset.id } }) else { return }
    call.state = .failed
    call.error = reason
    try await write(call)
  }

  // MARK: - The journal

  /// The answer of a call that was answered, but not made use of before the process stopped.
  private func kept(_ errand: Errand) async throws -> (RawAnswer, Asset)? {
    guard errand.isPaid else { return nil }
    let known = records.withLock { $0.last { $0.key == errand.key && $0.state == .answered } }
    guard let call = known, let asset = call.answer else { return nil }
    let (store, jobID) = (workshop.store, jobID)
    let bytes = try await workshop.blocking { try? store.read(asset, of: jobID) }
    guard let bytes else { return nil }
    return (RawAnswer(bytes: bytes, model: call.model, requestID: call.requestID, cost: call.cost), asset)
  }

  private func begin(_ errand: Errand) async throws -> CallRecord {
    let call = CallRecord(
      jobID: jobID, stepID: errand.step?.id ?? CallRecord.planStepID, provider: errand.provider, model: errand.model,
      prompt: errand.prompt,
      key: errand.key)
    guard errand.isPaid else { return call }
    let (limit, budget, store) = (workshop.settings.maxCallsPerJob, workshop.budget, workshop.store)
    let made = records.withLock { $0.count { $0.counts } }
    guard made < limit else { throw BudgetReached(limit: .job(made)) }
    try await workshop.blocking {
      try budget.take()
      try store.write(call)
    }
    records.withLock { $0.append(call) }
    return call
  }

  /// The answer's file first, then the record that names it.
  private func end(_ call: CallRecord, of errand: Errand, with answer: RawAnswer) async throws -> (RawAnswer, Asset) {
    let (store, jobID) = (workshop.store, jobID)
    var answer = answer
    answer.cost = answer.cost ?? workshop.settings.providers.costPerCall[call.provider]
    let asset = try await workshop.blocking { [answer] in
      var asset = try AssetMaker(store: store, jobID: jobID, stepID: errand.step?.id)
        .save(answer.bytes, kind: .generation, size: nil)
      asset.runID = errand.runID
      asset.model = answer.model
      asset.promptHash = Fingerprint.of(errand.prompt)
      return asset
    }
    guard errand.isPaid else { return (answer, asset) }
    var call = call
    call.state = .answered
    call.endedAt = .now
    call.model = answer.model
    call.requestID = answer.requestID
    call.cost = answer.cost
    call.answer = asset
    try await write(call)
    return (answer, asset)
  }

  private func end(_ call: CallRecord, with fault: ServiceFault?) async throws {
    guard records.withLock({ $0.contains { $0.id == call.id } }) else { return }
    var call = call
    call.state = fault?.wasTurnedAway == true ? .turnedAway : .failed
    call.endedAt = .now
    call.requestID = fault?.requestID
    call.error = fault?.description ?? "It ended without an answer."
    if call.state == .turnedAway { workshop.budget.giveBack(call) }
    try await write(call)
  }

  private func write(_ call: CallRecord) async throws {
    let store = workshop.store
    try await workshop.blocking { try store.write(call) }
    records.withLock { records in
      guard let index = records.firstIndex(where: { $0.id == call.id }) else { return }
      records[index] = call
    }
  }
}

extension ServiceFault {
  /// Whether the call certainly was not worked on, and so not charged.
  fileprivate var wasTurnedAway: Bool {
    switch kind {
    case .rateLimited, .quota, .auth, .badRequest, .modelGone: true
    case .transient, .cancelled: !mayHaveArrived
    case .refused, .empty, .malformed: false
    }
  }
}

extension HistoryRecord {
  /// A call that was never answered, as the history tells of it.
  fileprivate init(lost call: CallRecord, step: Step?) {
    if let step {
      self.init(
        runID: call.id, jobID: call.jobID, step: step, attempt: 1, startedAt: call.sentAt, provider: call.provider,
        model: call.model, prompt: call.prompt)
    } else {
      self.init(
        runID: call.id, jobID: call.jobID, planBy: call.provider, model: call.model, prompt: call.prompt,
        startedAt: call.sentAt)
    }
    finishedAt = call.endedAt
    error = call.error
    status = .failed
  }
}
