import FoundationEssentials
import Glibc
import Model
import SystemPackage

/// What `open` found broken and mended, in sentences.
package struct RepairReport: Sendable, Hashable {
  package var sentences: [String] = []
  /// Jobs whose face has to be made again, or that have something to do.
  package var toResume: [String] = []

  package init() {}
}

extension JobStore {
  /// Takes a root for this process: makes its folders the first time, locks it, and mends what a crash left.
  ///
  /// A root that lacks a folder it once had is a disk that is not mounted: `.waitingForDisk`.
  package static func open(_ layout: Layout) throws(StorageError) -> (store: JobStore, repairs: RepairReport) {
    let known = try SystemCalls.status(layout.marker) != nil
    if known {
      try checkFolders(layout)
    } else {
      try makeFolders(layout)
    }
    let store = JobStore(layout: layout, lock: try RootLock(layout))
    if !known {
      try DurableWrite.write(Array("{\"format\": 1}\n".utf8), to: layout.marker)
    }
    return (store, try store.repair())
  }

  /// Throws `.waitingForDisk` if the root or one of its folders is not there.
  package static func checkFolders(_ layout: Layout) throws(StorageError) {
    for folder in [layout.root] + layout.required {
      guard let info = try SystemCalls.status(folder) else { throw .waitingForDisk(folder) }
      // The top folders may be links to other disks; what they lead to is checked when it is used.
      guard [S_IFDIR, S_IFLNK].contains(info.st_mode & S_IFMT) else { throw .system("use", folder, .notDirectory) }
    }
  }

  private static func makeFolders(_ layout: Layout) throws(StorageError) {
    var path = FilePath(root: layout.root.root)
    for component in layout.root.components {
      path.append(component)
      if try SystemCalls.status(path) == nil { try SystemCalls.makeFolder(path) }
    }
    for folder in layout.required where try SystemCalls.status(folder) == nil {
      try SystemCalls.makeFolder(folder)
    }
    try SystemCalls.syncFolder(layout.root)
  }

  private func repair() throws(StorageError) -> RepairReport {
    var report = RepairReport()
    try repairStaging(&report)
    for id in try jobIDs() {
      do throws(StorageError) {
        try repair(try load(id), &report)
      } catch .unreadableJob(let id, let detail) {
        report.sentences.append(StorageError.unreadableJob(id, detail: detail).description)
      } catch .noSuchJob {
        report.sentences.append("jobs/\(id) has no job.json and is left as it is.")
      }
    }
    return report
  }

  /// A staged body that has its source is a job; one without is nothing.
  private func repairStaging(_ report: inout RepairReport) throws(StorageError) {
    for name in try SystemCalls.names(in: layout.staging) {
      let staged = layout.staging.appending(name)
      let sources = (try? SystemCalls.names(in: staged.appending("assets").appending("source"))) ?? []
      let whole = sources.contains { !$0.string.hasSuffix(DurableWrite.temporarySuffix) }
      if whole {
        try finish(staged, jobID: name.string)
        report.sentences.append("A drop that was being taken when the service stopped is now job \(name.string).")
      } else {
        try removeTree(staged)
      }
    }
    for folder in Layout.Folder.allCases where folder != .rejected {
      for face in try SystemCalls.names(in: layout.folder(folder)) where !face.string.hasPrefix(".") {
        let path = layout.folder(folder).appending(face)
        guard let info = try SystemCalls.status(path), info.st_mode & S_IFMT == S_IFDIR else { continue }
        _ = try DurableWrite.sweep(path)
      }
    }
  }

  private func repair(_ job: Job, _ report: inout RepairReport) throws(StorageError) {
    let body = layout.body(of: job.id)
    _ = try DurableWrite.sweep(body)
    var mended = job
    for index in mended.steps.indices where mended.steps[index].status == .running {
      mended.steps[index].status = .queued
      mended.steps[index].reason = "The service stopped during this step; it runs again."
    }
    if mended.status == .running { mended.status = mended.plan == nil ? .idle : .planned }
    if mended != job {
      _ = try save(mended)
      report.sentences.append("\(job.sourceName): a step was interrupted and runs again.")
    }
    let face = face(of: mended)
    let folder = try face.folder()
    let settledElsewhere = mended.isSettled && folder == .working && !mended.isHeld
    let faceLost = folder == nil && !face.wasDismissed
    if !mended.isSettled || settledElsewhere || faceLost { report.toResume.append(job.id) }
  }
}
