import Model
import Testing

@testable import Running
@testable import Serving

@Suite struct EventHubTests {
  private func news(_ job: String, _ numbers: ClosedRange<Int>) -> JobNews {
    let source = Asset(id: "a", kind: .source, path: "assets/source/a.png", width: 1, height: 1)
    let events = numbers.map { JobEvent(id: $0, event: .log, jobID: job, message: "number \($0)") }
    return JobNews(job: Job(id: job, source: source), events: events)
  }

  private func numbers(_ frames: AsyncStream<EventFrame>) async -> [Int] {
    var numbers: [Int] = []
    for await frame in frames { numbers.append(frame.number) }
    return numbers
  }

  @Test func `a listener hears its job only, and heartbeats`() async throws {
    let hub = EventHub()
    let subscription = try #require(hub.subscribe(to: "one"))
    hub.publish(news("two", 1...3))
    hub.publish(news("one", 1...2))
    hub.beat()
    hub.close()
    #expect(await numbers(subscription.frames) == [1, 2, 0])
  }

  @Test func `who does not keep up is cut off and keeps what was queued`() async throws {
    let hub = EventHub()
    let slow = try #require(hub.subscribe(to: nil))
    hub.publish(news("one", 1...(EventHub.queueBound + 50)))
    #expect(hub.count == 0)
    #expect(await numbers(slow.frames) == Array(1...EventHub.queueBound))
  }

  @Test func `who comes back is told what was missed`() throws {
    let hub = EventHub()
    hub.publish(news("one", 1...5))
    let subscription = try #require(hub.subscribe(to: nil, lastSeen: "one:3"))
    #expect(subscription.missed?.map(\.id) == ["one:4", "one:5"])
    #expect(subscription.lastID == "one:5")
    #expect(hub.subscribe(to: nil, lastSeen: "one:77")?.missed == nil)
  }

  @Test func `the number of listeners is bounded, and places come free`() throws {
    let hub = EventHub()
    var kept = (0..<EventHub.mostListeners).compactMap { _ in hub.subscribe(to: nil) }
    #expect(kept.count == EventHub.mostListeners)
    #expect(hub.subscribe(to: nil) == nil)
    kept.removeAll()
    #expect(hub.subscribe(to: nil) != nil)
  }

  @Test func `a closed hub takes nobody`() {
    let hub = EventHub()
    hub.close()
    #expect(hub.subscribe(to: nil) == nil)
  }
}
