import Blocking
import Model
import Running
import Storage

/// How many jobs are running and how many need a person, kept up with the news.
final class Tally: Sendable {
  /// The sentence after each change; only the newest waits.
  let sentences: AsyncStream<String>
  private let output: AsyncStream<String>.Continuation
  /// Of every job that is neither done nor cancelled.
  private let open = Locked<[String: Bool]>([:])
  private let remark = Locked<String?>(nil)

  init() {
    (sentences, output) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Reads how it stands on disk; what has been told meanwhile is newer and stays. Blocks.
  func load(_ store: JobStore) throws(StorageError) {
    for job in try store.restlessJobs() where !Self.isClosed(job) {
      open.withLock { if $0[job.id] == nil { $0[job.id] = Self.needsPerson(job) } }
    }
    tell()
  }

  func take(_ news: JobNews) {
    let job = news.job
    open.withLock { $0[job.id] = Self.isClosed(job) ? nil : Self.needsPerson(job) }
    tell()
  }

  /// Says this besides from now on; nil takes it back.
  func say(_ sentence: String?) {
    remark.withLock { $0 = sentence }
    tell()
  }

  private func tell() {
    let (waiting, all) = open.withLock { open in (open.values.count { $0 }, open.count) }
    let sentence = "\(all - waiting) running, \(waiting) \(waiting == 1 ? "needs" : "need") review"
    output.yield(sentence + (remark.withLock { $0 }.map { ". \($0)" } ?? ""))
  }

  private static func isClosed(_ job: Job) -> Bool { job.status == .done || job.status == .cancelled }
  private static func needsPerson(_ job: Job) -> Bool { job.status == .paused || job.status == .failed }
}
