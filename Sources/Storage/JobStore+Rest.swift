import Glibc
package import Model
import SystemPackage

/// Which jobs a start need not look into, so that a hundred thousand finished ones cost it nothing.
///
/// An empty file in the body says that the job is done and its face published. It is a shortcut, not a record:
/// without it a start reads job.json and comes to the same end, so it need not be durable.
extension JobStore {
  func restMark(of jobID: String) -> FilePath { layout.body(of: jobID).appending(".at-rest") }

  /// Beside the mark of rest: nobody misses the face, its job was pruned.
  func prunedMark(of jobID: String) -> FilePath { layout.body(of: jobID).appending(".pruned") }

  /// The jobs that are not known to be at rest: all that are not done, without reading the others.
  private func restlessIDs() throws(StorageError) -> [String] {
    var restless: [String] = []
    for id in try jobIDs() where try SystemCalls.status(restMark(of: id)) == nil { restless.append(id) }
    return restless
  }

  /// Those jobs, as far as they can be read.
  package func restlessJobs() throws(StorageError) -> [Job] {
    var jobs: [Job] = []
    for id in try restlessIDs() {
      if let job = try? load(id) { jobs.append(job) }
    }
    return jobs
  }

  /// Marks the job if there is nothing left to do for it.
  func rest(_ job: Job) throws(StorageError) {
    guard job.status == .done, try face(of: job).folder() != .working else { return }
    if job.prunedDay != nil { _ = try SystemCalls.open(prunedMark(of: job.id), O_WRONLY | O_CREAT | O_NOFOLLOW) }
    _ = try SystemCalls.open(restMark(of: job.id), O_WRONLY | O_CREAT | O_NOFOLLOW)
  }

  /// Takes the mark away, before job.json says that the job goes on.
  func wake(_ job: Job) throws(StorageError) {
    try SystemCalls.remove(restMark(of: job.id))
    try SystemCalls.remove(prunedMark(of: job.id))
  }
}
