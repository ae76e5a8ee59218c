import FoundationEssentials
import Glibc
import Imaging
package import Model
import Storage
package import SystemPackage

/// A job that another program wrote, the web tool above all, made ready for a body of our own: no keys, files under our
/// names, nothing that says that it runs.
package struct ForeignJob: Sendable {
  package private(set) var job: Job
  /// Where the files of its assets lie.
  package private(set) var files: [(file: FilePath, asset: Asset)] = []
  package private(set) var history: [(name: String, bytes: [UInt8])] = []
  /// Where keys stood in its records, such as `metadata.image_api_key`.
  package private(set) var secrets: [String] = []
  /// What could not be taken over, a sentence each.
  package private(set) var losses: [String] = []

  package let folder: FilePath

  /// Reads the folder of one job. Throws `ImportError` where nothing can be made of it. Blocks.
  package init(at folder: FilePath) throws {
    self.folder = folder
    var places: [String] = []
    do {
      let bytes = try Self.read(folder.appending("job.json"))
      let clean = try JSONDecoder().decode(JSONValue.self, from: bytes).withoutSecrets(&places)
      job = try JSONDecoder().decode(Job.self, from: JSONEncoder().encode(clean))
    } catch let error as NewerFormat {
      throw ImportError(folder, "\(error)")
    } catch {
      throw ImportError(folder, "Its job.json cannot be read: \(error)")
    }
    secrets = places
    collectFiles()
    guard let source = job.source else {
      throw ImportError(folder, "Its source picture is missing. Drop the picture itself into the inbox.")
    }
    collectHistory()
    name(after: source)
    settleSteps()
  }

  /// The folders of jobs that a person can mean by `folder`: itself, those in it, and those of the web tool's layout below.
  package static func folders(in folder: FilePath) -> [FilePath] {
    if isJob(folder) { return [folder] }
    for place in [folder, folder.appending("jobs"), folder.appending("data/jobs")] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place.string)) ?? []
      let found = names.sorted().map { place.appending($0) }.filter(isJob)
      if !found.isEmpty { return found }
    }
    return []
  }

  private static func isJob(_ folder: FilePath) -> Bool { access(folder.appending("job.json").string, R_OK) == 0 }

  /// The largest record that is read.
  private static let recordLimit = 64 << 20

  private static func read(_ path: FilePath) throws -> Data {
    let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking])
    return try file.closeAfter {
      var whole = Data()
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      while whole.count <= recordLimit {
        let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
        if count == 0 { return whole }
        whole += piece[..<count]
      }
      throw Errno.fileTooLarge
    }
  }
}

/// A folder of which no job can be made.
package struct ImportError: Error, CustomStringConvertible {
  let folder: FilePath
  let reason: String

  package init(_ folder: FilePath, _ reason: String) {
    self.folder = folder
    self.reason = reason
  }

  package var description: String { "\(folder.string) was not imported. \(reason)" }
}

extension ForeignJob {
  private mutating func collectFiles() {
    let original = job.source.map { FilePath($0.path).lastComponent?.string ?? "" } ?? ""
    if job.metadata["source_name"]?.text == nil {
      let named = ["original_filename", "filename", "file_name"].compactMap { job.metadata[$0]?.text }.first
      job.metadata["source_name"] = .string(named ?? original)
    }
    for var asset in job.assets.values.sorted(by: { $0.id < $1.id }) {
      guard let (file, format) = find(asset) else {
        job.assets[asset.id] = nil
        losses.append("\(asset.path) is missing.")
        continue
      }
      let plain = asset.id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
      let name = plain && (1...64).contains(asset.id.utf8.count) ? asset.id : Identifier.asset()
      asset.path = "assets/\(AssetMaker.folder(of: asset.kind))/\(name).\(format.fileExtension)"
      job.assets[asset.id] = asset
      files.append((file, asset))
    }
  }

  /// Paths are relative to the job's folder, to that of the program (`./data/jobs/…`), or absolute, and the folder may have
  /// been moved since: what comes behind the job's id counts first. Only pictures are taken.
  private func find(_ asset: Asset) -> (FilePath, PictureFormat)? {
    let path = FilePath(asset.path)
    let names = path.components.filter { $0.kind == .regular }
    var places = [folder.appending(Array(names.suffix(3)))]
    if let id = names.lastIndex(where: { $0.string == job.id || $0.string == folder.lastComponent?.string }) {
      places.append(folder.appending(Array(names.suffix(from: names.index(after: id)))))
    }
    places.append(path.isAbsolute ? path : folder.appending(names))
    for place in places {
      if let format = Self.format(of: place) { return (place, format) }
    }
    return nil
  }

  /// Of a regular file; nil for everything else.
  private static func format(of path: FilePath) -> PictureFormat? {
    var info = stat()
    guard path.withPlatformString({ lstat($0, &info) }) == 0, info.st_mode & S_IFMT == S_IFREG,
      let file = try? FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking])
    else { return nil }
    defer { try? file.close() }
    var head = [UInt8](repeating: 0, count: 64)
    let count = (try? head.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
    return PictureFormat.detect(head.prefix(count))
  }

  private mutating func collectHistory() {
    let place = folder.appending("history")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.string)) ?? []
    for name in names.sorted() where name.hasSuffix(".json") && FaceName.isUsable(name) {
      var places: [String] = []
      guard let bytes = try? Self.read(place.appending(name)),
        let clean = try? JSONDecoder().decode(JSONValue.self, from: bytes).withoutSecrets(&places),
        let written = try? JSONEncoder().encode(clean)
      else {
        losses.append("history/\(name) cannot be read.")
        continue
      }
      secrets += places.map { "history/\(name): \($0)" }
      history.append((name, Array(written)))
    }
  }

  private mutating func name(after source: Asset) {
    job.metadata["face"] = .string(FaceName.make(stem: FaceName.stem(ofFileNamed: job.sourceName), id: job.id))
    job.metadata["imported"] = .string(Timestamp.now.description)
    job.storageRoot = nil
  }

  /// Numbers begin at 1. What says that it runs does not; what would go on spends nothing before somebody says so.
  private mutating func settleSteps() {
    if job.prunedDay != nil {
      // Its results are nowhere any more: it waits to be made anew from its source.
      job.metadata["pruned"] = nil
      job.plan = nil
      job.steps = []
    }
    for index in job.steps.indices {
      job.steps[index].index = index + 1
      let isLost = job.steps[index].outputAssetID.map { job.assets[$0] == nil } ?? false
      if isLost {
        job.steps[index].outputAssetID = nil
        if job.steps[index].status == .success || job.steps[index].status == .needsReview {
          job.steps[index].status = .failed
          job.steps[index].reason = "Its picture was missing when the job was imported. A retry makes it again."
        }
      }
      if job.steps[index].needsPerson { job.steps[index].actionsAvailable = job.steps[index].actionsForPerson }
    }
    job.queueInterrupted()
    guard job.status != .cancelled else { return }
    // Steps without a plan are not to be planned anew.
    if job.plan == nil, !job.steps.isEmpty { job.plan = Plan(sceneSummary: "", steps: []) }
    job.status = job.plan == nil ? .idle : job.settledStatus
    if !job.isSettled {
      job.hold(because: "Imported before it was finished; \"scenehf resume \(job.id.prefix(8))\" goes on.")
      job.status = .paused
    }
  }
}
