import FoundationEssentials
import Glibc
import Imaging
package import Model
package import Storage
package import SystemPackage

/// Turns whole files into jobs, and what cannot become one into a rejection with its reason.
package struct Intake: Sendable {
  let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// What became of a file.
  package enum Outcome: Sendable {
    case job(Job)
    case rejected(face: String, reason: String)
    /// It may still be arriving: look again when it changes, or when patience ends.
    case notYet
    /// It is not there any more.
    case gone
  }

  /// Takes a file out of the inbox. `unchangedFor` is how long it has been still, in seconds. Blocks.
  package func take(_ drop: Drop, unchangedFor: Double) throws -> Outcome {
    let limit = workshop.settings.maxFileBytes
    do {
      if Self.isSidecar(drop.path) { return try takeSidecar(drop, unchangedFor: unchangedFor) }
      guard drop.identity.size <= limit else { throw ImagingError.tooManyBytes(Int(drop.identity.size), limit: limit) }
      let found: Job? = try workshop.filesInHand.spend(Int(drop.identity.size)) {
        guard let bytes = try workshop.store.readDrop(drop.path, limit: limit) else { return nil }
        let file = try workshop.decoder.examine(bytes, limits: workshop.decodingLimits)
        return makeJob(for: drop.path, file, bytes, inbox: workshop.store.layout.inbox)
      }
      guard let job = found else { return .gone }
      try workshop.store.take(drop, as: job)
      try begin(job, droppedAt: drop.path)
      return .job(job)
    } catch ImagingError.truncated where unchangedFor < workshop.settings.incompleteTimeout {
      return .notYet
    } catch let error as ImagingError {
      return try reject(drop.path, expecting: drop.identity, reason: error.description)
    } catch StorageError.changedMeanwhile {
      return .notYet
    }
  }

  /// Makes a job of a copy of the file, which stays where it is, as does its own preset file beside it, whose text
  /// the job keeps. `own` is what holds for this job before everything else. Blocks.
  ///
  /// Works also while another process holds the root: nothing but new names is written.
  package func adopt(copyOf path: FilePath, preset: String? = nil, own: [SettingKey: String] = [:]) throws -> Job {
    guard let drop = try workshop.store.drop(at: path),
      let bytes = try workshop.store.readDrop(path, limit: workshop.settings.maxFileBytes)
    else { throw RunningError.notPossible("There is no file \(path.string). Check the name.") }
    guard drop.identity.size > 0 else { throw RunningError.notPossible("\(path.string) is empty. Copy it again.") }
    let file = try workshop.decoder.examine(bytes, limits: workshop.decodingLimits)
    var job = makeJob(for: path, file, bytes, inbox: nil)
    job.metadata["preset"] = preset.map { .string($0) }
    job.metadata["own_preset"] = try textOfSidecar(of: path).map { .string($0) }
    job.note(own: own)
    try workshop.store.adopt(copyOf: path, as: job)
    return job
  }

  /// Makes a job that is durable known: its face, its events, the queue. Blocks.
  package func begin(_ job: Job, droppedAt path: FilePath? = nil) throws {
    // The job exists, whatever becomes of its face here: the runner makes what is missing.
    defer { workshop.store.enqueue(job) }
    try Faces(workshop: workshop).showProgress(of: job, step: nil)
    if let path { try bringSidecar(of: path, to: job) }
    try workshop.book.announce(job, message: "\(job.sourceName) has arrived.")
  }

  /// Puts what lies at `path` into `rejected/` with the reason in words. Blocks.
  ///
  /// With `identity` only if it is still that file.
  package func reject(_ path: FilePath, expecting identity: FileIdentity? = nil, reason: String) throws -> Outcome {
    guard try workshop.store.drop(at: path) != nil else { return .gone }
    let name = path.lastComponent?.string ?? "file"
    let sentence = "\(name) was not taken. \(reason)"
    do throws(StorageError) {
      let stem = FaceName.stem(ofFileNamed: name)
      let face = try workshop.store.reject(path, expecting: identity, stem: stem, reason: sentence)
      workshop.book.announce(Rejection(face: face, name: name, reason: sentence))
      return .rejected(face: face, reason: sentence)
    } catch {
      guard case .changedMeanwhile = error else { throw error }
      return .notYet
    }
  }

  private func makeJob(for path: FilePath, _ file: PictureFacts, _ bytes: [UInt8], inbox: FilePath?) -> Job {
    let id = Identifier.job()
    let name = path.lastComponent?.string ?? "picture"
    let assetID = Identifier.asset()
    let suffix = Self.suffix(of: name, format: file.format)
    let source = Asset(
      id: assetID, kind: .source, path: "assets/source/\(assetID).\(suffix)", width: file.size.width,
      height: file.size.height, sha256: Digest.of(bytes))
    let origin = inbox.map { Origin(of: path, in: $0, presets: workshop.presets) }
    let stem = origin?.faceStem(ofFileNamed: name) ?? FaceName.stem(ofFileNamed: name)
    var metadata: [String: JSONValue] = [
      "source_name": .string(name),
      "face": .string(FaceName.make(stem: stem, id: id)),
    ]
    metadata["preset"] = origin?.preset.map { .string($0) }
    metadata["group"] = origin?.group.map { .string($0) }
    let bytes = path.lastComponent?.withPlatformString { pointer in
      UnsafeBufferPointer(start: pointer, count: strnlen(pointer, 255)).map { UInt8(bitPattern: $0) }
    }
    if let bytes, String(validating: bytes, as: UTF8.self) == nil {
      metadata["source_name_bytes"] = .string(Data(bytes).base64EncodedString())
    }
    if !file.notes.isEmpty { metadata["source_notes"] = .array(file.notes.map { .string($0) }) }
    return Job(id: id, source: source, metadata: metadata)
  }

  /// The dropped suffix where it fits the content, in lower case; else the format's own.
  private static func suffix(of name: String, format: PictureFormat) -> String {
    let dropped = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
    return format.knownExtensions.contains(dropped) ? dropped : format.fileExtension
  }
}
