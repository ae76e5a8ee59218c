import Blocking
import Model
import Running
import Storage

/// All jobs in short, kept in memory: a list must not read ten thousand job.json.
final class Catalogue: Sendable {
  private let jobs = Locked<[String: JobOutline]>([:])

  /// Reads what is on disk; what has been told meanwhile is newer and stays. Blocks.
  func load(_ store: JobStore) throws(StorageError) {
    let found = try store.outlines().jobs
    jobs.withLock { jobs in
      for job in found where jobs[job.id] == nil { jobs[job.id] = job }
    }
  }

  func take(_ news: JobNews) {
    let outline = JobOutline(news.job)
    jobs.withLock { $0[outline.id] = outline }
  }

  func remove(_ jobID: String) {
    jobs.withLock { _ = $0.removeValue(forKey: jobID) }
  }

  /// Newest first; `status` nil for all. The count is of all that fit, before `offset` and `limit` cut.
  func list(status: JobStatus? = nil, offset: Int = 0, limit: Int) -> (jobs: [JobOutline], count: Int) {
    let fits = jobs.withLock { Array($0.values) }.filter { status == nil || $0.status == status }
    let sorted = fits.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    return (Array(sorted.dropFirst(offset).prefix(limit)), sorted.count)
  }
}
