import SystemPackage

/// One system call of the store, as its errors name it and as tests see it.
enum Operation: Sendable, Hashable {
  case makeFolder(FilePath)
  case create(FilePath)
  case open(FilePath)
  case look(FilePath)
  case list(FilePath)
  case read(FilePath)
  case write(FilePath, count: Int)
  case truncate(FilePath)
  /// A file, or a folder with its names.
  case sync(FilePath)
  case rename(FilePath, to: FilePath)
  case remove(FilePath)
  case removeFolder(FilePath)

  var path: FilePath {
    switch self {
    case .makeFolder(let path), .create(let path), .open(let path), .look(let path), .list(let path), .read(let path),
      .write(let path, _), .truncate(let path), .sync(let path), .rename(let path, _), .remove(let path),
      .removeFolder(let path):
      path
    }
  }

  /// Finishes "Could not … <path>".
  var words: String {
    switch self {
    case .makeFolder: "make the folder"
    case .create: "make"
    case .open: "open"
    case .look: "look at"
    case .list: "list"
    case .read: "read"
    case .write: "write"
    case .truncate: "shorten"
    case .sync: "write to the disk"
    case .rename(_, let target): "move to \(target.string) the file"
    case .remove: "remove"
    case .removeFolder: "remove the folder"
    }
  }

  /// Whether the call changes what lies on the disk, or when it gets there.
  var changesDisk: Bool {
    switch self {
    case .makeFolder, .create, .write, .truncate, .sync, .rename, .remove, .removeFolder: true
    case .open, .look, .list, .read: false
    }
  }
}

/// A disk that misbehaves as a test plans it, for all calls of the store in the test's task.
struct Interference: Sendable {
  /// The fault that the call meets instead of being made, or nil.
  var plan: @Sendable (Operation) -> Errno?
  /// How many of so many bytes one call writes.
  var shorten: @Sendable (FilePath, Int) -> Int = { $1 }

  func fault(before operation: Operation) -> Errno? { plan(operation) }
  func length(of count: Int, for path: FilePath) -> Int { max(1, min(count, shorten(path, count))) }
}
