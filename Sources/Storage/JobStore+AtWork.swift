import Glibc
import SystemPackage

/// Which jobs are worked on, told on disk, so that the death of a process is known to whoever takes up its job next.
///
/// A file in the body is there while somebody works on the job, and says how many died at it before, in a row. Who
/// begins and finds it knows that the one before came to no end of any kind. Like the mark of rest it is no record and
/// is not durable: a power failure that takes it along was not the job's doing.
extension JobStore {
  private func workMark(of jobID: String) -> FilePath { layout.body(of: jobID).appending(".at-work") }

  /// How many processes in a row have died while they worked on the job; to be asked before `beginWork`. Blocks.
  package func deaths(at jobID: String) -> Int { (workMarkCount(of: jobID) ?? -1) + 1 }

  /// Notes that this process works on the job from now on, after so many deaths. Blocks.
  package func beginWork(on jobID: String, after deaths: Int) {
    // A disk in trouble is told by what comes next.
    try? writeWorkMark(of: jobID, deaths)
  }

  /// A part of the work is done: who dies from now on dies of something else. Blocks.
  package func madeProgress(on jobID: String) {
    if let count = workMarkCount(of: jobID), count > 0 { try? writeWorkMark(of: jobID, 0) }
  }

  /// The work has come to an end, good or bad. Blocks.
  package func endWork(on jobID: String) { try? SystemCalls.remove(workMark(of: jobID)) }

  /// What the mark says; nil where there is none.
  private func workMarkCount(of jobID: String) -> Int? {
    guard let file = try? SystemCalls.open(workMark(of: jobID), O_RDONLY | O_NOFOLLOW),
      let bytes = try? file.read(limit: 20)
    else { return nil }
    // One who died while the mark was made had not begun.
    return Int(String(decoding: bytes, as: UTF8.self)) ?? 0
  }

  private func writeWorkMark(of jobID: String, _ count: Int) throws(StorageError) {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    try SystemCalls.open(workMark(of: jobID), flags).write(Array("\(count)".utf8))
  }
}
