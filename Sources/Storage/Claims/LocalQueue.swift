import Blocking

/// The queue of one process: in memory, filled anew from the jobs at each start.
final class LocalQueue: ClaimQueue {
  private struct State {
    var line = WaitingLine()
    var held: Set<String> = []
    /// Held jobs that got new work meanwhile: they wait again once released.
    var again: [String: WaitingJob] = [:]
    var fence: Int64 = 0
    /// The calls of one day; nil until the first.
    var calls: (day: String, count: Int)?
    /// Until when providers are left alone.
    var holds: [String: ContinuousClock.Instant] = [:]
  }

  private let state = Locked(State())

  func join(as participant: Participant, _ listener: QueueListener) {}
  func offer(_ offers: Needs) {}
  func leave() {}

  func enqueue(_ job: WaitingJob) {
    state.withLock { state in
      if state.held.contains(job.jobID) {
        state.again[job.jobID] = job
      } else {
        state.line.append(job)
      }
    }
  }

  func next() -> Claim? {
    state.withLock { state in
      guard let jobID = state.line.takeFirst() else { return nil }
      state.held.insert(jobID)
      state.fence += 1
      return Claim(jobID: jobID, fence: state.fence)
    }
  }

  func release(_ claim: Claim) {
    state.withLock { state in
      state.held.remove(claim.jobID)
      if let job = state.again.removeValue(forKey: claim.jobID) { state.line.append(job) }
    }
  }

  func giveBack(_ claim: Claim) {
    enqueue(WaitingJob(claim.jobID, isNew: false))
    release(claim)
  }

  func raiseFence(above fence: Int64) { state.withLock { $0.fence = max($0.fence, fence) } }

  /// There is no other.
  func suits(_ needs: Needs) -> Bool { true }

  func count() -> Int { state.withLock { $0.line.count + $0.held.count } }

  func takeCall(
    to provider: String, for claim: Claim?, on day: String, limit: Int, counted: () throws(StorageError) -> Int
  ) throws(StorageError) -> CallLeave {
    try state.withLock { (state) throws(StorageError) in
      if let end = state.holds[provider] {
        let left = end - ContinuousClock.now
        if left > .zero { return .heldBack(left / .seconds(1)) }
        state.holds[provider] = nil
      }
      var made = 0
      if let calls = state.calls {
        made = calls.day == day ? calls.count : 0
      } else {
        made = try counted()
      }
      guard made < limit else {
        state.calls = (day, made)
        return .usedUp(made)
      }
      state.calls = (day, made + 1)
      return .granted
    }
  }

  func giveBackCall(on day: String) {
    state.withLock { state in
      if state.calls?.day == day { state.calls?.count -= 1 }
    }
  }

  func holdBack(_ provider: String, for seconds: Double) {
    let end = ContinuousClock.now + .seconds(seconds)
    state.withLock { $0.holds[provider] = max(end, $0.holds[provider] ?? end) }
  }

  func tell(of jobID: String, firstEvent: Int) {}
  func trouble() -> StorageError? { nil }
  func heldElsewhere() -> Set<String> { [] }
  func holds(_ claim: Claim) -> Bool { true }
}

/// Waiting jobs in the order of their turns.
///
/// Each inbox counts its own turns, beginning where the line stands (start-time fair queueing; Goyal, Vin and Cheng,
/// SIGCOMM 1996), so that the inboxes alternate however full one of them is.
private struct WaitingLine {
  /// A place in the line; the smaller goes first.
  private struct Place: Comparable {
    var isNew: Bool
    var turn: Int
    var number: Int
    var jobID: String

    static func < (one: Place, other: Place) -> Bool {
      if one.isNew != other.isNew { return !one.isNew }
      return (one.turn, one.number) < (other.turn, other.number)
    }
  }

  /// A binary heap: each place goes before those at 2n + 1 and 2n + 2.
  private var heap: [Place] = []
  private var waiting: Set<String> = []
  private var turns: [String: Int] = [:]
  /// The turn that was taken last.
  private var turn = 0
  private var number = 0

  var count: Int { waiting.count }

  mutating func append(_ job: WaitingJob) {
    guard waiting.insert(job.jobID).inserted else { return }
    number += 1
    let own = max(turn, turns[job.inbox] ?? 0) + 1
    turns[job.inbox] = own
    heap.append(Place(isNew: job.isNew, turn: own, number: number, jobID: job.jobID))
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func takeFirst() -> String? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    waiting.remove(first.jobID)
    if first.isNew { turn = max(turn, first.turn) }
    return first.jobID
  }

  private mutating func sink() {
    var parent = 0
    while let child = [2 * parent + 1, 2 * parent + 2].filter({ $0 < heap.count }).min(by: { heap[$0] < heap[$1] }),
      heap[child] < heap[parent]
    {
      heap.swapAt(parent, child)
      parent = child
    }
  }
}
