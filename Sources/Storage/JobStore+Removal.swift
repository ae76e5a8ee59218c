package import Model
import SystemPackage

extension JobStore {
  /// Removes a job for good: its body with every picture, and its face wherever it lies.
  ///
  /// One rename takes the body away; after it the job does not exist, and a crash leaves only what the next
  /// start sweeps. Blocks.
  package func remove(_ job: Job) throws(StorageError) {
    let held = try StagedFolder(making: layout.staging.appending("removed-\(Identifier.asset())"))
    let grave = held.path
    let face = face(of: job)
    if let folder = try face.folder() {
      try SystemCalls.rename(layout.folder(folder).appending(face.name), to: grave.appending("face"), replacing: false)
      try SystemCalls.syncFolder(layout.folder(folder))
    }
    try SystemCalls.rename(layout.body(of: job.id), to: grave.appending("body"), replacing: false)
    try SystemCalls.syncFolder(layout.jobs)
    try SystemCalls.removeTree(grave)
  }
}
