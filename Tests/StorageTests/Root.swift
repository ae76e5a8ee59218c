import Glibc
import Model
import SystemPackage
import TestSupport

@testable import Storage

/// A fresh root and what tests do to it. Every drop has its own content, so that bytes tell which file they are.
struct Root {
  let layout: Layout

  var inbox: FilePath { layout.inbox }

  func open() throws -> JobStore { try JobStore.open(layout).store }

  /// Puts a file into the inbox and describes it as the watch would.
  func drop(_ name: String, _ content: String = "content") throws -> Drop {
    try drop(inbox.appending(name), content)
  }

  func drop(_ path: FilePath, _ content: String = "content") throws -> Drop {
    try write(content, to: path)
    return try describe(path)
  }

  func describe(_ path: FilePath) throws -> Drop {
    var info = stat()
    guard path.withPlatformString({ lstat($0, &info) }) == 0 else { throw Errno(rawValue: errno) }
    return Drop(
      path: path,
      identity: FileIdentity(
        device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int64(info.st_size),
        modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)))
  }

  /// A new job for a file of this name.
  func job(_ name: String = "a.png") -> Job {
    let id = Identifier.job()
    let asset = Identifier.asset()
    return Job(
      id: id, source: Asset(id: asset, kind: .source, path: "assets/source/\(asset).png", width: 2, height: 2),
      metadata: [
        "source_name": .string(name), "face": .string(FaceName.make(stem: FaceName.stem(ofFileNamed: name), id: id)),
      ])
  }

  /// The contents of all files that a person or a job has: inbox, sources of bodies, rejected files.
  func everything() throws -> [String] {
    var found: [String] = []
    for path in tree(layout.root) where path.lastComponent?.string != ".scenehf-folder" {
      let names = path.components.dropFirst(layout.root.components.count).map(\.string)
      let isSource = names.first == "jobs" && names.dropFirst(2).starts(with: ["assets", "source"])
      let isRejected = names.first == "rejected" && names.last != "reason.txt"
      if names.first == "inbox" || isSource || isRejected { found.append(try read(path)) }
    }
    return found.sorted()
  }

  /// Paths below the root of what no folder but `.scenehf/lock` and friends should hold.
  func leftovers() -> [FilePath] {
    let staging = tree(layout.staging)
    return staging + tree(layout.root).filter { $0.lastComponent?.string.hasSuffix(".part") == true }
  }
}

/// Runs `body` with a fresh root, not opened yet, and removes it afterwards.
func withRoot(_ body: (Root) throws -> Void) throws {
  try withFolder(on: fastPlace) { folder in try body(Root(layout: Layout(root: folder.appending("root").string))) }
}

/// All files below a folder, also links and pipes.
func tree(_ folder: FilePath) -> [FilePath] {
  var found: [FilePath] = []
  // Bytes, not paths: putting those together takes most of the time of a test that does this a thousand times.
  func walk(_ path: [CChar]) {
    guard let listing = opendir(path + [0]) else { return }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
        }
      }
      if name == [46] || name == [46, 46] { continue }
      let below = path + [47] + name
      if Int32(entry.pointee.d_type) == Int32(DT_DIR) {
        walk(below)
      } else {
        found.append(FilePath(platformString: below + [0]))
      }
    }
  }
  walk(folder.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) })
  return found
}

/// Runs `body` while the file is open for writing.
func whileWriting(_ path: FilePath, _ body: () throws -> Void) throws {
  let writer = try FileDescriptor.open(path, .writeOnly)
  defer { try? writer.close() }
  try body()
}

func link(_ path: FilePath, to target: FilePath) throws {
  let result = path.withPlatformString { from in target.withPlatformString { Glibc.link(from, $0) } }
  guard result == 0 else { throw Errno(rawValue: errno) }
}

/// Whether two places lie on different file systems.
func areApart(_ left: String, _ right: String) -> Bool {
  var (one, other) = (stat(), stat())
  return stat(left, &one) == 0 && stat(right, &other) == 0 && one.st_dev != other.st_dev
}
