import CLinux
import FoundationEssentials
import Glibc
package import Model
package import SystemPackage

/// How a dropped file becomes a job, exactly once, also across a crash at any point (DESIGN section 3.3).
///
/// The body is staged complete with its job.json, everything but the source. Then one rename brings the
/// source in, and one rename the body into `jobs/`. Repair needs a single rule: a staged body that has its
/// source is finished, one without is swept.
extension JobStore {
  /// Makes the dropped file the source of `job`, whose SOURCE asset names where it goes.
  ///
  /// Throws `.changedMeanwhile` when the file is not the one that was found whole, or is being written again:
  /// then it lies where it lay. On return the job is durable.
  package func take(_ drop: Drop, as job: Job) throws(StorageError) {
    let staged = try stage(job)
    let source = stagedSource(of: job, in: staged)
    do throws(StorageError) {
      try bringIn(drop, to: source)
    } catch {
      try? removeTree(staged)
      throw error
    }
    try finish(staged, jobID: job.id)
    try SystemCalls.syncFolder(drop.path.removingLastComponent())
  }

  /// Makes a copy of the file the source of `job`; the file itself stays. On return the job is durable.
  package func adopt(copyOf path: FilePath, as job: Job) throws(StorageError) {
    let staged = try stage(job)
    do throws(StorageError) {
      try DurableWrite.copy(path, to: stagedSource(of: job, in: staged), replacing: false)
    } catch {
      try? removeTree(staged)
      throw error
    }
    try finish(staged, jobID: job.id)
  }

  /// Puts what was dropped (a file, a link, anything) into `rejected/<face>/` with the reason beside it.
  ///
  /// The entry itself is moved, never opened. Returns the face's name.
  @discardableResult
  package func reject(_ path: FilePath, stem: String, reason: String) throws(StorageError) -> String {
    let face = FaceName.make(stem: stem, id: Identifier.job())
    let folder = layout.folder(.rejected).appending(face)
    let staged = layout.staging.appending("rejected-" + face.suffix(8))
    try SystemCalls.makeFolder(staged)
    try DurableWrite.write(Array("\(reason)\n".utf8), to: staged.appending("reason.txt"))
    // The folder appears with its reason; the file follows by one rename, never without an explanation.
    try SystemCalls.rename(staged, to: folder, replacing: false)
    guard let name = path.lastComponent else { return face }
    let target = name.string == "reason.txt" ? folder.appending("dropped-reason.txt") : folder.appending(name)
    do throws(StorageError) {
      try moveAcross(path, to: target)
    } catch {
      try? removeTree(folder)
      throw error
    }
    try SystemCalls.syncFolder(folder)
    try SystemCalls.syncFolder(layout.folder(.rejected))
    try SystemCalls.syncFolder(path.removingLastComponent())
    return face
  }

  // MARK: - Steps of taking

  private func stage(_ job: Job) throws(StorageError) -> FilePath {
    let staged = layout.staging.appending(job.id)
    try SystemCalls.makeFolder(staged)
    try SystemCalls.makeFolder(staged.appending("assets"))
    for name in ["source", "generations", "masks", "derived"] {
      try SystemCalls.makeFolder(staged.appending("assets").appending(name))
    }
    try SystemCalls.makeFolder(staged.appending("history"))
    let bytes = try Self.encode(job)
    try DurableWrite.write(to: staged.appending("job.json"), replacing: true, syncFolder: false) {
      (file) throws(StorageError) in try file.write(bytes)
    }
    return staged
  }

  private func stagedSource(of job: Job, in staged: FilePath) -> FilePath {
    let name = job.source.flatMap { FilePath($0.path).lastComponent?.string } ?? job.sourceImage
    return staged.appending("assets").appending("source").appending(name)
  }

  private func bringIn(_ drop: Drop, to source: FilePath) throws(StorageError) {
    guard let info = try SystemCalls.status(drop.path), drop.identity == FileIdentity(info) else {
      throw .changedMeanwhile(drop.path)
    }
    // Another name of the same file must not be able to change our source: hard links are copied.
    if info.st_nlink > 1 { return try copyIn(drop, to: source) }
    do throws(StorageError) {
      try SystemCalls.rename(drop.path, to: source, replacing: false)
    } catch {
      guard error.errno == .improperLink else { throw error }
      return try copyIn(drop, to: source)
    }
    // Nobody can open it by its old name any more. Whoever opened it before is found by the lease.
    let file = try SystemCalls.open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard FileIdentity(try file.status()) == drop.identity, clinux_probe_writer(file.raw) != -EAGAIN else {
      try SystemCalls.rename(source, to: drop.path, replacing: false)
      throw .changedMeanwhile(drop.path)
    }
    try file.sync()
  }

  private func copyIn(_ drop: Drop, to source: FilePath) throws(StorageError) {
    try DurableWrite.copy(drop.path, to: source, replacing: false)
    let original = try SystemCalls.open(drop.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    let copied = try SystemCalls.open(source, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 32)
    guard try original.read(limit: 1 << 32) == copied,
      let info = try SystemCalls.status(drop.path), FileIdentity(info) == drop.identity
    else {
      try SystemCalls.remove(source)
      throw .changedMeanwhile(drop.path)
    }
    try SystemCalls.remove(drop.path)
  }

  /// Makes the staged body durable and gives it its place.
  func finish(_ staged: FilePath, jobID: String) throws(StorageError) {
    try SystemCalls.syncFolder(staged.appending("assets").appending("source"))
    try SystemCalls.syncFolder(staged)
    try SystemCalls.rename(staged, to: layout.body(of: jobID), replacing: false)
    try SystemCalls.syncFolder(layout.jobs)
  }

  /// Renames, or between file systems copies a regular file and removes the original.
  private func moveAcross(_ path: FilePath, to target: FilePath) throws(StorageError) {
    do throws(StorageError) {
      try SystemCalls.rename(path, to: target, replacing: false)
    } catch {
      guard error.errno == .improperLink else { throw error }
      try DurableWrite.copy(path, to: target, replacing: false)
      try SystemCalls.remove(path)
    }
  }

  /// Removes a folder of ours with everything in it; links in it are removed, not followed.
  func removeTree(_ folder: FilePath) throws(StorageError) {
    for name in try SystemCalls.names(in: folder) {
      let path = folder.appending(name)
      if let info = try SystemCalls.status(path), info.st_mode & S_IFMT == S_IFDIR {
        try removeTree(path)
      } else {
        try SystemCalls.remove(path)
      }
    }
    try SystemCalls.removeFolder(folder)
  }
}

extension FileIdentity {
  init(_ info: stat) {
    self.init(
      device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int64(info.st_size),
      modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec))
  }
}
