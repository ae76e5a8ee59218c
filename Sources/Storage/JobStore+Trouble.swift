import Blocking
import Glibc
import Model
import SystemPackage

extension JobStore {
  /// As much as the records of a few jobs need; with less there is no point in going on.
  private static let leastSpace = 1 << 20

  /// Why nothing can be kept below this root at the moment, or claimed; nil if a megabyte could be written and synced,
  /// and the database of a shared root answers.
  ///
  /// The disk itself is asked, so it does not matter which error brought up the question. Blocks.
  package func trouble() -> StorageError? {
    let probe = layout.hidden.appending("probe")
    do throws(StorageError) {
      if let visible = Self.visibleTrouble(layout) { return visible }
      try DurableWrite.write([UInt8](repeating: 0, count: Self.leastSpace), to: probe)
      try SystemCalls.remove(probe)
      return queue.trouble()
    } catch {
      return error
    }
  }

  /// As much of it as can be seen without writing: a disk that is gone, full or read-only, rights that were lost.
  package static func visibleTrouble(_ layout: Layout) -> StorageError? {
    do throws(StorageError) {
      try checkFolders(layout)
    } catch {
      return error
    }
    var disk = statvfs()
    let root = layout.root
    guard root.withPlatformString({ statvfs($0, &disk) }) == 0 else {
      return .system("look at the disk of", root, Errno(rawValue: errno))
    }
    if disk.f_flag & UInt(ST_RDONLY) != 0 { return .system("write below", root, .readOnlyFileSystem) }
    // A file system that counts no blocks has no limit of its own.
    if disk.f_blocks > 0, UInt(disk.f_bavail) * UInt(disk.f_bsize) < UInt(leastSpace) {
      return .system("write below", root, .noSpace)
    }
    for folder in [root, layout.hidden, layout.jobs, layout.staging]
    where folder.withPlatformString({ access($0, R_OK | W_OK | X_OK) }) != 0 {
      return .system("write below", folder, Errno(rawValue: errno))
    }
    return nil
  }

  /// Goes on with a disk that was in trouble: takes the root's lock anew where another disk, or the same one mounted
  /// again, lies there now, finishes what was being taken, and finds all jobs that have something to do: the last rename
  /// of one may have been made in the very moment the disk went, and nobody was told. Throws what keeps this process
  /// from working here. Blocks.
  package func goOn() throws(StorageError) -> RepairReport {
    try lock.withLock { (lock) throws(StorageError) in
      if let held = lock, try !held.isInPlace(layout) { lock = try RootLock(layout) }
    }
    var report = try finishArrivals()
    report.toResume = try restlessJobs().filter { !$0.isSettled }.map(\.id)
    return report
  }
}
