package import Model
package import SystemPackage

/// What can go wrong on the disk. Every description is a sentence with the place and what to do.
package enum StorageError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A system call failed: what was tried, on what, why.
  case system(String, FilePath, Errno)
  case anotherInstance(root: FilePath, holder: String)
  /// The root, or a folder that was there before, is missing: the disk is not mounted.
  case waitingForDisk(FilePath)
  case noSuchJob(String)
  case ambiguousJob(String, [String])
  case unreadableJob(String, detail: String)
  /// Written by a newer program: what it is, and what is known of its format.
  case newerFormat(String, NewerFormat)
  case changedMeanwhile(FilePath)
  case notEncodable(String)

  package var description: String {
    switch self {
    case .system(let action, let path, let errno): "Could not \(action) \(path.string): \(errno). \(errno.remedy)"
    case .anotherInstance(let root, let holder):
      "Another SceneHF\(holder.isEmpty ? "" : " (\(holder))") is working on \(root.string). Stop it first, or use "
        + "another folder with --storage-root."
    case .waitingForDisk(let path):
      "\(path.string) is missing: paused, waiting for the disk. Mount it, or make the folder again."
    case .noSuchJob(let name): "There is no job \"\(name)\". \"scenehf status\" lists them."
    case .ambiguousJob(let name, let ids):
      "\"\(name)\" fits several jobs (\(ids.joined(separator: ", "))). Give more of the id."
    case .unreadableJob(let id, let detail):
      "The job.json of job \(id) cannot be read: \(detail). Its pictures are in jobs/\(id)/assets; drop the source again."
    case .newerFormat(let record, let format): "\(record) was not opened and is left as it is. \(format)"
    case .changedMeanwhile(let path): "\(path.string) changed while it was taken; it is looked at again."
    case .notEncodable(let detail): "A record could not be written as JSON: \(detail). Please report this."
    }
  }

  /// The cause, where a system call failed.
  package var errno: Errno? {
    if case .system(_, _, let errno) = self { errno } else { nil }
  }

  /// Whether the disk as a whole is the trouble, so that work pauses instead of one job failing.
  package var concernsDisk: Bool {
    switch self {
    case .waitingForDisk: true
    case .system(_, _, let errno): [.noSpace, .readOnlyFileSystem, .ioError, .diskQuotaExceeded].contains(errno)
    default: false
    }
  }
}

extension Errno {
  /// What a person can do about it.
  fileprivate var remedy: String {
    switch self {
    case .noSpace, .diskQuotaExceeded: "Free some space; work goes on by itself."
    case .readOnlyFileSystem: "Mount the disk writable; work goes on by itself."
    case .permissionDenied, .notPermitted: "Give this user the right to read and write there."
    case .noSuchFileOrDirectory: "Check that the folder is still there."
    case .ioError: "Check the disk."
    default: "Check the folder and try again."
    }
  }
}
