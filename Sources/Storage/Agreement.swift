import Glibc
package import SystemPackage

extension JobStore {
  /// Writes a small file that only this user may read; where several processes share the root the first one's stays, and
  /// all get that. Blocks.
  package func agreed(on proposal: [UInt8], at path: FilePath) throws(StorageError) -> [UInt8] {
    guard sharing != nil else {
      try DurableWrite.write(proposal, to: path, isPrivate: true)
      return proposal
    }
    do throws(StorageError) {
      try DurableWrite.write(to: path, replacing: false, mode: 0o600) { (file) throws(StorageError) in
        try file.write(proposal)
      }
      return proposal
    } catch {
      guard error.errno == .fileExists else { throw error }
      return try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 16)
    }
  }
}
