import Foundation
import Hummingbird
import Model
import Storage
import Testing

@testable import Running
@testable import Serving

@Suite struct EventHubTests {
  private func news(_ job: String, _ numbers: ClosedRange<Int>) -> JobNews {
    let source = Asset(id: "a", kind: .source, path: "assets/source/a.png", width: 1, height: 1)
    let events = numbers.map { JobEvent(id: $0, event: .log, jobID: job, message: "number \($0)") }
    return JobNews(job: Job(id: job, source: source), events: events)
  }

  private func bursts(of subscription: EventHub.Subscription) async -> [EventBurst] {
    var bursts: [EventBurst] = []
    for await burst in subscription.bursts { bursts.append(burst) }
    return bursts
  }

  private func text(_ bytes: ByteBuffer?) -> String { bytes.map { String(buffer: $0) } ?? "" }

  @Test func `what comes together is told in one burst, and who listens to a job hears of it alone`() async throws {
    let hub = EventHub()
    let subscription = try #require(hub.subscribe())
    hub.publish(news("two", 1...3))
    hub.publish(news("one", 1...2))
    hub.publish(Rejection(face: "note--1", name: "note.txt", reason: "note.txt was not taken."))
    hub.beat()
    hub.close()
    let bursts = await bursts(of: subscription)
    let burst = try #require(bursts.first)
    #expect(bursts.count == 1 && burst.frames.map(\.number) == [1, 2, 3, 1, 2, 0, 0])
    let all = text(burst.forAll)
    #expect(all.components(separatedBy: "\nevent: log\n").count == 6 && all.contains("event: rejected\ndata: {"))
    #expect(text(burst.forAll { $0.jobID != "two" }).components(separatedBy: "\nevent: log\n").count == 3)
    let one = text(burst.forJob("one") { $0.number != 1 })
    #expect(one.hasPrefix("id: 2\nevent: log\n") && one.hasSuffix("}\n\n: still here\n\n"))
    #expect(burst.forJob("three") { $0.number > 0 } == nil)
  }

  @Test func `who does not keep up is cut off and keeps what was queued`() async throws {
    let hub = EventHub()
    let slow = try #require(hub.subscribe())
    for number in 1...(EventHub.queueBound + 50) {
      hub.publish(news("one", number...number))
      hub.deliver()
    }
    #expect(hub.count == 0)
    #expect(await bursts(of: slow).map { $0.frames[0].number } == Array(1...EventHub.queueBound))
  }

  @Test func `who comes back is told what was missed`() throws {
    let hub = EventHub()
    hub.publish(news("one", 1...5))
    hub.deliver()
    let subscription = try #require(hub.subscribe(lastSeen: "one:3"))
    #expect(subscription.missed?.map(\.id) == ["one:4", "one:5"])
    #expect(subscription.lastID == "one:5")
    #expect(hub.subscribe(lastSeen: "one:77")?.missed == nil)
  }

  @Test func `the number of listeners is bounded, and places come free`() throws {
    let hub = EventHub()
    var kept = (0..<EventHub.mostListeners).compactMap { _ in hub.subscribe() }
    #expect(kept.count == EventHub.mostListeners)
    #expect(hub.subscribe() == nil)
    kept.removeAll()
    #expect(hub.subscribe() != nil)
  }

  @Test func `a closed hub takes nobody`() {
    let hub = EventHub()
    hub.close()
    #expect(hub.subscribe() == nil)
  }
}
