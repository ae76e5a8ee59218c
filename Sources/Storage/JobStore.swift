import Blocking
import FoundationEssentials
import Glibc
package import Model
package import SystemPackage

/// The durable home of all jobs below one storage root.
///
/// Invariants, which every function keeps and `open` restores after a crash:
/// - A dropped file MUST exist exactly once: in the inbox, as the source of a staged or finished body, or in
///   `rejected/`. It moves by one rename.
/// - A file under a final name MUST be whole. Assets and history are written before job.json names them, and
///   job.json before a face shows it.
/// - A body never moves and is never edited by people; a face can always be made again from it.
///
/// Everything here blocks on the disk; call it on a `BlockingPool`. All functions may be called from several
/// threads; changes of one job are serialised by `Running.JobBook`.
package final class JobStore: Sendable {
  package let layout: Layout
  let queue = ClaimQueue()
  private let eventNumbers = Locked<[String: Int]>([:])
  /// Held as long as the store lives; nil for a store that only reads.
  private let lock: RootLock?

  /// For `status` and `show`: no lock, no repair, nothing is written.
  package init(reading layout: Layout) {
    self.layout = layout
    lock = nil
  }

  init(layout: Layout, lock: RootLock) {
    self.layout = layout
    self.lock = lock
  }

  // MARK: - Jobs

  /// The ids of all jobs, in no order.
  package func jobIDs() throws(StorageError) -> [String] {
    try SystemCalls.names(in: layout.jobs).map(\.string).filter { !$0.hasPrefix(".") }
  }

  /// The job as it stands on disk.
  package func load(_ id: String) throws(StorageError) -> Job {
    let path = layout.body(of: id).appending("job.json")
    guard try SystemCalls.status(path) != nil else { throw .noSuchJob(id) }
    let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 28)
    do {
      return try JSONDecoder().decode(Job.self, from: Data(bytes))
    } catch {
      throw .unreadableJob(id, detail: "\(error)")
    }
  }

  /// Writes job.json whole and durably; the saved job, stamped, comes back.
  package func save(_ job: Job) throws(StorageError) -> Job {
    var job = job
    job.updatedAt = .now
    try DurableWrite.write(try Self.encode(job), to: layout.body(of: job.id).appending("job.json"))
    return job
  }

  /// All jobs that can be read, oldest first, and the errors of those that cannot.
  package func allJobs() throws(StorageError) -> (jobs: [Job], unreadable: [StorageError]) {
    var jobs: [Job] = []
    var unreadable: [StorageError] = []
    for id in try jobIDs() {
      do throws(StorageError) {
        jobs.append(try load(id))
      } catch {
        unreadable.append(error)
      }
    }
    return (jobs.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }, unreadable)
  }

  /// The job that a person means by an id, its beginning, or the name of a face.
  package func find(_ name: String) throws(StorageError) -> Job {
    let ids = try jobIDs()
    if ids.contains(name) { return try load(name) }
    let beginning = name.split(separator: "/").last.map(String.init)?.components(separatedBy: "--").last ?? name
    let fits = beginning.isEmpty ? [] : ids.filter { $0.hasPrefix(beginning.lowercased()) }
    if fits.count == 1 { return try load(fits[0]) }
    // People also say the picture's name, with or without its suffix.
    let named = try allJobs().jobs.filter { $0.sourceName == name || FaceName.stem(ofFileNamed: $0.sourceName) == name }
    if named.count == 1 { return named[0] }
    let all = fits + named.map(\.id)
    if all.isEmpty { throw .noSuchJob(name) }
    throw .ambiguousJob(name, all.map { String($0.prefix(13)) }.sorted())
  }

  // MARK: - What belongs to a job

  /// Writes the file of an asset. It is durable before the asset is named in job.json.
  package func write(_ bytes: [UInt8], as asset: Asset, of jobID: String) throws(StorageError) {
    try DurableWrite.write(bytes, to: path(of: asset, of: jobID))
  }

  /// The file of an asset.
  package func read(_ asset: Asset, of jobID: String) throws(StorageError) -> [UInt8] {
    try SystemCalls.open(path(of: asset, of: jobID), O_RDONLY | O_NOFOLLOW).read(limit: 1 << 32)
  }

  /// Where the file of an asset lies. An absolute path, as the web tool wrote some, is taken below the body.
  package func path(of asset: Asset, of jobID: String) -> FilePath {
    let relative = FilePath(asset.path).lexicallyNormalized()
    let inside = relative.components.filter { $0.kind == .regular }
    return layout.body(of: jobID).appending(inside.suffix(3))
  }

  /// Adds a record to the job's history; records are never changed.
  package func appendHistory(_ record: HistoryRecord) throws(StorageError) {
    let path = layout.body(of: record.jobID).appending("history").appending(record.fileName)
    try DurableWrite.write(try Self.encode(record), to: path)
  }

  /// The job's history, oldest first.
  package func history(of jobID: String) throws(StorageError) -> [HistoryRecord] {
    let folder = layout.body(of: jobID).appending("history")
    let names = try SystemCalls.names(in: folder).map(\.string).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
    var records: [HistoryRecord] = []
    for name in names.sorted() {
      let bytes = try SystemCalls.open(folder.appending(name), O_RDONLY | O_NOFOLLOW).read(limit: 1 << 24)
      if let record = try? JSONDecoder().decode(HistoryRecord.self, from: Data(bytes)) { records.append(record) }
    }
    return records
  }

  /// Appends the events, numbered on from the last, one JSON object a line; they come back with their numbers.
  @discardableResult
  package func append(events: [JobEvent], to jobID: String) throws(StorageError) -> [JobEvent] {
    guard !events.isEmpty else { return [] }
    let path = layout.body(of: jobID).appending("events.ndjson")
    var number = try lastEventNumber(of: jobID, path: path)
    var numbered: [JobEvent] = []
    var lines: [UInt8] = []
    for var event in events {
      number += 1
      event.id = number
      numbered.append(event)
      lines += try Self.encode(event, pretty: false) + [UInt8(ascii: "\n")]
    }
    let file = try SystemCalls.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
    try file.write(lines)
    eventNumbers.withLock { $0[jobID] = number }
    return numbered
  }

  /// The events of a job after the one numbered `after`.
  package func events(of jobID: String, after: Int = 0) throws(StorageError) -> [JobEvent] {
    let path = layout.body(of: jobID).appending("events.ndjson")
    guard try SystemCalls.status(path) != nil else { return [] }
    let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 30)
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      try? JSONDecoder().decode(JobEvent.self, from: Data(line))
    }.filter { $0.id > after }
  }

  /// The number of the last whole line. A line torn by a crash is cut off first, so that numbers have no gap.
  private func lastEventNumber(of jobID: String, path: FilePath) throws(StorageError) -> Int {
    if let known = eventNumbers.withLock({ $0[jobID] }) { return known }
    guard try SystemCalls.status(path) != nil else { return 0 }
    let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 30)
    let end = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    if end < bytes.count { try DurableWrite.write(Array(bytes[..<end]), to: path) }
    return try events(of: jobID).last?.id ?? 0
  }

  static func encode(_ value: some Encodable, pretty: Bool = true) throws(StorageError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(value))
    } catch {
      throw .notEncodable("\(error)")
    }
  }
}
