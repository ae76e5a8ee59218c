import Glibc
package import Model
package import SystemPackage

/// Bodies that were made elsewhere and are copied in whole.
extension JobStore {
  /// Whether a body of this id is there.
  package func has(_ jobID: String) throws(StorageError) -> Bool {
    try SystemCalls.status(layout.body(of: jobID)) != nil
  }

  /// Whether a body can have this id: it is one plain name.
  package func canHold(_ jobID: String) -> Bool { layout.body(of: jobID).lastComponent?.string == jobID }

  /// Makes a body of `job` with copies of `files`, which stay where they are, and of `history` by name. It appears by one
  /// rename, durable, or not at all; works also while another process holds the root.
  package func adopt(
    _ job: Job, files: [(file: FilePath, asset: Asset)], history: [(name: String, bytes: [UInt8])]
  ) throws(StorageError) {
    let folder = try StagedFolder(making: layout.staging.appending(job.id))
    let staged = folder.path
    do throws(StorageError) {
      try stage(job, at: staged)
      try furnish(at: staged)
      for record in history { try DurableWrite.write(record.bytes, to: staged.appending("history/\(record.name)")) }
      // The source comes last: what is staged and has it counts as whole.
      for (file, asset) in files where asset.kind != .source { try place(file, as: asset, in: staged) }
      for (file, asset) in files where asset.kind == .source { try place(file, as: asset, in: staged) }
      try finish(staged, jobID: job.id)
    } catch {
      try? SystemCalls.removeTree(staged)
      throw error
    }
  }

  private func place(_ file: FilePath, as asset: Asset, in staged: FilePath) throws(StorageError) {
    try DurableWrite.copy(file, to: staged.appending(FilePath(asset.path).components), replacing: false)
  }
}
