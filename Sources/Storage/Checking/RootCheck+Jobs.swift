import FoundationEssentials
import Glibc
import Model
import SystemPackage

/// One job: its body, its records, its pictures and its face.
extension RootCheck {
  func look(at id: String, _ report: inout Report) throws(StorageError) {
    let body = layout.body(of: id)
    guard try SystemCalls.status(body)?.isFolder == true else {
      let sentence = "It is no job; jobs/ is not the place for other files."
      return report.findings.append(damage(.unnamedFile, .note, body, of: id, sentence))
    }
    let job: Job
    do throws(StorageError) {
      job = try store.load(id)
    } catch .unreadableJob(_, let detail) {
      return report.findings.append(unreadable(id, "cannot be read (\(detail))"))
    } catch .newerFormat(let place, let newer) {
      let sentence = StorageError.newerFormat(place, newer).description
      return report.findings.append(damage(.newerJob, .open, body, of: id, sentence))
    } catch .noSuchJob {
      return report.findings.append(unreadable(id, "is missing"))
    }
    for folder in store.bodyFolders(of: id) { report.findings += try halfFiles(in: folder, of: id) }
    report.findings += try state(of: job)
    try compareFiles(of: job, &report)
    report.findings += try records(of: job) + events(of: id) + face(of: job)
  }

  private func unreadable(_ id: String, _ what: String) -> Damage {
    damage(
      .unreadableJob, .open, layout.body(of: id), of: id,
      "Its job.json \(what), so nothing can go on here. Take the picture from assets/source and drop it again.")
  }

  // MARK: - Files

  /// Every file that job.json or the journal names is there with the bytes that were written; others are nobody's.
  private func compareFiles(of job: Job, _ report: inout Report) throws(StorageError) {
    let answers = ((try? store.calls(of: job.id)) ?? []).compactMap(\.answer)
    var named: Set<String> = []
    // A finished job's raw answers may be gone by the rules of retention.
    let needed = Array(job.assets.values) + (job.status == .done ? [] : answers)
    for asset in needed.sorted(by: { ($0.path, $0.id) < ($1.path, $1.id) }) {
      let path = store.path(of: asset, of: job.id)
      guard named.insert(path.string).inserted else { continue }
      if let finding = try compare(asset, at: path, of: job) { report.findings.append(finding) }
      report.files += 1
    }
    guard !isBusy else { return }
    named.formUnion(answers.map { store.path(of: $0, of: job.id).string })
    let histories = try store.historyText(of: job.id)
    for folder in JobStore.assetFolders {
      let place = layout.body(of: job.id).appending("assets").appending(folder)
      guard try SystemCalls.status(place) != nil else { continue }
      for name in try SystemCalls.names(in: place) where !DurableWrite.isLeftover(name) {
        let path = place.appending(name)
        guard !named.contains(path.string), !histories.contains(name.stem) else { continue }
        let isWork = folder == "derived"
        report.findings.append(
          damage(
            .unnamedFile, .note, path, of: job.id,
            isWork ? "A picture that an interrupted run left; nothing names it." : "Nothing names it; it is kept."))
      }
    }
  }

  /// Nil if the file is there and as it was written.
  private func compare(_ asset: Asset, at path: FilePath, of job: Job) throws(StorageError) -> Damage? {
    guard let info = try SystemCalls.status(path), info.isFile else {
      return damage(.missingAsset, .open, path, of: job.id, "It is missing. \(remedy(for: asset, of: job))")
    }
    do throws(StorageError) {
      let file = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      let digest = asset.sha256 == nil ? nil : try Digest.of(file)
      if info.st_size > 0, digest == asset.sha256 { return nil }
    } catch {
      return damage(.changedAsset, .open, path, of: job.id, "\(error) \(remedy(for: asset, of: job))")
    }
    return damage(
      .changedAsset, .open, path, of: job.id,
      "Its bytes are not those once written. \(remedy(for: asset, of: job))")
  }

  private func remedy(for asset: Asset, of job: Job) -> String {
    let short = job.id.prefix(8)
    if asset.id == job.sourceImage {
      return "It is the dropped picture of \(job.sourceName): drop it again, if you have it elsewhere."
    }
    if let step = job.steps.first(where: { $0.outputAssetID == asset.id }) {
      return "It is the picture of step \(step.index), \(step.name); "
        + "\"scenehf retry \(short) \(step.index)\" makes it again."
    }
    return "No step stands on it; it is a picture of an earlier try."
  }

