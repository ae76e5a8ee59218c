import FoundationEssentials
import Glibc
import Model
import SystemPackage

/// What `open` found broken and mended, in sentences.
package struct RepairReport: Sendable, Hashable {
  package var sentences: [String] = []
  /// Jobs whose face has to be made again, or that have something to do.
  package var toResume: [String] = []
  /// Jobs whose face a person took away while nobody watched.
  package var dismissed: [String] = []

  package init() {}
}

extension JobStore {
  /// Takes a root for this process: makes its folders the first time, locks it, and mends what a crash left.
  ///
  /// A root that lacks a folder it once had is a disk that is not mounted: `.waitingForDisk`. With `database` the work
  /// is shared with other machines (see `Sharing.find`): what they are at is left alone.
  package static func open(
    _ layout: Layout, database: String? = nil
  ) throws(StorageError) -> (store: JobStore, repairs: RepairReport) {
    let known = try SystemCalls.status(layout.marker) != nil
    if known {
      try checkFolders(layout)
      try checkFormat(layout)
    } else {
      try makeParents(of: layout.root)
    }
    // Where the marker is the disk is, so that what is missing of our own state was never there or is no loss.
    for folder in known ? layout.ours : layout.required + layout.ours where try SystemCalls.status(folder) == nil {
      try SystemCalls.makeFolder(folder)
    }
    try SystemCalls.syncFolder(layout.root)
    try SystemCalls.syncFolder(layout.hidden)
    let lock = try RootLock(layout)
    let store = JobStore(layout: layout, lock: lock, sharing: try Sharing.find(layout, uri: database))
    if !known {
      for folder in Layout.Folder.allCases { try DurableWrite.write([], to: layout.presence(of: folder)) }
      try DurableWrite.write(Array("{\"format\": \(Self.format)}\n".utf8), to: layout.marker)
    }
    try markFolders(layout)
    return (store, try store.repair())
  }

  /// Takes part in the work on a root that others prepared: no lock, no repair. Throws `.databaseUnprepared` where it is
  /// not shared.
  package static func join(_ layout: Layout, database: String) throws(StorageError) -> JobStore {
    guard try SystemCalls.status(layout.marker) != nil else { throw .waitingForDisk(layout.root) }
    try checkFolders(layout)
    try checkFormat(layout)
    return JobStore(layout: layout, lock: nil, sharing: try Sharing.find(layout, uri: database))
  }

  /// Roots of the first release have no marks in their folders. One that holds faces is no empty place of a disk.
  private static func markFolders(_ layout: Layout) throws(StorageError) {
    for folder in Layout.Folder.allCases where try SystemCalls.status(layout.presence(of: folder)) == nil {
      let names = try SystemCalls.names(in: layout.folder(folder))
      if names.contains(where: { FaceName.isPlausible($0.string) }) {
        try DurableWrite.write([], to: layout.presence(of: folder))
      }
    }
  }

  /// The format of the root as a whole: its folders, and what lies where in them.
  private static let format = 1

  private struct Marker: Decodable {
    var format: Int
  }

  /// Throws `.newerFormat` for a root that a newer program has laid out in another way.
  private static func checkFormat(_ layout: Layout) throws(StorageError) {
    let bytes = try SystemCalls.open(layout.marker, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 16)
    guard let found = try? JSONDecoder().decode(Marker.self, from: Data(bytes)).format, found > format else { return }
    throw .newerFormat(layout.root.string, NewerFormat(found: found, known: format))
  }

  /// Throws `.waitingForDisk` if the root or one of its folders is not there.
  package static func checkFolders(_ layout: Layout) throws(StorageError) {
    for folder in [layout.root] + layout.required {
      guard let info = try SystemCalls.status(folder) else { throw .waitingForDisk(folder) }
      // The top folders may be links to other disks; what they lead to is checked when it is used.
      guard [S_IFDIR, S_IFLNK].contains(info.st_mode & S_IFMT) else { throw .system("use", folder, .notDirectory) }
    }
  }

  private static func makeParents(of root: FilePath) throws(StorageError) {
    var path = FilePath(root: root.root)
    for component in root.components {
      path.append(component)
      if try SystemCalls.status(path) == nil { try SystemCalls.makeFolder(path) }
    }
  }

