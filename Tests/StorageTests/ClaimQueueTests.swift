import Blocking
import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// The contract of `ClaimQueue`, which every conformer passes.
@Suite(.timeLimit(.minutes(10))) struct ClaimQueueTests {
  enum Kind: CaseIterable {
    case local
    case shared
  }

  /// Takes part, so that it claims.
  private func queue(_ kind: Kind) throws -> any ClaimQueue {
    switch kind {
    case .local: return joined(LocalQueue())
    case .shared: return joined(SharedQueue(try preparedSharing()))
    }
  }

  private func job(_ id: String, inbox: String = "", isNew: Bool = true) -> WaitingJob {
    WaitingJob(id, inbox: inbox, isNew: isNew)
  }

  @Test(arguments: Kind.allCases) func `each job is handed out once, first come, first served`(_ kind: Kind) throws {
    let queue = try queue(kind)
    defer { queue.leave() }
    for id in ["a", "b", "a", "c"] { queue.enqueue(job(id)) }
    let claims = try (0..<3).map { _ in try #require(try queue.next()) }
    #expect(claims.map(\.jobID) == ["a", "b", "c"])
    #expect(try queue.next() == nil)
    #expect(try queue.count() == 3)
  }

  @Test(arguments: Kind.allCases) func `what is enqueued while it is claimed waits again`(_ kind: Kind) throws {
    let queue = try queue(kind)
    defer { queue.leave() }
    queue.enqueue(job("a"))
    let first = try #require(try queue.next())
    queue.enqueue(job("a"))
    #expect(try queue.next() == nil)
    queue.release(first)
    let second = try #require(try queue.next())
    #expect(second.jobID == "a" && second.fence > first.fence)
    queue.release(second)
    #expect(try queue.count() == 0)
  }

  @Test(arguments: Kind.allCases) func `a claim that is given back waits again with a greater fence`(_ kind: Kind)
    throws
  {
    let queue = try queue(kind)
    defer { queue.leave() }
    queue.enqueue(job("a"))
    let first = try #require(try queue.next())
    queue.giveBack(first)
    let second = try #require(try queue.next())
    #expect(second.jobID == "a" && second.fence > first.fence)
  }

  @Test(arguments: Kind.allCases) func `begun work goes before new work`(_ kind: Kind) throws {
    let queue = try queue(kind)
    defer { queue.leave() }
    for id in ["new 1", "new 2"] { queue.enqueue(job(id)) }
    queue.enqueue(job("begun", isNew: false))
    #expect(try order(queue) == ["begun", "new 1", "new 2"])
  }

  @Test(arguments: Kind.allCases) func `inboxes take turns however full one of them is`(_ kind: Kind) throws {
    let queue = try queue(kind)
    defer { queue.leave() }
    for number in 1...5 { queue.enqueue(job("a\(number)", inbox: "a")) }
    for number in 1...2 { queue.enqueue(job("b\(number)", inbox: "b")) }
    #expect(try order(queue, 2) == ["a1", "b1"])
    // One that comes late has no credit for the time before.
    for number in 1...2 { queue.enqueue(job("c\(number)", inbox: "c")) }
    #expect(try order(queue) == ["a2", "b2", "c1", "a3", "c2", "a4", "a5"])
  }

  @Test(arguments: Kind.allCases) func `many ask at once and each job has one owner`(_ kind: Kind) async throws {
    let queue = try queue(kind)
    defer { queue.leave() }
    let ids = (0..<60).map { "job \($0)" }
    for id in ids { queue.enqueue(job(id)) }
    let taken = await withTaskGroup(of: [String].self) { group in
      for _ in 0..<4 {
        group.addTask {
          var mine: [String] = []
          while let claim = try? queue.next() {
            mine.append(claim.jobID)
            queue.release(claim)
          }
          return mine
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(taken.sorted() == ids.sorted())
    #expect(try queue.count() == 0)
  }

  @Test(arguments: Kind.allCases) func `no more calls are granted than a day allows`(_ kind: Kind) throws {
    let queue = try queue(kind)
    defer { queue.leave() }
    queue.enqueue(job("a"))
    let claim = try #require(try queue.next())
    func take(_ day: String) throws -> CallLeave {
      try queue.takeCall(to: "gemini", for: claim, on: day, limit: 3) { () throws(StorageError) in 1 }
    }
    #expect(try (0..<3).map { _ in try take("2026-11-24") } == [.granted, .granted, .usedUp(3)])
    queue.giveBackCall(on: "2026-11-24")
    #expect(try take("2026-11-24") == .granted)
    #expect(try take("2026-11-25") == .granted)
  }

  @Test(arguments: Kind.allCases) func `a provider that asks to slow down is left alone until that has passed`(
    _ kind: Kind
  ) throws {
    let queue = try queue(kind)
    defer { queue.leave() }
    queue.enqueue(job("a"))
    let claim = try #require(try queue.next())
    func take(_ provider: String) throws -> CallLeave {
      try queue.takeCall(to: provider, for: claim, on: "2026-11-24", limit: 4) { () throws(StorageError) in 0 }
    }
    func left(_ leave: CallLeave) -> Double {
      if case .heldBack(let seconds) = leave { seconds } else { 0 }
    }
    #expect(try take("gemini") == .granted)
    queue.holdBack("gemini", for: 300)
    #expect((200...300).contains(left(try take("gemini"))))
    // What was asked for before is not shortened, and of a second service it was not asked.
    queue.holdBack("gemini", for: 1)
    #expect((200...300).contains(left(try take("gemini"))))
    #expect(try take("openai") == .granted)
    queue.holdBack("openai", for: 0.2)
    var leave = try take("openai")
    while left(leave) > 0 {
      usleep(10_000)
      leave = try take("openai")
    }
    // Calls that were held back are none: two were made before.
    #expect(leave == .granted)
    #expect(try take("fal") == .granted)
    #expect(try take("fal") == .usedUp(4))
  }

  @Test(arguments: Kind.allCases) func `what was begun in one inbox goes before what is new in all others`(_ kind: Kind)
    throws
  {
    let queue = try queue(kind)
    defer { queue.leave() }
    for number in 1...3 { queue.enqueue(job("a\(number)", inbox: "a")) }
    queue.enqueue(job("b1", inbox: "b"))
    let first = try #require(try queue.next())
    queue.giveBack(first)
    queue.enqueue(job("again", inbox: "a", isNew: false))
    #expect(try order(queue, 2).sorted() == ["a1", "again"])
    // Work that was begun took no turn from its inbox.
    #expect(try order(queue) == ["b1", "a2", "a3"])
  }

  /// Takes so many jobs, or all, and releases each.
  private func order(_ queue: any ClaimQueue, _ count: Int = .max) throws -> [String] {
    var order: [String] = []
    while order.count < count, let claim = try queue.next() {
      order.append(claim.jobID)
      queue.release(claim)
    }
    return order
  }
}

/// A database with tables, and a root in it.
func preparedSharing(lease: Double? = nil) throws -> Sharing {
  let address = try Postgres.freshDatabase()
  return try withFolder(on: fastPlace) { folder in
    let layout = Layout(root: folder.appending("root").string)
    _ = try Sharing.prepare(layout, uri: address, lease: lease)
    return try #require(try Sharing.find(layout, uri: address))
  }
}

/// The queue, taking part with these offers; waits until the others know of it.
func joined<Queue: ClaimQueue>(
  _ queue: Queue, offers: Needs = Needs(services: ["gemini"], megabytes: 1000),
  _ wake: @escaping @Sendable () -> Void = {}
) -> Queue {
  queue.join(as: Participant(name: "test", works: true, offers: offers), QueueListener(wake: wake))
  while let shared = queue as? SharedQueue, shared.state.withLock({ $0.worker == nil }) { usleep(2000) }
  return queue
}
