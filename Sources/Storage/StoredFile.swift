import Glibc
package import Model
import SystemPackage

/// A file of a body or a face, opened for reading piece by piece: it can be sent on without ever being in
/// memory as a whole, and stays readable when its name is taken away meanwhile.
package final class StoredFile: Sendable {
  private let file: Descriptor
  /// In bytes, at the time of opening.
  package let size: Int
  package let modified: Timestamp

  /// Opens a regular file; links are not followed. Nil if there is none.
  init?(_ path: FilePath) throws(StorageError) {
    guard let info = try SystemCalls.status(path), info.st_mode & S_IFMT == S_IFREG else { return nil }
    file = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    let opened = try file.status()
    guard opened.st_mode & S_IFMT == S_IFREG else { return nil }
    size = Int(opened.st_size)
    modified = Timestamp(milliseconds: Int64(opened.st_mtim.tv_sec) * 1000)
  }

  /// Up to `count` bytes from `offset`; fewer only at the end of the file. Blocks.
  package func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, min(count, size - offset)))
    var done = 0
    while done < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(file.raw, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      }
      if got == 0 { break }
      if got > 0 { done += got } else if errno != EINTR { throw .system("read", file.path, Errno(rawValue: errno)) }
    }
    bytes.removeLast(bytes.count - done)
    return bytes
  }
}

extension JobStore {
  /// The file of an asset; nil if it is missing from the body. Blocks.
  package func open(_ asset: Asset, of jobID: String) throws(StorageError) -> StoredFile? {
    try StoredFile(path(of: asset, of: jobID))
  }

  /// job.json and the history of a job, by their names in an archive. Blocks.
  package func openRecords(of jobID: String) throws(StorageError) -> [(name: String, file: StoredFile)] {
    let body = layout.body(of: jobID)
    var records: [(name: String, file: StoredFile)] = []
    if let file = try StoredFile(body.appending("job.json")) { records.append(("job.json", file)) }
    let history = body.appending("history")
    guard try SystemCalls.status(history) != nil else { return records }
    for name in try SystemCalls.names(in: history).map(\.string).sorted() where !name.hasPrefix(".") {
      if let file = try StoredFile(history.appending(name)) { records.append(("history/\(name)", file)) }
    }
    return records
  }
}

extension Face {
  /// The regular file of this name, wherever the face lies; nil if there is none. Blocks.
  package func open(_ file: String) throws(StorageError) -> StoredFile? {
    guard let folder = try folder(), let name = FilePath.Component(file), name.kind == .regular else { return nil }
    return try StoredFile(layout.folder(folder).appending(self.name).appending(name))
  }
}
