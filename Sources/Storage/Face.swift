import Glibc
package import Model
package import SystemPackage

/// The visible folder of one job: `<stem>--<id>` in `working`, `review` or `done`.
///
/// Everything is done by name inside the face and links are never followed, so nothing that is planted in a
/// face reaches outside it. Blocks.
///
/// What is written here is whole at every moment, and durable together: when the face moves to where it is shown, or
/// by `sync`. Until then a power failure may take it; it is made again from the body.
package struct Face: Sendable {
  package let layout: Layout
  /// The folder's name, the same wherever it lies.
  package let name: String
  private let jobID: String
  /// Nil but for a job that this process has claimed on a shared root.
  private let fence: Fence?

  init(layout: Layout, job: Job, fence: Fence? = nil) {
    self.layout = layout
    name = job.face
    jobID = job.id
    self.fence = fence
  }

  /// The face of a job that is only looked at.
  package init(layout: Layout, job: JobOutline) {
    self.layout = layout
    name = job.face
    jobID = job.id
    fence = nil
  }

  /// Throws `.claimLost` where another machine works on the job now.
  private func checkFence() throws(StorageError) {
    if let fence, try !fence.stands() { throw .claimLost(jobID) }
  }

  static let places: [Layout.Folder] = [.review, .working, .done]

  /// Where the face lies; nil if it lies nowhere.
  package func folder() throws(StorageError) -> Layout.Folder? {
    for folder in Self.places {
      let info = try SystemCalls.status(layout.folder(folder).appending(name))
      if let info, info.st_mode & S_IFMT == S_IFDIR { return folder }
    }
    return nil
  }

  /// All places where a folder of this name lies; more than one only after damage.
  func folders() throws(StorageError) -> [Layout.Folder] {
    var found: [Layout.Folder] = []
    for folder in Self.places where try SystemCalls.status(layout.folder(folder).appending(name))?.isFolder == true {
      found.append(folder)
    }
    return found
  }

  /// Whether a person has deleted the face: it was finished once and is gone.
  package var wasDismissed: Bool {
    (try? SystemCalls.status(mark)) ?? nil != nil
  }

  var mark: FilePath { layout.body(of: jobID).appending(Self.publishedMark) }

  /// Marks in the body that the face has stood complete in `review` or `done`.
  private static let publishedMark = ".face-published"

  /// Makes the face, empty.
  package func create(in folder: Layout.Folder) throws(StorageError) {
    try checkFence()
    try SystemCalls.makeFolder(layout.folder(folder).appending(name))
  }

  /// Makes durable what was written so far.
  package func sync() throws(StorageError) {
    if let path = try path() { try SystemCalls.syncFolder(path) }
  }

  /// Moves the face by one rename, once what it holds is durable; where it already is, only that is seen to.
  package func move(to target: Layout.Folder) throws(StorageError) {
    try checkFence()
    guard let current = try folder() else { throw .system("move", FilePath(name), .noSuchFileOrDirectory) }
    try sync()
    if current != target {
      let from = layout.folder(current)
      let to = layout.folder(target)
      // What an earlier owner left half written; at an opening of the root, `repair` sees to that.
      if fence != nil { try DurableWrite.sweep(from.appending(name)) }
      try setAside(in: to)
      try SystemCalls.rename(from.appending(name), to: to.appending(name), replacing: false)
      try SystemCalls.syncFolder(to)
      try SystemCalls.syncFolder(from)
    }
    if target != .working, !wasDismissed {
      try DurableWrite.write([], to: mark)
    }
  }

  /// Only a person can have put something of the same name there; it is theirs and keeps a name close by.
  private func setAside(in folder: FilePath) throws(StorageError) {
    guard try SystemCalls.status(folder.appending(name)) != nil else { return }
    for number in 2...1000 {
      let free = folder.appending("\(String(decoding: name.utf8.prefix(240), as: UTF8.self)) (\(number))")
      guard try SystemCalls.status(free) == nil else { continue }
      return try SystemCalls.rename(folder.appending(name), to: free, replacing: false)
    }
  }

  private func path(_ file: String) throws(StorageError) -> FilePath {
    try checkFence()
    guard let path = try path() else { throw .system("find", FilePath(name), .noSuchFileOrDirectory) }
    return path.appending(file)
  }

  /// Replaces or makes a file.
  package func write(_ file: String, _ bytes: [UInt8]) throws(StorageError) {
    try DurableWrite.put(at: try path(file), replacing: true) { (descriptor) throws(StorageError) in
      try descriptor.write(bytes)
    }
  }

  /// Replaces or makes a file that tells of the moment: the disk is not waited for, and a power failure may empty it.
  package func note(_ file: String, _ bytes: [UInt8]) throws(StorageError) {
    try DurableWrite.put(at: try path(file), replacing: true, syncing: false) { (descriptor) throws(StorageError) in
      try descriptor.write(bytes)
    }
  }

  /// Replaces or makes a file piece by piece, for files that are larger than what should be held in memory.
  package func write(_ file: String, growing fill: (GrowingFile) throws -> Void) throws {
    var failure: (any Error)?
    do {
      try DurableWrite.put(at: try path(file), replacing: true) { (descriptor) throws(StorageError) in
        do {
          try fill(GrowingFile(descriptor))
        } catch {
          failure = error
          throw (error as? StorageError) ?? .system("write", FilePath(file), .canceled)
        }
      }
    } catch {
      throw failure ?? error
    }
  }

  /// Puts a copy of an asset there, sharing blocks where the file system can; never a link.
  package func place(_ asset: FilePath, as file: String) throws(StorageError) {
    try DurableWrite.putCopy(of: asset, at: try path(file))
  }

  /// The content of a regular file of at most `limit` bytes; nil if there is none.
  package func read(_ file: String, limit: Int) throws(StorageError) -> [UInt8]? {
    let path = try path(file)
    guard let info = try SystemCalls.status(path), info.st_mode & S_IFMT == S_IFREG else { return nil }
    return try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).read(limit: limit)
  }

  /// What lies under this name: nil if nothing does.
  package func identity(_ file: String) throws(StorageError) -> FileIdentity? {
    try SystemCalls.status(try path(file)).map { FileIdentity($0) }
  }

  package func remove(_ file: String) throws(StorageError) {
    try SystemCalls.remove(try path(file))
  }

  /// The names in the face.
  package func names() throws(StorageError) -> [String] {
    guard let folder = try folder() else { return [] }
    return try SystemCalls.names(in: layout.folder(folder).appending(name)).map(\.string)
  }
}

extension JobStore {
  /// The visible folder of a job.
  package func face(of job: Job) -> Face { Face(layout: layout, job: job, fence: fence(of: job.id)) }
}
