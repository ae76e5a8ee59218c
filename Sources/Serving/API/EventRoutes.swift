import Blocking
import HTTPTypes
import Hummingbird
import Model
import ServiceLifecycle
import Storage

/// Events as they happen (Server-sent events).
///
/// A client that comes for the first time gets a snapshot, one that comes back with `Last-Event-ID` what it has
/// missed. Both subscribe first and read then, so that nothing falls between.
extension API {
  /// `GET /api/jobs/{id}/events`: ids are the numbers of the job's events.ndjson.
  func jobEvents(_ request: Request, _ visit: Visit) async throws -> Response {
    let id = try jobID(of: visit)
    let store = store
    _ = try await pool.run { try store.load(id) }
    let subscription = try subscribed(hub.subscribe())
    let seen = Self.lastEventID(request).flatMap { Int($0) }
    let (opening, last) = try await pool.run { () throws -> ([ByteBuffer], Int) in
      let events = try store.events(of: id)
      let last = events.last?.id ?? 0
      if let seen, (0...last).contains(seen) {
        return (events.filter { $0.id > seen }.map { EventFrame($0).forJob }, last)
      }
      return ([EventFrame.snapshot(try store.load(id), id: "\(last)")], last)
    }
    return stream(opening, subscription) { $0.forJob(id) { $0.number == 0 || $0.number > last } }
  }

  /// `GET /api/events`: ids are `<job_id>:<number>`.
  func allEvents(_ request: Request) async throws -> Response {
    let seen = Self.lastEventID(request)
    let subscription = try subscribed(hub.subscribe(lastSeen: seen))
    if let missed = subscription.missed { return stream(missed.map(\.forAll), subscription, \.forAll) }
    let store = store
    let replay = try await pool.run { try seen.flatMap { try EventReplay(store: store).events(after: $0) } }
    // Events that are in the replay and in the queue must not come twice.
    var told: [String: Int] = [:]
    for event in replay ?? [] { told[event.jobID] = max(told[event.jobID] ?? 0, event.id) }
    let opening =
      replay.map { $0.map { EventFrame($0).forAll } }
      ?? [EventFrame.snapshot(catalogue.list(limit: 500).jobs, id: subscription.lastID)]
    return stream(opening, subscription) { [told] burst in
      burst.forAll { $0.number == 0 || $0.number > told[$0.jobID ?? ""] ?? 0 }
    }
  }

  private static func lastEventID(_ request: Request) -> String? {
    request.headers[field: "Last-Event-ID"] ?? request.uri.queryParameters["last_event_id"].map(String.init)
  }

  private func subscribed(_ subscription: EventHub.Subscription?) throws(APIError) -> EventHub.Subscription {
    guard let subscription else {
      throw APIError(
        .serviceUnavailable, "too_many_listeners", "Too many programs listen to events already. Close one, then retry.",
        [.retryAfter: "5"])
    }
    return subscription
  }

  private func stream(
    _ opening: [ByteBuffer], _ subscription: EventHub.Subscription,
    _ form: @escaping @Sendable (EventBurst) -> ByteBuffer?
  ) -> Response {
    Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { [hub] writer in
        try await writer.write(contentsOf: [EventFrame.greeting] + opening)
        for await burst in subscription.bursts.cancelOnGracefulShutdown() {
          if let bytes = form(burst) { try await writer.write(bytes) }
        }
        if hub.isClosed { try await writer.write(EventFrame.bye) }
        try await writer.finish(nil)
      })
  }
}

/// What happened in all jobs since an event that a client saw, possibly before the service was restarted.
struct EventReplay {
  let store: JobStore

  /// Events of different jobs may reach a stream in another order than their times; this long, in milliseconds,
  /// is looked back so that none is missed. A client may see some twice.
  private static let overlap: Int64 = 5000
  /// More than this is no catching up any more.
  private static let most = 5000

  /// The events after the one with this id, oldest first; nil if it is not known any more or too long ago. Blocks.
  func events(after id: String) throws -> [JobEvent]? {
    let parts = id.split(separator: ":")
    guard parts.count == 2, let number = Int(parts[1]), try store.jobIDs().contains(String(parts[0])),
      let seen = try store.events(of: String(parts[0])).first(where: { $0.id == number })
    else { return nil }
    let since = Timestamp(milliseconds: seen.at.milliseconds - Self.overlap)
    var found: [JobEvent] = []
    for job in try store.outlines().jobs where job.updatedAt >= since {
      found += try store.events(of: job.id).filter { $0.at >= since && !($0.jobID == seen.jobID && $0.id <= number) }
      if found.count > Self.most { return nil }
    }
    return found.sorted { ($0.at, $0.jobID, $0.id) < ($1.at, $1.jobID, $1.id) }
  }
}
