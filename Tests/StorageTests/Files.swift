import Glibc
import SystemPackage

/// A component of exactly these bytes.
func component(_ bytes: [UInt8]) throws -> FilePath.Component {
  let name = FilePath(platformString: bytes.map { CChar(bitPattern: $0) } + [0]).lastComponent
  guard let name else { throw Errno.invalidArgument }
  return name
}

func makeFolder(_ path: FilePath) throws {
  guard path.withPlatformString({ mkdir($0, 0o755) }) == 0 else { throw Errno(rawValue: errno) }
}

/// Creates the file, or appends to it, and closes it.
func write(_ text: String, to path: FilePath) throws {
  let file = try FileDescriptor.open(path, .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
  _ = try file.closeAfter { try file.writeAll(text.utf8) }
}

func move(_ from: FilePath, to target: FilePath) throws {
  let result = from.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
  guard result == 0 else { throw Errno(rawValue: errno) }
}

func remove(_ path: FilePath) {
  var info = stat()
  guard path.withPlatformString({ lstat($0, &info) }) == 0 else { return }
  if info.st_mode & S_IFMT == S_IFDIR {
    for name in names(in: path) { remove(path.appending(name)) }
    _ = path.withPlatformString { rmdir($0) }
  } else {
    _ = path.withPlatformString { unlink($0) }
  }
}

/// What people see in a folder: everything but dot files.
func visibleNames(in folder: FilePath) -> [FilePath.Component] {
  names(in: folder).filter { !$0.string.hasPrefix(".") }
}

func names(in folder: FilePath) -> [FilePath.Component] {
  guard let listing = folder.withPlatformString({ opendir($0) }) else { return [] }
  defer { closedir(listing) }
  var names: [FilePath.Component] = []
  while let entry = readdir(listing) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath(platformString: $0) }
    }
    if let name = name.lastComponent, name.kind == .regular { names.append(name) }
  }
  return names
}
