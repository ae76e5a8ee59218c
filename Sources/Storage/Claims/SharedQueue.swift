import Blocking
import Dispatch

/// The queue of a root that several machines share, in PostgreSQL.
///
/// A claim is a row, taken by `FOR UPDATE SKIP LOCKED`. Each process gives signs of life on a connection and a thread of
/// its own; the jobs of one that was not heard of for the lease wait again, by whichever process notices it. LISTEN and
/// NOTIFY wake idle workers, and every sign of life looks for work as well. The database's clock alone counts. Where the
/// database is away nothing new is claimed and no paid call is made; what is at work goes on.
final class SharedQueue: ClaimQueue {
  struct State {
    var participant: Participant?
    var listener: QueueListener?
    /// Under which the database knows this process; nil until it does, or after it was forgotten.
    var worker: String?
    /// Whether the database knows what this process has to offer.
    var isOffered = false
    /// What this process works on, each with the number under which it was claimed: also claims that were lost, until
    /// their work has ended.
    var busy: [String: (claim: Claim, worker: String)] = [:]
    /// What could not be handed on while the database was away.
    var pending: [WaitingJob] = []
    /// What the others have not been told yet, and not too much of it: it is for display.
    var news: [String] = []
    /// Whether the database may hold a claim for this process that it does not know of, because an answer got lost.
    var isDoubtful = false
    var lease = Duration.seconds(15)
    /// Until then nobody can have taken a job of this process over.
    var sureUntil = ContinuousClock.now
    var knownDays: Set<String> = []
    var hasLeft = false
  }

  let root: String
  let state = Locked(State())
  let database: Database
  /// For signs of life and notifications: never waits behind a claim.
  let pulse: Database
  /// Held while a claim is on its way from the database to `busy`.
  let claiming = Locked(())

  init(_ sharing: Sharing) {
    root = sharing.rootID
    database = Database(sharing.uri, application: "scenehf")
    pulse = Database(sharing.uri, application: "scenehf pulse")
  }

  func join(as participant: Participant, _ listener: QueueListener) {
    state.withLock { ($0.participant, $0.listener) = (participant, listener) }
    DispatchQueue(label: "scenehf.pulse").async { self.keepAlive() }
  }

  func offer(_ offers: Needs) {
    // The others know it with the next sign of life; what is claimed until then goes by it already.
    state.withLock { state in
      // One that only takes pictures in has nothing to offer, whatever it has.
      guard state.participant?.works == true else { return }
      state.participant?.offers = offers
      state.isOffered = false
    }
  }

  func leave() {
    let worker = state.withLock { state in
      state.hasLeft = true
      defer { state.worker = nil }
      return state.worker
    }
    guard let worker else { return }
    _ = try? database.run("delete from scenehf_worker where id = $1::bigint", [worker])
    _ = try? database.run("select pg_notify('scenehf_work', $1)", [root])
  }

  // MARK: - Work

  func enqueue(_ job: WaitingJob) {
    // Where some wait already the database is away, which takes seconds to find out each time.
    let waits = state.withLock { state in
      if !state.pending.isEmpty { state.pending.append(job) }
      return !state.pending.isEmpty
    }
    if waits { return }
    do throws(StorageError) {
      try handIn(job)
    } catch {
      state.withLock { $0.pending.append(job) }
    }
  }

  private func handIn(_ job: WaitingJob) throws(StorageError) {
    try database.run(Schema.enqueue, Self.values(of: job, root: root) + ["yes"])
  }

  static func values(of job: WaitingJob, root: String) -> [String] {
    [
      root, job.jobID, job.inbox, job.isNew ? "t" : "f", Database.list(job.needs.services.sorted()),
      Database.list(job.needs.wishes.sorted()), "\(job.needs.megabytes)",
    ]
  }

  /// Hands in what was kept while the database was away.
  func flush() throws(StorageError) {
    while let job = state.withLock({ $0.pending.first }) {
      try handIn(job)
      state.withLock { _ = $0.pending.removeFirst() }
    }
  }

  func next() throws(StorageError) -> Claim? {
    try claiming.withLock { (_) throws(StorageError) in
      let (worker, offers, busy) = state.withLock { ($0.worker, $0.participant?.offers, Array($0.busy.keys)) }
      guard let worker, let offers else { return nil }
      try reconcile(worker)
      let values = [
        root, worker, Database.list(busy), Database.list(offers.services.sorted()), "\(offers.megabytes)",
      ]
      let answer: Database.Answer
      do throws(StorageError) {
        answer = try database.run(Schema.next, values, columns: 2, isRepeatable: false)
      } catch .databaseRefused(state: Self.unknownWorker, _) {
        // Forgotten in this very moment; the next sign of life finds it out.
        return nil
      } catch {
        state.withLock { $0.isDoubtful = true }
        throw error
      }
      guard let row = answer.rows.first, let fence = Int64(row[1]) else { return nil }
      let claim = Claim(jobID: row[0], fence: fence)
      state.withLock { $0.busy[claim.jobID] = (claim, worker) }
      return claim
    }
  }

