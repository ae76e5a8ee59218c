package import SystemPackage

/// A file below a watched folder, as it was when it was looked at.
package struct WatchedFile: Sendable, Hashable {
  /// Absolute, as bytes: two names that look alike but differ in bytes are two files.
  package var path: FilePath
  package var device: UInt64
  package var inode: UInt64
  package var size: Int64
  /// Nanoseconds since 1970.
  package var modified: Int64
  /// For how many seconds it has been seen unchanged.
  package var unchangedFor: Double
}

/// What a folder watch tells.
package enum WatchEvent: Sendable, Hashable {
  /// A regular file that nobody is writing, offered once per content.
  case whole(WatchedFile)
  /// A file that has stayed empty for the watch's patience.
  case empty(WatchedFile)
  /// Something that is neither a file nor a folder: `kind` finishes "this is …".
  case notAFile(FilePath, kind: String)
  /// A folder that lay directly in the watched one has been removed or moved elsewhere.
  case vanished(FilePath)
  /// The folder cannot be watched at the moment: a sentence. Said once; `resumed` ends it.
  case paused(String)
  case resumed
  /// Events do not reach this file system, so it is looked at every few seconds: a sentence.
  case polling(String)

  /// The file that the event is about; nil if it is about the folder.
  package var path: FilePath? {
    switch self {
    case .whole(let file), .empty(let file): file.path
    case .notAFile(let path, _): path
    case .vanished, .paused, .resumed, .polling: nil
    }
  }
}
