import Blocking
import Dispatch
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
/// threads; changes of one job are serialised by `Running.JobBook`, on a root that several machines share by `changing`.
package final class JobStore: Sendable {
  package let layout: Layout
  let queue: any ClaimQueue
  /// How the root is shared with other machines; nil where this process is alone.
  let sharing: Sharing?
  /// The jobs that this process has claimed on a shared root.
  let fences = Locked<[String: Fence]>([:])
  let demands = Locked(Demands())
  let eventNumbers = Locked<[String: KnownEvents]>([:])
  /// Held as long as the store lives; nil for a store that only reads.
  let lock: Locked<RootLock?>

  /// For `status` and `show`: no lock, no repair, nothing is written.
  package init(reading layout: Layout) {
    self.layout = layout
    lock = Locked(nil)
    queue = LocalQueue()
    sharing = nil
  }

  /// `lock` is nil for a worker, which leaves intake and repair to another process.
  init(layout: Layout, lock: RootLock?, sharing: Sharing?) {
    self.layout = layout
    self.lock = Locked(lock)
    self.sharing = sharing
    queue = sharing.map { SharedQueue($0) } ?? LocalQueue()
  }

  // MARK: - Jobs

  /// The ids of all jobs, in no order.
  package func jobIDs() throws(StorageError) -> [String] {
    try SystemCalls.names(in: layout.jobs).map(\.string).filter { !$0.hasPrefix(".") }
  }

  /// The job as it stands on disk.
  package func load(_ id: String) throws(StorageError) -> Job { try load(Job.self, id) }

  private func jobFile(of id: String) -> FilePath { layout.body(of: id).appending("job.json") }

  /// A whole job, or its outline.
  private func load<Record: Decodable & Identifiable<String>>(
    _ type: Record.Type, _ id: String
  ) throws(StorageError) -> Record {
    let path = jobFile(of: id)
    guard try SystemCalls.status(path) != nil else { throw .noSuchJob(id) }
    let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 28)
    let job: Record
    do {
      job = try JSONDecoder().decode(Record.self, from: Data(bytes))
    } catch let error as NewerFormat {
      throw .newerFormat("jobs/\(id)/job.json", error)
    } catch {
      throw .unreadableJob(id, detail: "\(error)")
    }
    // What is saved under another id would overwrite another job.
    guard job.id == id else { throw .unreadableJob(id, detail: "it says that it belongs to job \(job.id)") }
    return job
  }

  /// Writes job.json whole and durably; the saved job, stamped, comes back.
  package func save(_ job: Job) throws(StorageError) -> Job {
    var job = job
    job.updatedAt = .now
    let bytes = try Self.encode(job)
    if job.status != .done { try wake(job) }
    let body = layout.body(of: job.id)
    let place = sharing.map { BodyLock.place(in: body, of: $0.holder) }
    let fence = place.map { FencedPlace(folder: $0, jobID: job.id) }
    try DurableWrite.write(bytes, to: jobFile(of: job.id), fence: fence)
    try rest(job)
    return job
  }

  /// All jobs that can be read, oldest first, in outline, and the errors of those that cannot.
  ///
  /// Decoding JSON is nearly all of the time that a list takes, so each core reads its share.
  package func outlines() throws(StorageError) -> (jobs: [JobOutline], unreadable: [StorageError]) {
    let ids = try jobIDs()
    let found = Locked((jobs: [JobOutline](), unreadable: [StorageError]()))
    let share = 256
    DispatchQueue.concurrentPerform(iterations: (ids.count + share - 1) / share) { number in
      var jobs: [JobOutline] = []
      var unreadable: [StorageError] = []
      for id in ids[(number * share)..<min(ids.count, (number + 1) * share)] {
        do throws(StorageError) {
          jobs.append(try load(JobOutline.self, id))
        } catch {
          unreadable.append(error)
        }
      }
      found.withLock { [jobs, unreadable] in
        $0.jobs += jobs
        $0.unreadable += unreadable
      }
    }
    let (jobs, unreadable) = found.withLock { $0 }
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
    let named = try outlines().jobs.filter {
      $0.sourceName == name || FaceName.stem(ofFileNamed: $0.sourceName) == name
    }
    if named.count == 1 { return try load(named[0].id) }
    let all = fits + named.map(\.id)
    if all.isEmpty { throw .noSuchJob(name) }
    throw .ambiguousJob(name, all.map { String($0.prefix(13)) }.sorted())
  }

  // MARK: - What belongs to a job

  /// Writes the file of an asset. It is durable before the asset is named in job.json.
  package func write(_ bytes: [UInt8], as asset: Asset, of jobID: String) throws(StorageError) {
    let path = path(of: asset, of: jobID)
    try makeFolders(to: path, below: jobID)
    try DurableWrite.write(bytes, to: path, fence: fence(of: jobID)?.place)
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

  /// Bodies of other programs lack some folders.
  private func makeFolders(to path: FilePath, below jobID: String) throws(StorageError) {
    let folder = path.removingLastComponent()
    guard try SystemCalls.status(folder) == nil, try SystemCalls.status(layout.body(of: jobID)) != nil else { return }
    if try SystemCalls.status(folder.removingLastComponent()) == nil {
      try SystemCalls.makeFolder(folder.removingLastComponent())
    }
    try SystemCalls.makeFolder(folder)
  }

  /// Adds a record to the job's history. Records are never changed: one that is there already, because a crash came
  /// before it was known, stays as it is.
  package func appendHistory(_ record: HistoryRecord) throws(StorageError) {
    let path = layout.body(of: record.jobID).appending("history").appending(record.fileName)
    try makeFolders(to: path, below: record.jobID)
    let bytes = try Self.encode(record)
    do throws(StorageError) {
      let fence = fence(of: record.jobID)?.place
      try DurableWrite.write(to: path, replacing: false, fence: fence) { (file) throws(StorageError) in
        try file.write(bytes)
      }
    } catch {
      if error.errno != .fileExists { throw error }
    }
  }

  /// The job's history, oldest first.
  package func history(of jobID: String) throws(StorageError) -> [HistoryRecord] {
    let folder = layout.body(of: jobID).appending("history")
    guard try SystemCalls.status(folder) != nil else { return [] }
    let names = try SystemCalls.names(in: folder).map(\.string).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
    var records: [HistoryRecord] = []
    for name in names.sorted() {
      let bytes = try SystemCalls.open(folder.appending(name), O_RDONLY | O_NOFOLLOW).read(limit: 1 << 24)
      if let record = try? JSONDecoder().decode(HistoryRecord.self, from: Data(bytes)) { records.append(record) }
    }
    return records
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
