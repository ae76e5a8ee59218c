import FoundationEssentials
import Glibc
package import Model
package import SystemPackage

/// How a dropped file becomes a job, exactly once, also across a crash at any point (DESIGN section 3.3).
///
/// The body is staged complete and durable with its job.json, everything but the source. Then one rename brings
/// the source in, and one rename the body into `jobs/`. A rename is one transaction of a journaling file system: where
/// the new name is durable the old one is gone, so the folder that was left needs no sync of its own, which in a rush
/// would wait for all the others. Repair needs a single rule: what is staged and has its
/// file is finished, unless the original of that file still lies in the inbox; what has none is swept.
extension JobStore {
  /// Makes the dropped file the source of `job`, whose SOURCE asset names where it goes.
  ///
  /// Throws `.changedMeanwhile` when the file is not the one that was found whole, or is being written again:
  /// then it lies where it lay. On return the job is durable.
  package func take(_ drop: Drop, as job: Job) throws(StorageError) {
    let folder = try StagedFolder(making: layout.staging.appending(job.id))
    let staged = folder.path
    let arrival = Arrival(path: drop.path, target: stagedSource(of: job, in: staged), staged: staged)
    do throws(StorageError) {
      try stage(job, at: staged)
      try arrival.bringIn(expecting: drop.identity)
      try finish(staged, jobID: job.id)
    } catch {
      try? arrival.giveBack()
      // What failed may have come after the last rename: then the job exists, and somebody must work on it.
      if try SystemCalls.status(layout.body(of: job.id)) != nil { enqueue(job.id) }
      throw error
    }
  }

  /// Makes a copy of the file the source of `job`; the file itself stays. On return the job is durable.
  package func adopt(copyOf path: FilePath, as job: Job) throws(StorageError) {
    let folder = try StagedFolder(making: layout.staging.appending(job.id))
    let staged = folder.path
    do throws(StorageError) {
      try stage(job, at: staged)
      try DurableWrite.copy(path, to: stagedSource(of: job, in: staged), replacing: false)
      try finish(staged, jobID: job.id)
    } catch {
      try? SystemCalls.removeTree(staged)
      throw error
    }
  }

  /// Puts what was dropped (a file, a link, anything) into `rejected/<face>/` with the reason beside it.
  ///
  /// The entry itself is moved, never opened unless it must be copied from another file system. With `identity`
  /// it throws `.changedMeanwhile` if something else lies there now. Returns the face's name.
  @discardableResult
  package func reject(
    _ path: FilePath, expecting identity: FileIdentity? = nil, stem: String, reason: String
  ) throws(StorageError) -> String {
    let face = FaceName.make(stem: stem, id: Identifier.job())
    guard let name = path.lastComponent else { return face }
    let held = try StagedFolder(making: layout.staging.appending(Self.rejectionPrefix + Identifier.asset()))
    let staged = held.path
    let folder = staged.appending(face)
    let isTaken = name.string == Self.reasonName
    let target = isTaken ? folder.appending("dropped-\(Self.reasonName)") : folder.appending(name)
    let arrival = Arrival(path: path, target: target, staged: staged)
    do throws(StorageError) {
      try SystemCalls.makeFolder(folder)
      try DurableWrite.write(Array("\(reason)\n".utf8), to: folder.appending(Self.reasonName))
      try SystemCalls.syncFolder(staged)
      try SystemCalls.syncFolder(layout.staging)
      try arrival.bringInUnseen(expecting: identity)
      try finishRejection(staged, face: folder)
    } catch {
      try? arrival.giveBack()
      throw error
    }
    try SystemCalls.syncFolder(path.removingLastComponent())
    return face
  }

  static let rejectionPrefix = "rejected-"
  static let reasonName = "reason.txt"

  // MARK: - Steps

  func stage(_ job: Job, at staged: FilePath) throws(StorageError) {
    // No more than the source needs: of 10,000 drops at once the folders are most of the work. See `furnish`.
    try SystemCalls.makeFolder(staged.appending("assets"))
    try SystemCalls.makeFolder(staged.appending("assets").appending("source"))
    try DurableWrite.writeUnseen(try Self.encode(job), to: staged.appending("job.json"))
    try SystemCalls.syncFolder(staged)
    // The source must never be the only thing that a power failure leaves of its body.
    try SystemCalls.syncFolder(staged.appending("assets"))
    try SystemCalls.syncFolder(layout.staging)
  }

  static let assetFolders = ["source", "generations", "masks", "derived"]

  /// Makes the folders that the body of a job lacks, before the job is worked on. Blocks.
  package func furnish(_ jobID: String) throws(StorageError) { try furnish(at: layout.body(of: jobID)) }

  /// The same for a body that is still staged.
  func furnish(at body: FilePath) throws(StorageError) {
    guard try SystemCalls.status(body.appending("history")) == nil else { return }
    let assets = body.appending("assets")
    for name in Self.assetFolders { try SystemCalls.makeFolder(assets.appending(name)) }
    try SystemCalls.syncFolder(assets)
    // The last: where it is, all are.
    try SystemCalls.makeFolder(body.appending("history"))
    try SystemCalls.syncFolder(body)
  }

  private func stagedSource(of job: Job, in staged: FilePath) -> FilePath {
    let name = job.source.flatMap { FilePath($0.path).lastComponent?.string } ?? job.sourceImage
    return staged.appending("assets").appending("source").appending(name)
  }

  /// Gives a staged body that has its source its place. On return it is durable.
  func finish(_ staged: FilePath, jobID: String) throws(StorageError) {
    try SystemCalls.rename(staged, to: layout.body(of: jobID), replacing: false)
    try SystemCalls.syncFolder(layout.jobs)
  }

  /// Shows a staged rejection that has its file.
  func finishRejection(_ staged: FilePath, face: FilePath) throws(StorageError) {
    guard let name = face.lastComponent else { return }
    try SystemCalls.rename(face, to: layout.folder(.rejected).appending(name), replacing: false)
    try SystemCalls.syncFolder(layout.folder(.rejected))
    try SystemCalls.removeTree(staged)
    try SystemCalls.syncFolder(layout.staging)
  }
}

extension FileIdentity {
  init(_ info: stat) {
    self.init(
      device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int64(info.st_size),
      modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec))
  }
}
