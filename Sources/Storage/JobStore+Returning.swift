import Glibc
package import Model
package import SystemPackage

/// Faces that people take away or bring back.
extension JobStore {
  /// Whether the folder itself is there, not only the empty place where its disk belongs: only then is a face that
  /// is missing from it one that somebody took away.
  package func isPresent(_ folder: Layout.Folder) -> Bool {
    ((try? SystemCalls.status(layout.presence(of: folder))) ?? nil) != nil
  }

  /// The job whose face somebody moved into the inbox, if `path` lies in one.
  package func jobOfReturnedFace(_ path: FilePath) throws(StorageError) -> Job? {
    var relative = path
    guard relative.removePrefix(layout.inbox), relative.components.count > 1, let name = relative.components.first,
      FaceName.isPlausible(name.string)
    else { return nil }
    do throws(StorageError) {
      let job = try find(name.string)
      return job.face == name.string ? job : nil
    } catch .noSuchJob {
      return nil
    } catch .ambiguousJob {
      return nil
    }
  }

  /// The jobs that have a face made of `stem`, oldest first; found by the faces' names, so that it takes no longer
  /// with many jobs.
  package func jobs(shownAs stem: String) throws(StorageError) -> [Job] {
    let beginning = FaceName.beginning(stem: stem)
    var jobs: [Job] = []
    for folder in [Layout.Folder.working, .review, .done] {
      for name in try SystemCalls.names(in: layout.folder(folder)).map(\.string) where name.hasPrefix(beginning) {
        if let job = try? find(name), job.face == name { jobs.append(job) }
      }
    }
    return jobs.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
  }

  /// Moves a face from the inbox to `working` by one rename. False if there is none, or the face lies elsewhere too.
  package func bringBack(_ job: Job) throws(StorageError) -> Bool {
    let returned = layout.inbox.appending(job.face)
    guard try SystemCalls.status(returned) != nil, try face(of: job).folder() == nil else { return false }
    let working = layout.folder(.working)
    try SystemCalls.rename(returned, to: working.appending(job.face), replacing: false)
    try SystemCalls.syncFolder(working)
    try SystemCalls.syncFolder(layout.inbox)
    return true
  }

  /// Moves a file from the inbox into the job's face, in place of one of that name.
  package func moveIn(_ path: FilePath, to job: Job, as name: String) throws(StorageError) {
    guard let bytes = try readDrop(path, limit: 1 << 20) else { return }
    try face(of: job).write(name, bytes)
    try face(of: job).sync()
    try SystemCalls.remove(path)
    try SystemCalls.syncFolder(path.removingLastComponent())
  }

  /// Whether a folder of the face's name lies in the inbox.
  package func liesInInbox(_ job: Job) throws(StorageError) -> Bool {
    try SystemCalls.status(layout.inbox.appending(job.face)) != nil
  }
}

extension Face {
  /// Lets the face be made again after a person took it away.
  package func forgetDismissal() throws(StorageError) { try SystemCalls.remove(mark) }

  /// Gives a file another name in the face.
  package func rename(_ file: String, to name: String) throws(StorageError) {
    guard let folder = try folder() else { return }
    let place = layout.folder(folder).appending(self.name)
    try SystemCalls.rename(place.appending(file), to: place.appending(name), replacing: true)
  }
}
