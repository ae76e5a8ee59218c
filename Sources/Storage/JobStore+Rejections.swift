import Glibc
package import Model
import SystemPackage

/// A drop that could not become a job, as it lies in `rejected/`.
package struct Rejection: Encodable, Sendable, Hashable {
  /// The folder's name.
  package let face: String
  /// What was dropped.
  package let name: String
  /// Why it was not taken, in a sentence for the person who dropped it.
  package let reason: String
  package let rejectedAt: Timestamp

  package init(face: String, name: String, reason: String, rejectedAt: Timestamp = .now) {
    self.face = face
    self.name = name
    self.reason = reason
    self.rejectedAt = rejectedAt
  }

  private enum CodingKeys: String, CodingKey {
    case face, name, reason
    case rejectedAt = "rejected_at"
  }
}

extension JobStore {
  /// What lies in `rejected/` with its reason, newest first, `most` at most. Blocks.
  package func rejections(most: Int) throws(StorageError) -> [Rejection] {
    let folder = layout.folder(.rejected)
    var found: [(face: FilePath, since: Timestamp)] = []
    for name in try SystemCalls.names(in: folder) where !name.string.hasPrefix(".") {
      let face = folder.appending(name)
      // Larger ones, or other things of this name, are a person's.
      guard let reason = try SystemCalls.status(face.appending(Self.reasonName)), reason.st_mode & S_IFMT == S_IFREG,
        reason.st_size <= Self.longestReason
      else { continue }
      found.append((face, Timestamp(milliseconds: FileIdentity(reason).modified / 1_000_000)))
    }
    var rejections: [Rejection] = []
    for (face, since) in found.sorted(by: { $0.since > $1.since }).prefix(most) {
      guard let rejection = try rejection(in: face, since: since) else { continue }
      rejections.append(rejection)
    }
    return rejections
  }

  /// In bytes: a name of 255 and a sentence take much less.
  private static let longestReason = 1 << 16

  /// Nil where a person has taken it away meanwhile, or put something of theirs there.
  private func rejection(in face: FilePath, since: Timestamp) throws(StorageError) -> Rejection? {
    let name = face.lastComponent?.string ?? ""
    do throws(StorageError) {
      let bytes = try SystemCalls.open(face.appending(Self.reasonName), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        .read(limit: Self.longestReason)
      let dropped = try SystemCalls.names(in: face).first { $0.string != Self.reasonName }
      let reason = String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: " ")
      return Rejection(face: name, name: dropped?.string ?? name, reason: reason, rejectedAt: since)
    } catch {
      if try SystemCalls.status(face.appending(Self.reasonName)) == nil { return nil }
      throw error
    }
  }
}