  // MARK: - State

  private func state(of job: Job) throws(StorageError) -> [Damage] {
    var findings: [Damage] = []
    let body = layout.body(of: job.id)
    if job.status != .done, try SystemCalls.status(store.restMark(of: job.id)) != nil {
      findings.append(
        damage(.falseRest, .open, store.restMark(of: job.id), of: job.id, "The job is marked as finished and is not."))
    }
    if !isBusy, job.status == .running || job.steps.contains(where: { $0.status == .running }) {
      let sentence = "A step says that it runs, and nobody runs it; the next start takes it up."
      findings.append(damage(.interrupted, .note, body.appending("job.json"), of: job.id, sentence))
    }
    return findings
  }

  private func records(of job: Job) throws(StorageError) -> [Damage] {
    let body = layout.body(of: job.id)
    return try unreadable(HistoryRecord.self, in: body.appending("history"), of: job.id)
      + unreadable(CallRecord.self, in: body.appending(JobStore.callsFolder), of: job.id)
  }

  private func unreadable(
    _ type: (some Decodable).Type, in folder: FilePath, of id: String
  ) throws(StorageError) -> [Damage] {
    guard try SystemCalls.status(folder) != nil else { return [] }
    var findings: [Damage] = []
    for name in try SystemCalls.names(in: folder).sorted(by: { $0.string < $1.string })
    where name.string.hasSuffix(".json") && !name.string.hasPrefix(".") {
      let path = folder.appending(name)
      let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 24)
      if (try? JSONDecoder().decode(type, from: Data(bytes))) != nil { continue }
      findings.append(damage(.unreadableRecord, .open, path, of: id, "It cannot be read; what it told is lost."))
    }
    return findings
  }

  private func events(of id: String) throws(StorageError) -> [Damage] {
    let path = layout.body(of: id).appending("events.ndjson")
    guard !isBusy, try SystemCalls.status(path) != nil else { return [] }
    let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 30)
    if let last = bytes.last, last != UInt8(ascii: "\n") {
      return [damage(.tornEvents, .note, path, of: id, "Its last line is half; it is of no use.")]
    }
    let numbers = try store.events(of: id).map(\.id)
    if numbers == Array(1..<numbers.count + 1) { return [] }
    return [damage(.tornEvents, .note, path, of: id, "Some of its lines are missing or cannot be read.")]
  }

  private func face(of job: Job) throws(StorageError) -> [Damage] {
    let face = store.face(of: job)
    var findings: [Damage] = []
    let places = try face.folders()
    if let folder = places.first {
      findings += try halfFiles(in: layout.folder(folder).appending(face.name), of: job.id)
    } else if !face.wasDismissed, !isBusy {
      let sentence = "\(job.sourceName) has no folder; the next start makes it again."
      findings.append(damage(.lostFace, .note, layout.body(of: job.id), of: job.id, sentence))
    }
    for folder in places where folder != store.place(of: job, among: places) {
      findings.append(
        damage(
          .doubleFace, .open, layout.folder(folder).appending(face.name), of: job.id,
          "\(job.sourceName) lies in \(store.place(of: job, among: places).rawValue) as well, where it belongs."))
    }
    return findings
  }
}

extension JobStore {
  /// The folders of a body in which files come into being.
  func bodyFolders(of id: String) -> [FilePath] {
    let body = layout.body(of: id)
    return [body, body.appending("history"), body.appending(Self.callsFolder)]
      + Self.assetFolders.map { body.appending("assets").appending($0) }
  }

  /// All records of the history as they are, one behind the other.
  func historyText(of id: String) throws(StorageError) -> String {
    let folder = layout.body(of: id).appending("history")
    guard try SystemCalls.status(folder) != nil else { return "" }
    var text = ""
    for name in try SystemCalls.names(in: folder) {
      let bytes = try SystemCalls.open(folder.appending(name), O_RDONLY | O_NOFOLLOW).read(limit: 1 << 24)
      text += String(decoding: bytes, as: UTF8.self)
    }
    return text
  }

  /// Which of several faces of a job is the right one.
  func place(of job: Job, among places: [Layout.Folder]) -> Layout.Folder {
    let right: Layout.Folder =
      switch job.status {
      case .done, .cancelled: .done
      case .paused, .failed: .review
      case .idle, .planned, .running: .working
      }
    return places.contains(right) ? right : places.first ?? right
  }
}
