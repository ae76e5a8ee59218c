import Glibc
package import SystemPackage

/// A component of exactly these bytes.
package func component(_ bytes: [UInt8]) throws -> FilePath.Component {
  let name = FilePath(platformString: bytes.map { CChar(bitPattern: $0) } + [0]).lastComponent
  guard let name else { throw Errno.invalidArgument }
  return name
}

package func makeFolder(_ path: FilePath) throws {
  guard path.withPlatformString({ mkdir($0, 0o755) }) == 0 else { throw Errno(rawValue: errno) }
}

/// Creates the file, or replaces its content in place, and closes it.
package func write(_ bytes: some Sequence<UInt8>, to path: FilePath) throws {
  try write(bytes, to: path, .truncate)
}

/// Creates the file, or replaces its content in place, and closes it.
package func write(_ text: String, to path: FilePath) throws { try write(text.utf8, to: path) }

/// Writes behind what the file holds, and closes it.
package func append(_ text: String, to path: FilePath) throws { try write(text.utf8, to: path, .append) }

private func write(_ bytes: some Sequence<UInt8>, to path: FilePath, _ option: FileDescriptor.OpenOptions) throws {
  let file = try FileDescriptor.open(
    path, .writeOnly, options: [.create, option], permissions: [.ownerReadWrite, .groupRead, .otherRead])
  _ = try file.closeAfter { try file.writeAll(bytes) }
}

/// The whole content.
package func readBytes(_ path: FilePath) throws -> [UInt8] {
  let file = try FileDescriptor.open(path, .readOnly)
  return try file.closeAfter {
    var whole: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
      if count == 0 { return whole }
      whole += piece[..<count]
    }
  }
}

/// The whole content as UTF-8.
package func read(_ path: FilePath) throws -> String { String(decoding: try readBytes(path), as: UTF8.self) }

package func move(_ from: FilePath, to target: FilePath) throws {
  let result = from.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
  guard result == 0 else { throw Errno(rawValue: errno) }
}

/// Removes a file, or a folder with everything in it, if it is there.
package func remove(_ path: FilePath) {
  if isFolder(path) {
    for name in names(in: path) { remove(path.appending(name)) }
    _ = path.withPlatformString { rmdir($0) }
  } else {
    _ = path.withPlatformString { unlink($0) }
  }
}

/// Whether something has this name, be it a link to nowhere.
package func exists(_ path: FilePath) -> Bool {
  var info = stat()
  return path.withPlatformString { lstat($0, &info) } == 0
}

package func isFolder(_ path: FilePath) -> Bool {
  var info = stat()
  return path.withPlatformString { lstat($0, &info) } == 0 && info.st_mode & S_IFMT == S_IFDIR
}

/// What people see in a folder: everything but dot files.
package func visibleNames(in folder: FilePath) -> [FilePath.Component] {
  names(in: folder).filter { !$0.string.hasPrefix(".") }
}

/// All names in a folder, byte for byte; none if there is no such folder.
package func names(in folder: FilePath) -> [FilePath.Component] {
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
