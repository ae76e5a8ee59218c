import Glibc
import SystemPackage

/// What the running service has to say of settings that it could not take, for `scenehf status`.
extension Layout {
  private var refusalFile: FilePath { hidden.appending("settings-refused.txt") }

  /// The sentence; nil where the settings in force are the newest.
  package var refusal: String? {
    guard let bytes = try? SystemCalls.open(refusalFile, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 16) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Keeps the sentence until it is replaced; nil takes it back.
  package func note(refusal: String?) throws(StorageError) {
    if let refusal {
      try DurableWrite.write(Array(refusal.utf8), to: refusalFile)
    } else {
      try SystemCalls.remove(refusalFile)
    }
  }
}
