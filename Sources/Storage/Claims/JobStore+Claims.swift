import Blocking
package import Model

/// What jobs ask of the machine that works on them; see `JobStore.join`.
struct Demands: Sendable {
  var needs: @Sendable (Job) -> Needs = { _ in Needs() }
}

/// Who works on what, as everything above the store sees it.
extension JobStore {
  /// Lets this process take part in the work; `needs` says what a job asks of the machine that works on it.
  package func join(
    as participant: Participant, needs: @escaping @Sendable (Job) -> Needs, _ listener: QueueListener
  ) {
    demands.withLock { $0.needs = needs }
    queue.join(as: participant, listener)
  }

  /// Whether other machines may work on this root.
  package var isShared: Bool { sharing != nil }

  /// From now on this process has other things to offer.
  package func offer(_ offers: Needs) { queue.offer(offers) }

  /// Whether this process may go on with the job; where not, it waits again, for one that has what comes next. Blocks.
  package func keeps(_ job: Job) throws(StorageError) -> Bool {
    let waiting = waiting(job)
    if try queue.suits(waiting.needs) { return true }
    queue.enqueue(waiting)
    return false
  }

  /// Gives back all claims and takes part no more. Blocks.
  package func leave() { queue.leave() }

  /// Says that there is something to do for the job. Blocks.
  package func enqueue(_ jobID: String) {
    // One that cannot be read is said so by whoever tries to work on it.
    guard let job = try? load(jobID) else { return queue.enqueue(WaitingJob(jobID)) }
    enqueue(job)
  }

  /// The same of a job that the caller has at hand, just as it was saved.
  package func enqueue(_ job: Job) { queue.enqueue(waiting(job)) }

  func waiting(_ job: Job) -> WaitingJob {
    let inbox = job.preset ?? job.metadata["group"]?.text ?? ""
    let demands = demands.withLock { $0 }
    return WaitingJob(job.id, inbox: inbox, isNew: job.plan == nil, needs: demands.needs(job))
  }

  /// The next job to work on, for the caller alone until it releases the claim; nil if none waits. Blocks.
  package func claimNext() throws(StorageError) -> Claim? {
    guard let claim = try queue.next() else { return nil }
    guard let sharing else { return claim }
    do throws(StorageError) {
      let fence = try Fence(raising: claim, in: layout.body(of: claim.jobID), by: sharing.holder)
      fences.withLock { $0[claim.jobID] = fence }
      return claim
    } catch .noSuchJob {
      queue.release(claim)
      return try claimNext()
    } catch .claimOutrun(_, let fence) {
      // The tables were made anew since.
      queue.giveBack(claim)
      try queue.raiseFence(above: fence)
      return try claimNext()
    } catch {
      queue.giveBack(claim)
      throw error
    }
  }

  /// Gives the job back; if it got new work meanwhile it waits again. Blocks.
  package func release(_ claim: Claim) {
    lower(claim)
    queue.release(claim)
  }

  /// Gives back a job whose work was broken off, so that it waits again. Blocks.
  package func giveBack(_ claim: Claim) {
    lower(claim)
    queue.giveBack(claim)
  }

  private func lower(_ claim: Claim) {
    fences.withLock { fences in
      if fences[claim.jobID]?.claim == claim { fences[claim.jobID] = nil }
    }
  }

  /// How many jobs wait or are being worked on; where nobody can say, as if there were one. Blocks.
  package var openClaims: Int { (try? queue.count()) ?? 1 }

  /// Throws `.claimLost` if this process worked on the job and another one does now, or may. Asked last before what
  /// cannot be fenced: a call to a service, a file in a face. Blocks.
  package func checkClaim(on jobID: String) throws(StorageError) {
    guard let fence = fence(of: jobID) else { return }
    guard try queue.holds(fence.claim), try fence.stands() else { throw .claimLost(jobID) }
  }

  func fence(of jobID: String) -> Fence? { fences.withLock { $0[jobID] } }

  /// Leave for one paid call to a provider for the job, on a day (UTC) of which `limit` may be made. Blocks.
  package func takeCall(
    to provider: String, for jobID: String, on day: String, limit: Int
  ) throws(StorageError) -> CallLeave {
    let claim = fence(of: jobID)?.claim
    return try queue.takeCall(to: provider, for: claim, on: day, limit: limit) { () throws(StorageError) in
      try spending(on: day).calls
    }
  }

  /// Takes the leave back: the call was turned away. Blocks.
  package func giveBackCall(on day: String) { queue.giveBackCall(on: day) }

  /// The provider has asked for so many seconds without calls, whichever machine makes them. Blocks.
  package func holdBack(_ provider: String, for seconds: Double) { queue.holdBack(provider, for: seconds) }

  /// Does `change` while no other process changes the job. Within it the job is read and saved. Blocks.
  package func changing<Value>(_ jobID: String, _ change: () throws -> Value) throws -> Value {
    guard let sharing else { return try change() }
    let lock = try BodyLock(.job, of: layout.body(of: jobID), by: sharing.holder)
    defer { withExtendedLifetime(lock) {} }
    try checkFence(of: jobID)
    return try change()
  }

  private func checkFence(of jobID: String) throws(StorageError) {
    if let fence = fence(of: jobID), try !fence.stands() { throw .claimLost(jobID) }
  }

  /// Does `body` while no other process fills or moves the job's face. Blocks.
  package func holdingFace<Value>(of jobID: String, _ body: () throws -> Value) throws -> Value {
    guard let sharing else { return try body() }
    let lock = try BodyLock(.face, of: layout.body(of: jobID), by: sharing.holder)
    defer { withExtendedLifetime(lock) {} }
    try checkFence(of: jobID)
    return try body()
  }

  /// Tells the other machines of a change. Blocks.
  package func tellOthers(of jobID: String, firstEvent: Int) { queue.tell(of: jobID, firstEvent: firstEvent) }
}
