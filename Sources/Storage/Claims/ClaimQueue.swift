/// The right to work on one job, given to one runner at a time. It dies with the process, or with the lease.
package struct Claim: Sendable, Hashable {
  package let jobID: String
  /// Greater than that of every earlier claim on the job, so that the newest owner is told from one that was only slow.
  package let fence: Int64
}

/// A job that waits for its turn, and what its turn depends on.
package struct WaitingJob: Sendable, Hashable {
  package var jobID: String
  /// Inboxes take turns; one that was filled with a thousand pictures does not hold up another with three.
  package var inbox: String
  /// Work that was begun, or that a person asks for once more, goes before what is new.
  package var isNew: Bool
  /// What a worker must offer.
  package var needs: Needs

  package init(_ jobID: String, inbox: String = "", isNew: Bool = true, needs: Needs = Needs()) {
    self.jobID = jobID
    self.inbox = inbox
    self.isNew = isNew
    self.needs = needs
  }
}

/// What a job asks of the machine that works on it, or what a machine has to offer.
package struct Needs: Sendable, Hashable {
  /// Names of image services and planning models for which there are credentials; among a machine's offers also `engine`,
  /// the embedded engine's weights.
  package var services: Set<String>
  /// What is asked of a machine only where some machine of the root has had it: without it any machine makes do.
  package var wishes: Set<String>
  /// Memory, in megabytes.
  package var megabytes: Int

  package init(services: Set<String> = [], wishes: Set<String> = [], megabytes: Int = 0) {
    self.services = services
    self.wishes = wishes
    self.megabytes = megabytes
  }
}

/// A process that takes part in the work on a root.
package struct Participant: Sendable, Hashable {
  /// As people see it: host and process.
  package var name: String
  /// False for one that only takes pictures in.
  package var works: Bool
  package var offers: Needs

  package init(name: String, works: Bool, offers: Needs) {
    self.name = name
    self.works = works
    self.offers = offers
  }
}

/// What a participant is told of the others, each on a thread of the queue's own.
package struct QueueListener: Sendable {
  /// There may be a job to take.
  let wake: @Sendable () -> Void
  /// Whether all jobs are of interest, or only those that this process works on.
  let hearsAll: Bool
  /// Another process has changed the job; its events from this number on are new.
  let changed: @Sendable (_ jobID: String, _ firstEvent: Int) -> Void

  package init(
    wake: @escaping @Sendable () -> Void, hearsAll: Bool = false,
    changed: @escaping @Sendable (_ jobID: String, _ firstEvent: Int) -> Void = { _, _ in }
  ) {
    self.wake = wake
    self.hearsAll = hearsAll
    self.changed = changed
  }
}

/// Whether a paid call may be made.
package enum CallLeave: Sendable, Hashable {
  case granted
  /// As many calls were made on that day already.
  case usedUp(Int)
  /// The provider has asked to slow down; so many seconds of it are left.
  case heldBack(Double)
}

/// Who works on what: the plug-in point between one process (`LocalQueue`) and many machines (`SharedQueue`). Nothing
/// above `Storage` knows which is there.
///
/// Every conformer SHALL keep this, and `ClaimQueueTests` checks it of each:
/// - A job is claimed by one runner at a time, and every claim of a job has a greater fence than the one before.
/// - What is enqueued while it waits is there once; what is enqueued while it is claimed waits again once released.
/// - Begun work goes before new work, inboxes take turns, and within an inbox the first that came is the first served.
/// - A claim that is given back waits again.
/// - No more calls are granted on a day than the limit says, however many ask at once.
/// - A provider that asked one to slow down is called by nobody until that has passed, and then again by everybody.
///
/// All functions may block; none is to be called on the cooperative pool.
protocol ClaimQueue: Sendable {
  /// Lets this process take part from now on. Until then it may enqueue, but claims nothing.
  func join(as participant: Participant, _ listener: QueueListener)
  /// From now on this process has other things to offer.
  func offer(_ offers: Needs)
  /// Gives everything back.
  func leave()

  /// Never fails: what cannot be handed on is kept until it can.
  func enqueue(_ job: WaitingJob)
  /// The next job for this process alone; nil where none waits that it could do.
  func next() throws(StorageError) -> Claim?
  /// The job's work is over for now.
  func release(_ claim: Claim)
  /// The work was broken off and has to go on, here or elsewhere.
  func giveBack(_ claim: Claim)
  /// Fences of later claims are greater than this one, which a body has from another database.
  func raiseFence(above fence: Int64) throws(StorageError)
  /// Whether this process may do what has these needs; where not, another one has to.
  func suits(_ needs: Needs) throws(StorageError) -> Bool
  /// Waiting and claimed jobs, over all machines.
  func count() throws(StorageError) -> Int

  /// Leave for one paid call to a provider on a day (UTC) of which `limit` may be made. `counted` says how many were made
  /// already where nobody knows yet. Throws `.claimLost` if `claim` holds no more.
  func takeCall(
    to provider: String, for claim: Claim?, on day: String, limit: Int, counted: () throws(StorageError) -> Int
  ) throws(StorageError) -> CallLeave
  /// Takes it back: the call was not made.
  func giveBackCall(on day: String)
  /// The provider has asked for so many seconds without calls. Never shortens what it asked before.
  func holdBack(_ provider: String, for seconds: Double)

  /// Tells the other machines of a change.
  func tell(of jobID: String, firstEvent: Int)
  /// Why nothing can be claimed at the moment; nil where all is well.
  func trouble() -> StorageError?
  /// The jobs that other processes hold.
  func heldElsewhere() throws(StorageError) -> Set<String>
  /// Whether the claim still holds.
  func holds(_ claim: Claim) throws(StorageError) -> Bool
}
