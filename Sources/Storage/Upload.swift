import Blocking
import Glibc
import Model
import SystemPackage

/// A picture that arrives in pieces from a program, kept on the root's own file system until it is whole.
///
/// It is no drop before `finish`: whatever breaks off leaves only this folder, which `discard` or the next
/// start removes.
package final class Upload: Sendable {
  private let folder: FilePath
  private let path: FilePath
  /// Nil once the file is whole: who takes it makes sure that nobody has it open for writing.
  private let file: Locked<OpenFile?>

  private final class OpenFile: Sendable {
    let descriptor: Descriptor

    init(_ path: FilePath) throws(StorageError) {
      descriptor = try SystemCalls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    }
  }

  /// `name` becomes the picture's name; what a file name cannot hold is replaced.
  init(named name: String, below uploads: FilePath) throws(StorageError) {
    try SystemCalls.makeFolder(uploads)
    folder = uploads.appending(Identifier.asset())
    try SystemCalls.makeFolder(folder)
    path = folder.appending(Self.component(name))
    file = Locked(try OpenFile(path))
  }

  /// Adds to the end. Blocks.
  package func write(_ bytes: [UInt8]) throws(StorageError) {
    guard let open = file.withLock({ $0 }) else { throw .system("write to", path, .badFileDescriptor) }
    try open.descriptor.write(bytes)
  }

  /// The whole file as a drop, to be taken like one from the inbox. Blocks.
  package func finish() throws(StorageError) -> Drop {
    file.withLock { $0 = nil }
    guard let info = try SystemCalls.status(path) else { throw .system("find", path, .noSuchFileOrDirectory) }
    return Drop(path: path, identity: FileIdentity(info))
  }

  /// Removes what is left of it; after it was taken that is only its folder. Blocks.
  package func discard() {
    file.withLock { $0 = nil }
    try? SystemCalls.remove(path)
    try? SystemCalls.removeFolder(folder)
  }

  /// The last part of what a program called its file, at most 200 bytes, without control characters.
  private static func component(_ name: String) -> FilePath.Component {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    var clean = ""
    for scalar in last.unicodeScalars {
      clean.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? "_" : scalar)
    }
    while clean.utf8.count > 200 { clean.removeFirst() }
    guard let component = FilePath.Component(clean), component.kind == .regular else { return "picture" }
    return component
  }
}

extension JobStore {
  /// Begins an upload of a picture of this name. Blocks.
  package func beginUpload(named name: String) throws(StorageError) -> Upload {
    try Upload(named: name, below: layout.uploads)
  }

  /// Removes what uploads of an earlier process left. Blocks.
  package func sweepUploads() throws(StorageError) {
    guard try SystemCalls.status(layout.uploads) != nil else { return }
    guard sharing != nil else { return try SystemCalls.removeTree(layout.uploads) }
    // Others may be receiving at the moment.
    for name in try SystemCalls.names(in: layout.uploads) {
      let folder = layout.uploads.appending(name)
      guard let info = try SystemCalls.status(folder), info.st_mtim.tv_sec < time(nil) - Self.longestUpload else {
        continue
      }
      try SystemCalls.removeTree(folder)
    }
  }

  /// Seconds after which nobody sends the rest of a picture any more.
  private static let longestUpload = 86_400
}

extension Layout {
  /// Pictures that are arriving over HTTP.
  var uploads: FilePath { hidden.appending("uploads") }
}
