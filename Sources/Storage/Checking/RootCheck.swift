import FoundationEssentials
import Glibc
import Model
import SystemPackage

/// Looks through a whole root for damage: files that are missing, changed, half or nobody's, records and jobs that
/// cannot be read, faces that are lost, doubled or belong to no job.
///
/// It looks only; `RootRepair` mends. Beside a running service what is just being made is not looked for.
package struct RootCheck {
  let store: JobStore
  /// Whether a service works here at the moment, whose work in hand is no damage.
  let isBusy: Bool

  /// What a look through the root came to.
  package struct Report: Sendable {
    package var findings: [Damage] = []
    package var jobs = 0
    /// Files whose bytes were compared with what was written.
    package var files = 0
  }

  package init(_ store: JobStore) {
    self.store = store
    isBusy = store.layout.isBusy
  }

  /// For the process that holds the root: what lies there is nobody's work in hand.
  init(lookingAt store: JobStore) {
    self.store = store
    isBusy = false
  }

  /// Looks at everything; `progress` is told how many jobs have been looked at. Reads every file of every job. Blocks.
  package func run(progress: (Int) -> Void = { _ in }) throws(StorageError) -> Report {
    var report = Report()
    report.findings = try own() + (try faces())
    for id in try store.jobIDs().sorted() {
      try look(at: id, &report)
      report.jobs += 1
      progress(report.jobs)
    }
    return report
  }

  var layout: Layout { store.layout }

  func damage(
    _ kind: Damage.Kind, _ outcome: Damage.Outcome, _ path: FilePath, of job: String? = nil,
    _ sentence: String
  ) -> Damage {
    var relative = path
    _ = relative.removePrefix(layout.root)
    return Damage(kind: kind, outcome: outcome, job: job, path: relative.string, sentence: sentence)
  }

  /// The service's own folders.
  func own() throws(StorageError) -> [Damage] {
    guard !isBusy else { return [] }
    var findings: [Damage] = []
    for folder in [layout.hidden, layout.requests, layout.answers] { findings += try halfFiles(in: folder, of: nil) }
    guard try SystemCalls.status(layout.staging) != nil else { return findings }
    for name in try SystemCalls.names(in: layout.staging) {
      let words = "Something that was on its way when the service stopped; the next start ends it."
      findings.append(damage(.unfinished, .note, layout.staging.appending(name), words))
    }
    return findings
  }

  /// What interrupted writes left in one folder.
  func halfFiles(in folder: FilePath, of job: String?) throws(StorageError) -> [Damage] {
    guard !isBusy, let info = try SystemCalls.status(folder), info.st_mode & S_IFMT == S_IFDIR else { return [] }
    return try SystemCalls.names(in: folder).filter(DurableWrite.isLeftover).map { name in
      damage(.halfFile, .note, folder.appending(name), of: job, "Half a file of an interrupted write, of no use.")
    }
  }

  /// Folders among the faces that belong to no job.
  func faces() throws(StorageError) -> [Damage] {
    let ids = Dictionary(grouping: try store.jobIDs()) { String($0.prefix(8)) }
    var findings: [Damage] = []
    for folder in Face.places {
      let place = layout.folder(folder)
      for name in try SystemCalls.names(in: place).sorted(by: { $0.string < $1.string }) {
        let path = place.appending(name)
        guard FaceName.isPlausible(name.string), try SystemCalls.status(path)?.isFolder == true else { continue }
        let owners = ids[String(name.string.suffix(8))] ?? []
        // Whose job.json cannot be read may be its owner.
        let isKnown = owners.contains { id in
          guard let job = try? store.load(id) else { return true }
          return job.face == name.string
        }
        if !isKnown { findings.append(stray(path, in: folder)) }
      }
    }
    return findings
  }

  private func stray(_ path: FilePath, in folder: Layout.Folder) -> Damage {
    if folder == .done {
      return damage(.strayFace, .note, path, "Its job is gone. What is finished in it is yours to keep or delete.")
    }
    return damage(
      .strayFace, .open, path, "It belongs to no job, so nothing happens here. Take out what you need.")
  }
}

extension stat {
  var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
  var isFile: Bool { st_mode & S_IFMT == S_IFREG }
}
