import Glibc
import Model
import SystemPackage

/// Mends what `RootCheck` finds, as far as it can be mended without guessing: nothing that a person made or that was paid
/// for is deleted.
///
/// What is called repaired was looked at again afterwards.
package struct RootRepair {
  private let store: JobStore
  private let check: RootCheck

  /// Looks, takes the root for this process, mends, and looks again at what was found.
  ///
  /// Throws `.anotherInstance` beside a running service, `.waitingForDisk` where there is no root. Blocks.
  package static func run(
    _ layout: Layout, progress: (Int) -> Void = { _ in }
  ) throws(StorageError) -> RootCheck.Report {
    guard try SystemCalls.status(layout.marker) != nil else { throw .waitingForDisk(layout.marker) }
    guard !layout.isBusy else { throw .anotherInstance(root: layout.root, holder: "") }
    var report = try RootCheck(JobStore(reading: layout)).run(progress: progress)
    let repair = RootRepair(try JobStore.open(layout).store)
    // What was put aside may leave something behind that belongs to nobody now.
    for _ in 1...2 { report.findings = try repair.mend(report.findings) }
    return report
  }

  private init(_ store: JobStore) {
    self.store = store
    check = RootCheck(lookingAt: store)
  }

  /// What became of the findings, and what has come to light with them.
  private func mend(_ findings: [Damage]) throws(StorageError) -> [Damage] {
    var mended: [Damage] = []
    for var finding in findings {
      if finding.outcome != .repaired, let sentence = try mend(finding) { finding.sentence = sentence }
      mended.append(finding)
    }
    var after = RootCheck.Report()
    after.findings = try check.own() + check.faces()
    let known = Set(try store.jobIDs())
    for id in Set(findings.compactMap(\.job)).intersection(known) { try check.look(at: id, &after) }
    for index in mended.indices where !after.findings.contains(where: { $0.isSame(as: mended[index]) }) {
      mended[index].outcome = .repaired
    }
    return mended + after.findings.filter { found in !mended.contains { $0.isSame(as: found) } }
  }

  /// Does what can be done about one finding; says what was done where its own sentence does not.
  private func mend(_ finding: Damage) throws(StorageError) -> String? {
    let path = store.layout.root.appending(FilePath(finding.path).components)
    switch finding.kind {
    case .halfFile, .falseRest: try SystemCalls.remove(path)
    case .unnamedFile where finding.job != nil && path.removingLastComponent().lastComponent?.string == "derived":
      try SystemCalls.remove(path)
    case .missingAsset, .changedAsset: return try restore(path, finding)
    case .unreadableJob:
      return try putAside(path, because: "Its job.json cannot be read. Drop the picture in assets/source again.")
    case .doubleFace: return try putAside(path, because: "Its picture is shown in another folder as well.")
    case .strayFace where finding.outcome == .open:
      return try putAside(path, because: "The folder belongs to no job any more.")
    case .tornEvents: if let job = finding.job { try store.cutTornEvents(of: job) }
    // Opening the root has mended these, or nobody can.
    case .unfinished, .interrupted, .newerJob, .lostFace, .strayFace, .unnamedFile, .unreadableRecord: break
    }
    return nil
  }

  /// Brings a file back from the job's face, if a copy with the very same bytes lies there.
  private func restore(_ path: FilePath, _ finding: Damage) throws(StorageError) -> String? {
    guard let id = finding.job, let job = try? store.load(id),
      let wanted = job.assets.values.first(where: { store.path(of: $0, of: id) == path })?.sha256
    else { return nil }
    let face = store.face(of: job)
    for folder in try face.folders() {
      let place = store.layout.folder(folder).appending(face.name)
      for name in try SystemCalls.names(in: place) where !name.string.hasPrefix(".") {
        let copy = place.appending(name)
        guard try SystemCalls.status(copy)?.isFile == true,
          try Digest.of(SystemCalls.open(copy, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)) == wanted
        else { continue }
        try SystemCalls.makeFolder(path.removingLastComponent())
        try DurableWrite.copy(copy, to: path)
        return "It was missing or damaged and was copied back from \(folder.rawValue)/\(face.name)/\(name.string)."
      }
    }
    return nil
  }

  /// Moves a folder to `rejected/` as it is, with the reason beside its contents.
  private func putAside(_ folder: FilePath, because reason: String) throws(StorageError) -> String? {
    guard let name = folder.lastComponent?.string else { return nil }
    let rejected = store.layout.folder(.rejected)
    let stem = FaceName.isPlausible(name) ? String(name.dropLast(10)) : name
    let target = FaceName.make(stem: stem, id: Identifier.job())
    try DurableWrite.write(Array("\(reason)\n".utf8), to: folder.appending(JobStore.reasonName))
    try SystemCalls.rename(folder, to: rejected.appending(target), replacing: false)
    try SystemCalls.syncFolder(rejected)
    try SystemCalls.syncFolder(folder.removingLastComponent())
    return "\(reason) It lies in rejected/\(target)."
  }
}
