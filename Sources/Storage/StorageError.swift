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
  /// Another process works on the job now.
  case claimLost(String)
  /// The body knows a claim that is newer than the one just taken.
  case claimOutrun(String, fence: Int64)
  /// PostgreSQL cannot be reached: why, in libpq's words.
  case databaseAway(String)
  /// PostgreSQL did not do what it was asked: its SQLSTATE and its words.
  case databaseRefused(state: String, String)
  /// The database has not the tables that this program knows.
  case databaseUnprepared
  /// The root is worked on by several machines, and nobody said through which database.
  case rootIsShared(FilePath)

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
    case .claimLost(let id):
      "Job \(id) was given to another machine, because this one had not been heard of for too long. It goes on there."
    case .claimOutrun(let id, let fence):
      "Job \(id) knows of claim \(fence), which the database does not. It is taken up once more."
    case .databaseAway(let reason): "The database does not answer: \(reason). Start it; work goes on by itself."
    case .databaseRefused(let state, let reason):
      "The database refused a command (\(state)): \(reason). Check the rights of the user in DATABASE_URL."
    case .databaseUnprepared:
      "DATABASE_URL is set, but the root is not shared through that database, or it has tables of another version of "
        + "SceneHF. Run \"scenehf database\" once; to work alone, unset DATABASE_URL."
    case .rootIsShared(let root):
      "\(root.string) is worked on by several machines: set DATABASE_URL to their database, or end the sharing with "
        + "\"scenehf database --end\" once all are stopped."
    }
  }

  /// The cause, where a system call failed.
  package var errno: Errno? {
    if case .system(_, _, let errno) = self { errno } else { nil }
  }

  /// Whether the disk as a whole is the trouble, so that work pauses instead of one job failing.
  package var concernsDisk: Bool {
    switch self {
    case .waitingForDisk, .databaseAway: true
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
