import Foundation
import Glibc
import Model
import SystemPackage
import Testing

@testable import Serving

/// Reads a stream of events as a browser does.
final class Listener {
  struct Event: Equatable {
    var id: String?
    var name: String
    var data: String
  }

  private let connection: Connection
  private var pending = ""

  init(_ server: Server, _ path: String, _ fields: String...) async throws {
    connection = try Connection(port: server.port)
    let lines = ["GET \(path) HTTP/1.1", "Host: localhost:\(server.port)"] + fields
    await connection.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
  }

  /// The next event; nil when the stream has ended.
  func next() async -> Event? {
    while true {
      if let end = pending.range(of: "\n\n") {
        let block = pending[..<end.lowerBound]
        pending = String(pending[end.upperBound...])
        if let event = Self.event(in: block) { return event }
        continue
      }
      let bytes = await connection.read()
      if bytes.isEmpty { return nil }
      pending += String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\r")
    }
  }

  /// Events until one fits.
  func events(until fits: (Event) -> Bool) async -> [Event] {
    var events: [Event] = []
    while let event = await next() {
      events.append(event)
      if fits(event) { break }
    }
    return events
  }

  private static func event(in block: Substring) -> Event? {
    var event = Event(name: "", data: "")
    for line in block.split(separator: "\n") {
      // Chunk sizes and the head of the answer stand between.
      let text = line.split(separator: "\r").last ?? ""
      if text.hasPrefix("id: ") { event.id = String(text.dropFirst(4)) }
      if text.hasPrefix("event: ") { event.name = String(text.dropFirst(7)) }
      if text.hasPrefix("data: ") { event.data += text.dropFirst(6) }
    }
    return event.name.isEmpty ? nil : event
  }
}

@Suite struct EventStreamTests {
  @Test func `a late comer gets a snapshot, then what happens, with gapless numbers`() async throws {
    try await Server.run { server in
      let first = try await server.settledJob()
      let all = try await Listener(server, "/api/events")
      let snapshot = try #require(await all.next())
      #expect(snapshot.name == "snapshot" && snapshot.data.contains(first.id))
      let second = try await server.settledJob(named: "second.png")
      let events = await all.events { $0.name == "job.updated" && $0.data.contains("\"DONE\"") }
      #expect(Set(events.map(\.name)).isSubset(of: ["job.updated", "step.updated", "log"]))
      let numbers = events.compactMap { $0.id?.split(separator: ":") }.map { Int($0[1]) }
      #expect(events.allSatisfy { $0.id?.hasPrefix(second.id) == true })
      #expect(numbers == Array(1...events.count))
    }
  }

  @Test func `who comes back gets exactly what was missed, also after a restart`() async throws {
    try await Server.run { server in
      let job = try await server.settledJob()
      let path = "/api/jobs/\(job.id)/events"
      let file = server.root.appending("jobs").appending(job.id).appending("events.ndjson").string
      let count = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count
      let one = try await Listener(server, path, "Last-Event-ID: 2")
      let missed = await one.events { $0.id == "\(count)" }
      #expect(missed.map(\.id) == (3...count).map { "\($0)" })
      let none = try await Listener(server, path)
      #expect(await none.next()?.name == "snapshot")

      server.stop()
      let again = try await Server.start(in: server.root.removingLastComponent())
      defer { again.stop() }
      let all = try await Listener(again, "/api/events", "Last-Event-ID: \(job.id):\(count - 1)")
      #expect(await all.events { $0.id == "\(job.id):\(count)" }.last?.id == "\(job.id):\(count)")
      let unknown = try await Listener(again, "/api/events", "Last-Event-ID: nobody:3")
      #expect(await unknown.next()?.name == "snapshot")
    }
  }

  @Test func `stopping sends everybody off`() async throws {
    try await Server.run { server in
      var listeners: [Listener] = []
      for _ in 0..<10 {
        let listener = try await Listener(server, "/api/events")
        #expect(await listener.next()?.name == "snapshot")
        listeners.append(listener)
      }
      #expect(server.stop() == 0)
      for listener in listeners {
        let last = await listener.events { _ in false }
        #expect(last.last?.name == "bye")
      }
    }
  }
}
