import Foundation
import Glibc
import Imaging
import SystemPackage
import TestSupport
import Testing

/// Where is my picture: what the kernel tells of every folder that people look into.
@Suite(.timeLimit(.minutes(20))) struct WhereTests {
  @Test func `at every moment exactly one folder shows a picture, and its files are only ever replaced whole`()
    async throws
  {
    try await withProgram(["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "2"]) { program in
      try await program.whileWatching {
        let tops = try Observer()
        for folder in ["working", "review", "done"] { try tops.watch(program.root.appending(folder)) }
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        let stem = try #require(job.step)
        let inside = try Observer()
        try inside.watch(program.path(job, "x").removingLastComponent())
        let edit = try program.path(job, "\(stem).yaml")
        try write("prompt: other words\n".utf8, to: edit)
        try await eventually("it has run again") { try program.runs(of: job, step: "s02").count == 2 }
        try await program.settled(jobs: 1)
        try write("action: accept\n".utf8, to: edit)
        try await eventually("it is done") { try await program.status().done == 1 }

        let moves = try tops.events().filter { $0.name == job.face }
        #expect(moves.map(\.words) == ["created", "moved from", "moved to", "moved from", "moved to"])
        // The two halves of one rename bear one number and follow each other.
        for (from, to) in [(1, 2), (3, 4)] { #expect(moves[from].cookie == moves[to].cookie) }
        let writes = try inside.events().filter { !$0.name.hasPrefix(".") && $0.name != "\(stem).yaml" }
        #expect(writes.contains { $0.name == "status.txt" } && writes.contains { $0.name == "\(stem).png" })
        #expect(Set(writes.map(\.words)).isSubset(of: ["moved to", "deleted"]), "\(writes)")
      }
    }
  }
}

/// Everything that happens to the names in some folders, from `watch` on.
private final class Observer {
  struct Event {
    var name: String
    var words: String
    var cookie: UInt32
  }

  private let descriptor: FileDescriptor

  init() throws {
    let raw = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard raw >= 0 else { throw Errno(rawValue: errno) }
    descriptor = FileDescriptor(rawValue: raw)
  }

  deinit { try? descriptor.close() }

  func watch(_ folder: FilePath) throws {
    let kinds = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY
    let watch = folder.withPlatformString { inotify_add_watch(descriptor.rawValue, $0, UInt32(kinds)) }
    guard watch >= 0 else { throw Errno(rawValue: errno) }
  }

  /// What the kernel has queued since the last call, in order.
  func events() throws -> [Event] {
    var events: [Event] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    defer { buffer.deallocate() }
    let head = MemoryLayout<inotify_event>.size
    while let count = try? descriptor.read(into: buffer), count > 0 {
      var at = 0
      while at < count {
        let event = buffer.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
        let name = buffer[(at + head)..<(at + head + Int(event.len))].prefix { $0 != 0 }
        events.append(
          Event(name: String(decoding: name, as: UTF8.self), words: Self.words(event.mask), cookie: event.cookie))
        at += head + Int(event.len)
      }
    }
    return events
  }

  private static func words(_ mask: UInt32) -> String {
    let kinds = [
      (IN_CREATE, "created"), (IN_DELETE, "deleted"), (IN_MOVED_FROM, "moved from"), (IN_MOVED_TO, "moved to"),
      (IN_MODIFY, "modified"), (IN_Q_OVERFLOW, "overflow"),
    ]
    return kinds.first { mask & UInt32($0.0) != 0 }?.1 ?? "\(mask)"
  }
}
