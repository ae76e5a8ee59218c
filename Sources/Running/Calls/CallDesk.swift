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
/// - No call is made beyond the job's and the day's budget, nor for a job that another machine has taken over.
/// - Temporary faults are waited out as the service asks, and a person can read what is waited for. A service that asks one
///   call to slow down is left alone by those of all jobs, on all machines.
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
        // What a service has given a ticket for can still be asked for.
        guard call.state == .sent, call.ticket == nil else { return call }
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

  /// The answer to the errand: the one in the journal, that of a call which a service took before a crash, or that of
  /// `send`, called again while faults are temporary.
  ///
  /// Throws what `send` threw last, or `BudgetReached`.
  func perform(
    _ errand: Errand, _ send: (OpenCall) async throws -> RawAnswer
  ) async throws -> (answer: RawAnswer, asset: Asset) {
    if let kept = try await kept(errand) { return kept }
    for made in 1...Self.mostCalls {
      let taken = made == 1 ? takenBefore(errand) : nil
      let call = if let taken { taken } else { try await begin(errand) }
      do {
        if errand.isPaid { try await checkClaim() }
        return try await end(call, of: errand, with: try await send(open(call)))
      } catch {
        let failure = CallFailure(error)
        try await end(call, with: failure, "\(error)")
        if failure?.remedy == .stop {
          try await tellOfStopped(call, failure?.fault, errand)
          throw CancellationError()
        }
        let wait = failure.flatMap { errand.backOff.wait(for: $0.remedy, made: made) }
        if errand.isPaid, let hold = failure?.hold(wait) { await holdBack(errand.provider, for: hold) }
        guard let failure, let wait else { throw error }
        if failure.remedy == .tryOtherModel { try await remarks(errand).say("\(error)") }
        if wait > 0 { try await remarks(errand).wait(wait, because: failure.reason(errand.provider)) }
      }
    }
    throw ServiceFault(.transient, errand.provider, "no answer after \(Self.mostCalls) calls")
  }

  /// Nobody else may be at the job: asked last, because this process may have been stopped for an hour just before.
  private func checkClaim() async throws {
    let (store, jobID) = (workshop.store, jobID)
    try await workshop.blocking { try store.checkClaim(on: jobID) }
  }

  /// What one call was told holds for those of all jobs, on all machines.
  private func holdBack(_ provider: String, for seconds: Double) async {
    let store = workshop.store
    await workshop.pool.run { store.holdBack(provider, for: seconds) }
  }

  /// An end to models that step down for ever; no list is that long.
  private static let mostCalls = 30

  private func remarks(_ errand: Errand) -> Remarks { Remarks(workshop: workshop, jobID: jobID, step: errand.step) }

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

  /// The same call, if it was taken by the service before a crash and may still be answered.
  private func takenBefore(_ errand: Errand) -> CallRecord? {
    records.withLock { $0.last { $0.key == errand.key && $0.state == .sent && $0.ticket != nil } }
  }

  private func open(_ call: CallRecord) -> OpenCall {
    OpenCall(ticket: call.ticket) { ticket in
      guard var call = self.known(call) else { return }
      call.ticket = ticket
      try await self.write(call)
    }
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
    // Without the database of a shared budget there is no leave to be had.
    while let wait = try await workshop.disk.insist({ [jobID] in try budget.take(to: errand.provider, for: jobID) }) {
      // Not all of them at one moment.
      let spread = wait * (1 + 0.25 * Double.random(in: 0...1))
      try await remarks(errand).wait(spread, because: "\(errand.provider) asks to slow down")
    }
    try await workshop.blocking { try store.write(call) }
    records.withLock { $0.append(call) }
    return call
  }

  /// The answer's file first, then the record that names it. What was paid for waits in memory for a disk in trouble.
  private func end(_ call: CallRecord, of errand: Errand, with answer: RawAnswer) async throws -> (RawAnswer, Asset) {
    let (store, jobID) = (workshop.store, jobID)
    var answer = answer
    answer.cost = answer.cost ?? workshop.settings.providers.costPerCall[call.provider]
    let asset = try await workshop.disk.insist { [answer] in
      var asset = try AssetMaker(store: store, jobID: jobID, stepID: errand.step?.id)
        .save(answer.bytes, kind: .generation, size: nil)
      asset.runID = errand.runID
      asset.model = answer.model
      asset.promptHash = Fingerprint.of(errand.prompt)
      return asset
    }
    guard var call = known(call) else { return (answer, asset) }
    call.state = .answered
    call.endedAt = .now
    call.model = answer.model
    call.requestID = answer.requestID
    call.cost = answer.cost
    call.answer = asset
    try await write(call)
    return (answer, asset)
  }

  private func end(_ call: CallRecord, with failure: CallFailure?, _ sentence: String) async throws {
    guard var call = known(call) else { return }
    call.state = failure?.wasTurnedAway == true ? .turnedAway : .failed
    call.endedAt = .now
    call.requestID = failure?.fault?.requestID
    call.error = sentence
    if call.state == .turnedAway {
      let (budget, turnedAway) = (workshop.budget, call)
      try await workshop.blocking { budget.giveBack(turnedAway) }
    }
    try await write(call)
  }

  /// A call that was ended while it was on its way is named in the history: the service may charge it.
  private func tellOfStopped(_ call: CallRecord, _ fault: ServiceFault?, _ errand: Errand) async throws {
    guard var call = known(call), fault?.mayHaveArrived == true else { return }
    call.error = "\(call.error ?? "") It may have been charged."
    let (store, stopped) = (workshop.store, call)
    try await workshop.disk.insist { try store.appendHistory(HistoryRecord(lost: stopped, step: errand.step)) }
  }

  /// The call as the journal has it; nil for one that costs nothing and is in no journal.
  private func known(_ call: CallRecord) -> CallRecord? { records.withLock { $0.first { $0.id == call.id } } }

  private func write(_ call: CallRecord) async throws {
    let store = workshop.store
    try await workshop.disk.insist { try store.write(call) }
    records.withLock { records in
      guard let index = records.firstIndex(where: { $0.id == call.id }) else { return }
      records[index] = call
    }
  }
}

extension HistoryRecord {
  /// A call whose answer nobody waited for, as the history tells of it.
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
