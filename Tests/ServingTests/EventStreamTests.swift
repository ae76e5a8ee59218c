import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
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
    try await withProgram { program in
      var (id, count) = ("", 0)
      try await Server.run(program) { server in
        id = try await server.settledJob().id
        let path = "/api/jobs/\(id)/events"
        let file = server.root.appending("jobs").appending(id).appending("events.ndjson")
        count = try read(file).split(separator: "\n").count
        let one = try await Listener(server, path, "Last-Event-ID: 2")
        let missed = await one.events { $0.id == "\(count)" }
        #expect(missed.map(\.id) == (3...count).map { "\($0)" })
        let none = try await Listener(server, path)
        #expect(await none.next()?.name == "snapshot")
      }
      try await Server.run(program) { again in
        let all = try await Listener(again, "/api/events", "Last-Event-ID: \(id):\(count - 1)")
        #expect(await all.events { $0.id == "\(id):\(count)" }.last?.id == "\(id):\(count)")
        let unknown = try await Listener(again, "/api/events", "Last-Event-ID: nobody:3")
        #expect(await unknown.next()?.name == "snapshot")
      }
    }
  }

  @Test func `when it is told that a step needs somebody, its problems can be looked at`() async throws {
    try await Server.run { server in
      let reply = try await server.send(try plainPicture(share: 0.9), named: "large.png")
      let id = try #require(try reply.json()["id"]?.text)
      let listener = try await Listener(server, "/api/jobs/\(id)/events", "Last-Event-ID: 0")
      let told = await listener.events { $0.name == "step.updated" && $0.data.contains("NEEDS_REVIEW") }.last
      let event = try JSONDecoder().decode(JobEvent.self, from: Data(try #require(told).data.utf8))
      let problems = try await server.get("/api/jobs/\(id)/steps/\(try #require(event.stepID))/problems")
      #expect(problems.status == 200 && problems.fields["content-type"] == "image/png")
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
      #expect(try await server.stop() == 0)
      for listener in listeners {
        let last = await listener.events { _ in false }
        #expect(last.last?.name == "bye")
      }
    }
  }
}
