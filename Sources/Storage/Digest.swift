import CSign
import Glibc
import SystemPackage

/// SHA-256 (FIPS 180-4) as 64 hex digits: by it a file that was damaged on the disk is told from a whole one.
package enum Digest {
  package static func of(_ bytes: [UInt8]) -> String? {
    var digest = [UInt8](repeating: 0, count: 32)
    return csign_sha256(bytes, bytes.count, &digest) == 0 ? hex(digest) : nil
  }

  /// Of a file from its beginning, read piece by piece.
  static func of(_ file: borrowing Descriptor) throws(StorageError) -> String? {
    var digest = [UInt8](repeating: 0, count: 32)
    let raw = file.raw
    guard lseek(raw, 0, SEEK_SET) == 0 else { throw .system("read", file.path, Errno(rawValue: errno)) }
    let code = csign_sha256_file(raw, &digest)
    if code > 0 { throw .system("read", file.path, Errno(rawValue: code)) }
    return code == 0 ? hex(digest) : nil
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