  /// After an answer that got lost, what is claimed without anybody knowing waits again.
  private func reconcile(_ worker: String) throws(StorageError) {
    let jobs: [String]? = state.withLock { state in
      state.isDoubtful ? state.busy.values.filter { $0.worker == worker }.map(\.claim.jobID) : nil
    }
    guard let jobs else { return }
    try database.run(Schema.reconcile, [worker, Database.list(jobs)])
    state.withLock { $0.isDoubtful = false }
  }

  /// SQLSTATE foreign_key_violation.
  private static let unknownWorker = "23503"

  func release(_ claim: Claim) {
    guard let worker = forget(claim) else { return }
    let values = [root, claim.jobID, worker, "\(claim.fence)"]
    do throws(StorageError) {
      if try database.run(Schema.finish, values).changed == 0 { try database.run(Schema.giveBack, values) }
    } catch {
      // It waits again once the database is there, and its next run finds nothing to do.
      state.withLock { $0.isDoubtful = true }
    }
  }

  func giveBack(_ claim: Claim) {
    guard let worker = forget(claim) else { return }
    do throws(StorageError) {
      try database.run(Schema.giveBack, [root, claim.jobID, worker, "\(claim.fence)"])
    } catch {
      state.withLock { $0.isDoubtful = true }
    }
  }

  private func forget(_ claim: Claim) -> String? {
    state.withLock { state in
      guard let entry = state.busy[claim.jobID], entry.claim == claim else { return nil }
      state.busy[claim.jobID] = nil
      return entry.worker
    }
  }

  func raiseFence(above fence: Int64) throws(StorageError) {
    let command = "select setval('scenehf_fence', greatest($1::bigint, nextval('scenehf_fence')))"
    try database.run(command, ["\(fence)"])
  }

  func suits(_ needs: Needs) throws(StorageError) -> Bool {
    guard let offers = state.withLock({ $0.participant?.offers }) else { return true }
    guard needs.services.isSubset(of: offers.services), needs.megabytes <= offers.megabytes else { return false }
    let missing = needs.wishes.subtracting(offers.services)
    if missing.isEmpty { return true }
    let known = "select 1 from scenehf_provider where root = $1 and provider = any($2::text[])"
    return try database.run(known, [root, Database.list(missing)], columns: 1).rows.isEmpty
  }

  func count() throws(StorageError) -> Int {
    let answer = try database.run("select count(*) from scenehf_job where root = $1", [root], columns: 1)
    return Int(answer.rows.first?.first ?? "") ?? 0
  }

  // MARK: - Paid calls

  func takeCall(
    to provider: String, for claim: Claim?, on day: String, limit: Int, counted: () throws(StorageError) -> Int
  ) throws(StorageError) -> CallLeave {
    if !state.withLock({ $0.knownDays.contains(day) }) {
      let known = "select 1 from scenehf_day where root = $1 and day = $2"
      if try database.run(known, [root, day]).rows.isEmpty {
        let begin = "insert into scenehf_day values ($1, $2, $3::int) on conflict do nothing"
        try database.run(begin, [root, day, "\(try counted())"])
      }
      _ = state.withLock { $0.knownDays.insert(day) }
    }
    let worker = claim.flatMap { claim in state.withLock { $0.busy[claim.jobID]?.worker } }
    guard let claim, let worker else { throw .claimLost(claim?.jobID ?? "") }
    let values = [root, claim.jobID, worker, "\(claim.fence)", day, "\(limit)", provider]
    let row = try database.run(Schema.takeCall, values, columns: 4).rows.first ?? ["0", "0", "0", "0"]
    guard row[0] == "1" else { throw .claimLost(claim.jobID) }
    if let left = Double(row[3]), left > 0 { return .heldBack(left) }
    return row[1] == "1" ? .granted : .usedUp(Int(row[2]) ?? 0)
  }

  func giveBackCall(on day: String) {
    let command = "update scenehf_day set calls = calls - 1 where root = $1 and day = $2 and calls > 0"
    _ = try? database.run(command, [root, day])
  }

  func holdBack(_ provider: String, for seconds: Double) {
    // Where the database is away no call is granted anyway.
    _ = try? database.run(Schema.holdBack, [root, provider, "\(seconds)"])
  }

  func holds(_ claim: Claim) throws(StorageError) -> Bool {
    let (worker, isSure) = state.withLock { state in
      let entry = state.busy[claim.jobID]
      return (entry?.worker, entry?.worker == state.worker && ContinuousClock.now < state.sureUntil)
    }
    guard let worker else { return false }
    if isSure { return true }
    return try !database.run(Schema.holds, [root, claim.jobID, worker, "\(claim.fence)"], columns: 1).rows.isEmpty
  }

  // MARK: - Others

  func tell(of jobID: String, firstEvent: Int) {
    state.withLock { state in
      guard let worker = state.worker, state.news.count < 1000 else { return }
      state.news.append("\(root) \(worker) \(jobID) \(firstEvent)")
    }
  }

  func trouble() -> StorageError? {
    do throws(StorageError) {
      try database.run("select 1")
      return nil
    } catch {
      return error
    }
  }

  func heldElsewhere() throws(StorageError) -> Set<String> {
    let worker = state.withLock { $0.worker } ?? "0"
    let command = "select job from scenehf_job where root = $1 and holder is not null and holder <> $2::bigint"
    return Set(try database.run(command, [root, worker], columns: 1).rows.map { $0[0] })
  }
}
