import Blocking
import Running
import Storage

/// Passes what happens to jobs on to everybody who listens over HTTP.
///
/// Each listener has a queue of its own with a bound. One that does not keep up is cut off, never waited for: it
/// comes back with the last id it saw and catches up from events.ndjson. Publishing costs the runner an append to a list;
/// an event is encoded once. What comes alone is told at once; what follows closely is told together, so that many
/// listeners to much work cost a wake-up and a write each for a burst, not for an event.
final class EventHub: Sendable {
  /// Bursts that wait for one slow client, before it is cut off. They are shared by all who wait for them.
  static let queueBound = 256
  /// Listeners at once.
  static let mostListeners = 400
  /// Events kept for who comes back to the stream of all jobs.
  private static let memory = 2048
  /// Between two bursts: no person sees it, and it bounds what listeners cost.
  private static let pause = Duration.milliseconds(100)

  private struct State {
    var listeners: [Int: AsyncStream<EventBurst>.Continuation] = [:]
    var nextListener = 0
    /// What listeners have not been told yet.
    var pending: [EventFrame] = []
    var recent: [EventFrame] = []
    var isClosed = false
  }

  private let state = Locked(State())
  /// Says that something is pending; one word is enough for any number of events.
  private let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  /// A place among the listeners.
  struct Subscription: Sendable {
    let bursts: AsyncStream<EventBurst>
    /// The id of the last event before this subscription, in the stream of all jobs.
    let lastID: String?
    /// What came after the id that the client has seen; nil if that is longer ago than the hub remembers.
    let missed: [EventFrame]?
  }

  /// Listens to all jobs; nil when there are too many listeners already. `lastSeen` is an id of the stream of all jobs.
  func subscribe(lastSeen: String? = nil) -> Subscription? {
    let (bursts, queue) = AsyncStream.makeStream(
      of: EventBurst.self, bufferingPolicy: .bufferingOldest(Self.queueBound))
    return state.withLock { state in
      guard !state.isClosed, state.listeners.count < Self.mostListeners else { return nil }
      let number = state.nextListener
      state.nextListener += 1
      state.listeners[number] = queue
      queue.onTermination = { [weak self] _ in self?.leave(number) }
      let seen = lastSeen.flatMap { id in state.recent.lastIndex { $0.id == id } }
      return Subscription(
        bursts: bursts, lastID: state.recent.last?.id, missed: seen.map { Array(state.recent[($0 + 1)...]) })
    }
  }

  func publish(_ news: JobNews) { add(news.events.map { EventFrame($0) }) }

  func publish(_ rejection: Rejection) { add([EventFrame(rejection)]) }

  func publish(removed jobID: String) { add([EventFrame(removed: jobID)]) }

  /// Shows every listener, and everything between, that the connection lives.
  func beat() { add([.heartbeat]) }

  private func add(_ frames: [EventFrame]) {
    state.withLock { $0.pending += frames }
    signal.yield()
  }

  /// Tells listeners what happens until the task is cancelled.
  func run() async {
    for await _ in signals {
      deliver()
      try? await Task.sleep(for: Self.pause)
    }
  }

  /// Tells every listener what is pending, as one burst.
  func deliver() {
    // Queues are finished outside the lock: finishing calls `leave`, which takes it.
    let overflown = state.withLock { state -> [AsyncStream<EventBurst>.Continuation] in
      guard !state.pending.isEmpty else { return [] }
      let burst = EventBurst(state.pending)
      state.pending = []
      state.recent += burst.frames.filter { $0.number > 0 }
      if state.recent.count > 2 * Self.memory { state.recent.removeFirst(state.recent.count - Self.memory) }
      return state.listeners.values.filter { queue in
        if case .dropped = queue.yield(burst) { return true }
        return false
      }
    }
    for queue in overflown { queue.finish() }
  }

  /// Tells what is left and lets everybody go; nobody may come any more.
  func close() {
    deliver()
    let queues = state.withLock { state in
      state.isClosed = true
      return Array(state.listeners.values)
    }
    for queue in queues { queue.finish() }
  }

  private func leave(_ number: Int) {
    state.withLock { _ = $0.listeners.removeValue(forKey: number) }
  }

  /// Whether the service is stopping.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// How many listen now.
  var count: Int { state.withLock { $0.listeners.count } }
}
