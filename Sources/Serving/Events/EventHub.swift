import Blocking
import Running

/// Passes what happens to jobs on to everybody who listens over HTTP.
///
/// Each listener has a queue of its own with a bound. One that does not keep up is cut off, never waited for: it
/// comes back with the last id it saw and catches up from events.ndjson. Publishing costs the runner one append to
/// each queue; an event is encoded once.
final class EventHub: Sendable {
  /// Events that wait for one slow client, before it is cut off.
  static let queueBound = 256
  /// Listeners at once.
  static let mostListeners = 400
  /// Events kept for who comes back to the stream of all jobs.
  private static let memory = 2048

  private struct Listener {
    let jobID: String?
    let queue: AsyncStream<EventFrame>.Continuation
  }

  private struct State {
    var listeners: [Int: Listener] = [:]
    var nextListener = 0
    var recent: [EventFrame] = []
    var isClosed = false
  }

  private let state = Locked(State())

  /// A place among the listeners.
  struct Subscription: Sendable {
    let frames: AsyncStream<EventFrame>
    /// The id of the last event before this subscription, in the stream of all jobs.
    let lastID: String?
    /// What came after the id that the client has seen; nil if that is longer ago than the hub remembers.
    let missed: [EventFrame]?
  }

  /// Listens to one job, or to all with nil; nil when there are too many listeners already. `lastSeen` is an id of
  /// the stream of all jobs.
  func subscribe(to jobID: String?, lastSeen: String? = nil) -> Subscription? {
    let (frames, queue) = AsyncStream.makeStream(
      of: EventFrame.self, bufferingPolicy: .bufferingOldest(Self.queueBound))
    return state.withLock { state in
      guard !state.isClosed, state.listeners.count < Self.mostListeners else { return nil }
      let number = state.nextListener
      state.nextListener += 1
      state.listeners[number] = Listener(jobID: jobID, queue: queue)
      queue.onTermination = { [weak self] _ in self?.leave(number) }
      let seen = lastSeen.flatMap { id in state.recent.lastIndex { $0.id == id } }
      return Subscription(
        frames: frames, lastID: state.recent.last?.id, missed: seen.map { Array(state.recent[($0 + 1)...]) })
    }
  }

  func publish(_ news: JobNews) {
    let frames = news.events.map(EventFrame.init)
    send { state in
      state.recent += frames
      if state.recent.count > 2 * Self.memory { state.recent.removeFirst(state.recent.count - Self.memory) }
      return frames
    }
  }

  /// Shows every listener, and everything between, that the connection lives.
  func beat() {
    send { _ in [.heartbeat] }
  }

  /// Lets everybody go; nobody may come any more.
  func close() {
    let queues = state.withLock { state in
      state.isClosed = true
      return state.listeners.values.map(\.queue)
    }
    for queue in queues { queue.finish() }
  }

  private func send(_ prepare: (inout State) -> [EventFrame]) {
    // Queues are finished outside the lock: finishing calls `leave`, which takes it.
    let overflown = state.withLock { state in
      let frames = prepare(&state)
      return state.listeners.values.filter { listener in !frames.allSatisfy { Self.queue($0, for: listener) } }
    }
    for listener in overflown { listener.queue.finish() }
  }

  /// False if the listener's queue is full.
  private static func queue(_ frame: EventFrame, for listener: Listener) -> Bool {
    if let jobID = listener.jobID, frame.number > 0, frame.jobID != jobID { return true }
    if case .dropped = listener.queue.yield(frame) { return false }
    return true
  }

  private func leave(_ number: Int) {
    state.withLock { _ = $0.listeners.removeValue(forKey: number) }
  }

  /// Whether the service is stopping.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// How many listen now.
  var count: Int { state.withLock { $0.listeners.count } }
}
