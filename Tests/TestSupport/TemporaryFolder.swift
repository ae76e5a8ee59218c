import Glibc
package import SystemPackage

/// A place in memory, if there is one: storms of thousands of files, and what is synced a thousand times, must not wait
/// for a busy disk.
package let fastPlace = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : diskPlace

/// `$TMPDIR` or `/tmp`.
package let diskPlace = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"

/// Runs `body` with a fresh folder and removes it afterwards.
package func withTemporaryFolder(in place: String = fastPlace, _ body: (FilePath) async throws -> Void) async throws {
  let folder = try makeTemporaryFolder(in: place)
  defer { remove(folder) }
  try await body(folder)
}

/// The same for a `body` that does not wait.
@discardableResult
package func withFolder<Value>(on place: String, _ body: (FilePath) throws -> Value) throws -> Value {
  let folder = try makeTemporaryFolder(in: place)
  defer { remove(folder) }
  return try body(folder)
}

private func makeTemporaryFolder(in place: String) throws -> FilePath {
  var template = Array("\(place)/scenehf-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
  return FilePath(platformString: template)
}
