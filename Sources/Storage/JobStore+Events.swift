import Blocking
import FoundationEssentials
import Glibc
package import Model
import SystemPackage

/// What this process knows of a job's events.ndjson: the number of its last line, when it was so many bytes long.
struct KnownEvents: Sendable {
  var last: Int
  var length: Int
}

/// A job's events.ndjson: append-only, numbered from 1 without gaps, one JSON object a line.
extension JobStore {
  /// Appends the events, numbered on from the last; they come back with their numbers.
  ///
  /// They are written, not synced: what a power failure takes is a tail of a log, never a state.
  @discardableResult
  package func append(events: [JobEvent], to jobID: String) throws(StorageError) -> [JobEvent] {
    guard !events.isEmpty else { return [] }
    let path = layout.body(of: jobID).appending("events.ndjson")
    let file = try SystemCalls.open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW)
    let length = Int(try file.status().st_size)
    let known = eventNumbers.withLock { $0[jobID] }
    // Another process may have written more.
    var number = if let known, known.length == length { known.last } else { try lastEventNumber(in: file) }
    var numbered: [JobEvent] = []
    var lines: [UInt8] = []
    for var event in events {
      number += 1
      event.id = number
      numbered.append(event)
      lines += try Self.encode(event, pretty: false) + [UInt8(ascii: "\n")]
    }
    do throws(StorageError) {
      try file.write(lines)
    } catch {
      // Half a line must not stay for the next one to be joined to.
      eventNumbers.withLock { $0[jobID] = nil }
      try? file.truncate(to: length)
      throw error
    }
    let written = KnownEvents(last: number, length: length + lines.count)
    eventNumbers.withLock { numbers in
      // Only a shortcut: what is forgotten is read from the file again.
      if numbers.count >= 1024 { numbers.removeAll() }
      numbers[jobID] = written
    }
    return numbered
  }

  /// The events of a job after the one numbered `after`.
  package func events(of jobID: String, after: Int = 0) throws(StorageError) -> [JobEvent] {
    let path = layout.body(of: jobID).appending("events.ndjson")
    guard try SystemCalls.status(path) != nil else { return [] }
    let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 30)
    return Self.events(in: bytes[...]).filter { $0.id > after }
  }

  /// Removes half a line at the end, which a crash in the middle of a write left.
  func cutTornEvents(of jobID: String) throws(StorageError) {
    let path = layout.body(of: jobID).appending("events.ndjson")
    _ = try lastEventNumber(in: try SystemCalls.open(path, O_RDWR | O_NOFOLLOW))
  }

  private static func events(in lines: ArraySlice<UInt8>) -> [JobEvent] {
    lines.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONDecoder().decode(JobEvent.self, from: Data($0)) }
  }

  /// The number of the last whole line. A line torn by a crash is cut off first, so that numbers have no gap.
  private func lastEventNumber(in file: borrowing Descriptor) throws(StorageError) -> Int {
    let bytes = try file.read(limit: 1 << 30)
    let end = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    if end < bytes.count { try file.truncate(to: end) }
    return Self.events(in: bytes[..<end]).last?.id ?? 0
  }
}
