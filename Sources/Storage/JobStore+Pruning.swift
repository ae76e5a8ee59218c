import Glibc
package import Model
package import SystemPackage

/// What is taken away when finished jobs are thinned out, and what that frees.
extension JobStore {
  /// What the file of an asset takes on the disk, in bytes; 0 where it is gone.
  package func space(of asset: Asset, of jobID: String) throws(StorageError) -> Int {
    try SystemCalls.status(path(of: asset, of: jobID)).map(Self.space) ?? 0
  }

  /// What everything below a folder takes on the disk, in bytes. A root of many jobs takes its time.
  package func space(below folder: FilePath) throws(StorageError) -> Int {
    var sum = 0
    for name in try SystemCalls.names(in: folder) {
      let path = folder.appending(name)
      guard let info = try SystemCalls.status(path) else { continue }
      sum += info.st_mode & S_IFMT == S_IFDIR ? try space(below: path) : Self.space(info)
    }
    return sum
  }

  /// st_blocks counts in units of 512 bytes (stat(2)).
  private static func space(_ info: stat) -> Int { Int(info.st_blocks) * 512 }

  /// Removes the file of an asset; one that is gone is no error.
  package func removeFile(of asset: Asset, of jobID: String) throws(StorageError) {
    try SystemCalls.remove(path(of: asset, of: jobID))
  }

  /// Removes the job's face wherever it lies. One rename takes it out of sight; a crash leaves only what the next start
  /// sweeps.
  package func removeFace(of job: Job) throws(StorageError) {
    let face = face(of: job)
    guard let folder = try face.folder() else { return }
    let held = try StagedFolder(making: layout.staging.appending("removed-\(Identifier.asset())"))
    try SystemCalls.rename(
      layout.folder(folder).appending(face.name), to: held.path.appending("face"), replacing: false)
    try SystemCalls.syncFolder(layout.folder(folder))
    try SystemCalls.removeTree(held.path)
  }
}

extension Face {
  /// When a file's content was last changed, in nanoseconds since 1970; nil if there is none.
  package func modified(_ file: String) throws(StorageError) -> Int64? { try identity(file)?.modified }

  /// Where the face lies; nil if it lies nowhere.
  package func path() throws(StorageError) -> FilePath? { try folder().map { layout.folder($0).appending(name) } }
}
