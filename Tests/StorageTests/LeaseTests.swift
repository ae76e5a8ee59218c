import Blocking
import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// What several processes on one root may do to one another: leases, fences, locks. The processes are stores here; that
/// they are frozen, killed and cut off is tried in `StudioTests` and by Config/torture.py.
@Suite(.timeLimit(.minutes(10))) struct LeaseTests {
  /// A store that takes part, as another process would.
  private func worker(_ layout: Layout, _ address: String, offers: Needs = Needs()) throws -> JobStore {
    let store = try JobStore.join(layout, database: address)
    let participant = Participant(name: "test", works: true, offers: offers)
    store.join(as: participant, needs: { _ in Needs() }, QueueListener(wake: {}))
    while let queue = store.queue as? SharedQueue, queue.state.withLock({ $0.worker == nil }) { usleep(2000) }
    return store
  }

  /// Runs `body` with a shared root in which one job lies, and the database's address.
  private func withShared(lease: Double = 1, _ body: (Root, Job, String) throws -> Void) throws {
    let address = try Postgres.freshDatabase()
    try withRoot { root in
      let job = try root.open().taking(root.drop("a.png"), as: root.job())
      #expect(try Sharing.prepare(root.layout, uri: address, lease: lease) == 1)
      try body(root, job, address)
    }
  }

  @Test func `a silent machine's job goes on elsewhere, and it cannot write any more`() throws {
    try withShared { root, job, address in
      let (slow, other) = (try worker(root.layout, address), try worker(root.layout, address))
      defer { other.leave() }
      let first = try #require(try slow.claimNext())
      // It gives no more signs of life, as if it were frozen.
      (slow.queue as? SharedQueue)?.state.withLock { $0.hasLeft = true }
      var second: Claim?
      while second == nil {
        second = try other.claimNext()
        usleep(20_000)
      }
      #expect(second?.jobID == first.jobID && second.map { $0.fence > first.fence } == true)
      let asset = Asset(id: Identifier.asset(), kind: .mask, path: "assets/masks/a.png", width: 1, height: 1)
      let lost = StorageError.claimLost(job.id)
      #expect(throws: lost) { try slow.write([1], as: asset, of: job.id) }
      #expect(throws: lost) { try slow.changing(job.id) { try slow.save(slow.load(job.id)) } }
      #expect(throws: lost) { try slow.write(CallRecord(of: job)) }
      #expect(throws: lost) { try slow.face(of: job).create(in: .working) }
      #expect(throws: lost) { try slow.takeCall(to: "gemini", for: job.id, on: "2026-11-24", limit: 9) }
      #expect(throws: lost) { try slow.checkClaim(on: job.id) }
      // The owner is not disturbed, also not by what the other gives back.
      slow.release(first)
      try other.write([1], as: asset, of: job.id)
      try other.changing(job.id) { _ = try other.save(other.load(job.id)) }
      #expect(try other.takeCall(to: "gemini", for: job.id, on: "2026-11-24", limit: 9) == .granted)
      #expect(try other.claimNext() == nil)
    }
  }

  @Test func `a writer that is stopped before its rename finds that it has no source`() throws {
    try withShared { root, job, address in
      let claims = [Claim(jobID: job.id, fence: 5), Claim(jobID: job.id, fence: 6)]
      let body = root.layout.body(of: job.id)
      let old = try Fence(raising: claims[0], in: body, by: "test")
      let path = body.appending("assets").appending("masks").appending("m.png")
      #expect(throws: StorageError.claimLost(job.id)) {
        try DurableWrite.write(to: path, replacing: true, fence: old.place) { (file) throws(StorageError) in
          try file.write([1, 2, 3])
          // Here it sleeps, and another machine takes over.
          _ = try Fence(raising: claims[1], in: body, by: "test")
        }
      }
      #expect(try SystemCalls.status(path) == nil)
      // One that slept before it made its claim known.
      #expect(throws: StorageError.claimOutrun(job.id, fence: 6)) {
        _ = try Fence(raising: claims[0], in: body, by: "test")
      }
      #expect(try !old.stands())
    }
  }

  @Test func `a lock whose holder hangs is broken, and what hung cannot save`() throws {
    try withShared { root, job, address in
      let store = try worker(root.layout, address)
      defer { store.leave() }
      let body = root.layout.body(of: job.id)
      var saved = job
      saved.status = .cancelled
      #expect(throws: StorageError.claimLost(job.id)) {
        try store.changing(job.id) {
          // Another machine, which has waited long enough.
          _ = try BodyLock(.job, of: body, by: "another", patience: .milliseconds(50))
          _ = try store.save(saved)
        }
      }
      #expect(try store.load(job.id).status == .idle)
    }
  }

  @Test func `two processes that change one job lose nothing`() async throws {
    let address = try Postgres.freshDatabase()
    try await withTemporaryFolder { folder in
      let root = Root(layout: Layout(root: folder.appending("root").string))
      let job = try root.open().taking(root.drop("a.png"), as: root.job())
      _ = try Sharing.prepare(root.layout, uri: address, lease: 1)
      await withTaskGroup(of: Void.self) { group in
        for writer in 0..<2 {
          group.addTask {
            guard let store = try? JobStore.join(root.layout, database: address) else { return }
            for number in 0..<25 {
              try? store.changing(job.id) {
                var job = try store.load(job.id)
                job.metadata["\(writer) \(number)"] = true
                _ = try store.save(job)
                let event = JobEvent(event: .log, jobID: job.id, status: "IDLE", message: "\(writer) \(number)")
                try store.append(events: [event], to: job.id)
              }
            }
          }
        }
      }
      let store = JobStore(reading: root.layout)
      #expect(try store.load(job.id).metadata.keys.count(where: { $0.contains(" ") }) == 50)
      #expect(try store.events(of: job.id).map(\.id) == Array(1...50))
    }
  }

  @Test func `a job waits for a machine that has what it needs`() throws {
    let sharing = try preparedSharing()
    let plain = joined(SharedQueue(sharing), offers: Needs(services: ["local"], megabytes: 100))
    let able = joined(SharedQueue(sharing), offers: Needs(services: ["local", "gemini"], megabytes: 100))
    let large = joined(SharedQueue(sharing), offers: Needs(services: ["local"], megabytes: 9000))
    defer { for queue in [plain, able, large] { queue.leave() } }
    plain.enqueue(WaitingJob("paid", needs: Needs(services: ["gemini"], megabytes: 50)))
    plain.enqueue(WaitingJob("poster", needs: Needs(services: [], megabytes: 500)))
    #expect(try plain.next() == nil)
    #expect(try able.next()?.jobID == "paid")
    #expect(try large.next()?.jobID == "poster")
  }

  @Test func `what one machine was told to wait holds for all`() throws {
    let sharing = try preparedSharing()
    let (told, other) = (joined(SharedQueue(sharing)), joined(SharedQueue(sharing)))
    defer { for queue in [told, other] { queue.leave() } }
    told.enqueue(WaitingJob("a"))
    let claim = try #require(try other.next())
    told.holdBack("gemini", for: 300)
    let leave = try other.takeCall(to: "gemini", for: claim, on: "2026-11-24", limit: 9) { () throws(StorageError) in 0
    }
    guard case .heldBack(let seconds) = leave else { throw UnexpectedLeave(leave: leave) }
    #expect((200...300).contains(seconds))
    let said = try sharing.unmetNeeds()
    #expect(said.count == 1 && said.first?.hasPrefix("gemini asks to slow down: no machine calls it for ") == true)
  }

  private struct UnexpectedLeave: Error {
    let leave: CallLeave
  }

  @Test func `a job waits for a machine with the engine's weights once there has been one`() throws {
    let sharing = try preparedSharing()
    let plain = joined(SharedQueue(sharing), offers: Needs(services: ["local"], megabytes: 100))
    defer { plain.leave() }
    let needs = Needs(services: ["local"], wishes: ["engine"], megabytes: 50)
    plain.enqueue(WaitingJob("first", needs: needs))
    // No machine has them: this one makes do.
    #expect(try plain.suits(needs))
    #expect(try plain.next()?.jobID == "first")
    let able = joined(SharedQueue(sharing), offers: Needs(services: ["local", "engine"], megabytes: 100))
    while !able.state.withLock({ $0.isOffered }) { usleep(2000) }
    plain.enqueue(WaitingJob("second", needs: needs))
    #expect(try !plain.suits(needs))
    #expect(try plain.next() == nil)
    #expect(try sharing.unmetNeeds().isEmpty)
    able.leave()
    #expect(try sharing.lacks == ["engine"])
    #expect(try plain.next() == nil)
    // One that only takes pictures in has them for nobody.
    let intake = SharedQueue(sharing)
    intake.join(as: Participant(name: "intake", works: false, offers: Needs()), QueueListener(wake: {}))
    defer { intake.leave() }
    intake.offer(Needs(services: ["local", "engine"], megabytes: 100))
    #expect(intake.state.withLock { $0.participant?.offers } == Needs())
    // New keys or weights hold from the moment they are read.
    plain.offer(Needs(services: ["local", "engine"], megabytes: 100))
    #expect(try plain.next()?.jobID == "second")
  }

  @Test func `what no machine has is named, and nothing else`() throws {
    let sharing = try preparedSharing()
    let plain = joined(SharedQueue(sharing), offers: Needs(services: ["local", "rembg"], megabytes: 100))
    let other = joined(SharedQueue(sharing), offers: Needs(services: ["fal"], megabytes: 100))
    defer { for queue in [plain, other] { queue.leave() } }
    plain.enqueue(WaitingJob("paid", needs: Needs(services: ["gemini", "local"], megabytes: 50)))
    #expect(try sharing.lacks == ["gemini"])
    plain.enqueue(WaitingJob("paid", needs: Needs(services: ["rembg"], megabytes: 500)))
    #expect(try sharing.lacks == ["500 MB of memory"])
    plain.enqueue(WaitingJob("paid", needs: Needs(services: ["rembg", "fal"], megabytes: 50)))
    #expect(try sharing.lacks == ["fal and rembg and 50 MB of memory"])
    plain.enqueue(WaitingJob("paid", needs: Needs(services: ["rembg"], megabytes: 50)))
    #expect(try sharing.unmetNeeds().isEmpty)
  }

  @Test func `tables of the version before are brought up to this one, with what waits in them`() throws {
    try withShared { root, job, address in
      try Postgres.run("drop table scenehf_provider", at: address)
      try Postgres.run("alter table scenehf_job drop column wishes", at: address)
      try Postgres.run("update scenehf_setting set version = 1", at: address)
      #expect(throws: StorageError.databaseUnprepared) { try JobStore.join(root.layout, database: address) }
      for _ in 0..<2 { #expect(try Sharing.prepare(root.layout, uri: address, lease: nil) == 1) }
      let store = try worker(root.layout, address)
      defer { store.leave() }
      #expect(try store.claimNext()?.jobID == job.id)
    }
  }

  @Test func `waiting workers are woken`() async throws {
    let sharing = try preparedSharing(lease: 3600)
    let (woken, wake) = AsyncStream<Void>.makeStream()
    let idle = joined(SharedQueue(sharing)) { wake.yield() }
    let other = joined(SharedQueue(sharing))
    defer { for queue in [idle, other] { queue.leave() } }
    var wakeUps = woken.makeAsyncIterator()
    // The one at its start; the next sign of life is 15 minutes away.
    await wakeUps.next()
    other.enqueue(WaitingJob("a"))
    await wakeUps.next()
    #expect(try idle.next()?.jobID == "a")
  }

  @Test func `the tables can be made anew from the root at any time`() throws {
    try withShared { root, job, address in
      let store = try worker(root.layout, address)
      defer { store.leave() }
      let claim = try #require(try store.claimNext())
      // What is at work stays so.
      #expect(try Sharing.prepare(root.layout, uri: address, lease: nil) == 1)
      store.release(claim)
      #expect(store.openClaims == 0)
      try Postgres.run(
        "drop table scenehf_job, scenehf_inbox, scenehf_day, scenehf_worker, scenehf_setting", at: address)
      try Postgres.run("drop sequence scenehf_fence", at: address)
      #expect(throws: StorageError.databaseUnprepared) { try JobStore.join(root.layout, database: address) }
      #expect(try Sharing.prepare(root.layout, uri: address, lease: 1) == 1)
      // The numbers begin anew, and the body knows greater ones: the worker gets there.
      let again = try worker(root.layout, address)
      defer { again.leave() }
      var next: Claim?
      while next == nil { next = try again.claimNext() }
      #expect(next?.jobID == job.id)
    }
  }

  @Test func `a shared root is not worked on without its database`() throws {
    try withShared { root, _, address in
      #expect(throws: StorageError.rootIsShared(root.layout.root)) { try root.open() }
      let secret = address.replacing("scenehf@/", with: "scenehf:planted-password@/").replacing(
        "host=", with: "host=/no")
      let error = #expect(throws: StorageError.self) { try JobStore.open(root.layout, database: secret) }
      #expect(error.map { "\($0)".contains("planted-password") } == false)
      #expect(error?.concernsDisk == true)
      try Sharing.end(root.layout, uri: address)
      _ = try root.open()
    }
  }
}

extension JobStore {
  /// Takes the drop as the job; the job comes back.
  fileprivate func taking(_ drop: Drop, as job: Job) throws -> Job {
    try take(drop, as: job)
    return try load(job.id)
  }
}

extension CallRecord {
  fileprivate init(of job: Job) {
    self.init(jobID: job.id, stepID: "s", provider: "gemini", model: "m", prompt: "p", key: "k")
  }
}

extension Sharing {
  /// What status says that no machine has.
  fileprivate var lacks: [String] {
    get throws {
      let (beginning, remedy) = (
        "1 waiting for a machine that has ", ". Start a worker that has; \"scenehf doctor\" says what one lacks."
      )
      return try unmetNeeds().filter { $0.hasPrefix(beginning) && $0.hasSuffix(remedy) }.map {
        String($0.dropFirst(beginning.count).dropLast(remedy.count))
      }
    }
  }
}