  /// Mends what a crash left, in the order in which things come into being.
  private func repair() throws(StorageError) -> RepairReport {
    var report = RepairReport()
    try DurableWrite.sweep(layout.hidden)
    try DurableWrite.sweep(layout.requests)
    try DurableWrite.sweep(layout.answers)
    report.sentences = try finishArrivals().sentences
    let shown = try shownJobs()
    let held = try queue.heldElsewhere()
    for id in try jobIDs() where !held.contains(id) {
      // A job at rest needs nothing while its face lies there; if somebody took that away meanwhile, it is looked at.
      let isPruned = try SystemCalls.status(prunedMark(of: id)) != nil
      if isPruned || shown.contains(String(id.prefix(8))), try SystemCalls.status(restMark(of: id)) != nil { continue }
      do throws(StorageError) {
        try repair(id, &report)
      } catch .unreadableJob(let id, let detail) {
        report.sentences.append(StorageError.unreadableJob(id, detail: detail).description)
      } catch .newerFormat(let record, let format) {
        report.sentences.append(StorageError.newerFormat(record, format).description)
      } catch .noSuchJob {
        report.sentences.append("jobs/\(id) has no job.json and is left as it is.")
      }
    }
    return report
  }

  /// The first 8 characters of the ids of all jobs that have a face, by the faces' names alone.
  private func shownJobs() throws(StorageError) -> Set<String> {
    var shown: Set<String> = []
    for folder in [Layout.Folder.working, .review, .done] {
      for name in try SystemCalls.names(in: layout.folder(folder)) { shown.insert(String(name.string.suffix(8))) }
    }
    return shown
  }

  /// Finishes or sweeps what is staged and was left. Called at the start, and once a disk that was full or gone is well
  /// again; what somebody is bringing in at the moment is left alone.
  package func finishArrivals() throws(StorageError) -> RepairReport {
    var report = RepairReport()
    for name in try SystemCalls.names(in: layout.staging) {
      guard let held = try StagedFolder(leftAt: layout.staging.appending(name)) else { continue }
      let staged = held.path
      if try Arrival.isOriginalThere(staged) {
        try SystemCalls.removeTree(staged)
      } else if name.string.hasPrefix(Self.rejectionPrefix) {
        try repairRejection(staged)
      } else {
        try repairBody(staged, id: name.string, &report)
      }
    }
    return report
  }

  /// A staged body that has its source is a job; one without is nothing.
  private func repairBody(_ staged: FilePath, id: String, _ report: inout RepairReport) throws(StorageError) {
    guard try contents(of: staged.appending("assets").appending("source")).contains(where: { _ in true }) else {
      return try SystemCalls.removeTree(staged)
    }
    try DurableWrite.sweep(staged.appending("assets").appending("source"))
    try Arrival.forgetOrigin(staged)
    try finish(staged, jobID: id)
    report.sentences.append("A drop that was being taken when the service stopped is now job \(id).")
    report.toResume.append(id)
  }

  /// A staged rejection that has its file is shown; one without is nothing.
  private func repairRejection(_ staged: FilePath) throws(StorageError) {
    for name in try contents(of: staged) {
      let face = staged.appending(name)
      if try contents(of: face).contains(where: { $0.string != Self.reasonName }) {
        try DurableWrite.sweep(face)
        return try finishRejection(staged, face: face)
      }
    }
    try SystemCalls.removeTree(staged)
  }

  /// The names in a folder but what interrupted writes left; none where there is no folder.
  private func contents(of folder: FilePath) throws(StorageError) -> [FilePath.Component] {
    guard try SystemCalls.status(folder) != nil else { return [] }
    return try SystemCalls.names(in: folder).filter { !DurableWrite.isLeftover($0) && !$0.string.hasPrefix(".origin") }
  }

  private func repair(_ id: String, _ report: inout RepairReport) throws(StorageError) {
    var lock: BodyLock?
    if let sharing { lock = try BodyLock(.job, of: layout.body(of: id), by: sharing.holder) }
    defer { withExtendedLifetime(lock) {} }
    let job = try load(id)
    for folder in bodyFolders(of: job.id) { try DurableWrite.sweep(folder) }
    var mended = job
    mended.queueInterrupted(because: "The service stopped during this step; it runs again.")
    if mended.status == .running { mended.status = mended.plan == nil ? .idle : .planned }
    if mended != job {
      _ = try save(mended)
      report.sentences.append("\(job.sourceName): a step was interrupted and runs again.")
    }
    let face = face(of: mended)
    let folder = try face.folder()
    if let folder { try DurableWrite.sweep(layout.folder(folder).appending(face.name)) }
    let settledElsewhere = mended.isSettled && folder == .working && !mended.isHeld
    let isMissed = mended.status != .cancelled && mended.prunedDay == nil
    if folder == nil, face.wasDismissed, isMissed, isPresent(.review), isPresent(.done) {
      report.dismissed.append(job.id)
      return
    }
    let faceLost = folder == nil && !face.wasDismissed
    if !mended.isSettled || settledElsewhere || faceLost {
      report.toResume.append(job.id)
    } else {
      try rest(mended)
    }
  }
}
