import FoundationEssentials
import Model
import Storage

/// Remembers what the service itself put into a face, by content, so that a person's work is told apart
/// from ours. Kept in the face as a dot file: lost with the face, which is right.
struct FaceRecord {
  static let fileName = ".scenehf.json"
  let face: Face

  /// Whether the file is absent or exactly what we wrote.
  func mayReplace(_ name: String) throws -> Bool {
    guard try face.identity(name) != nil else { return true }
    return try isOurs(name)
  }

  /// Whether the file is there and exactly what we wrote.
  func isOurs(_ name: String) throws -> Bool {
    guard let remembered = try entries()[name] else { return false }
    return try fingerprint(name) == remembered
  }

  /// Whether we ever put a file of this name there.
  func knows(_ name: String) throws -> Bool { try entries()[name] != nil }

  /// Notes the file's present content as ours.
  func remember(_ name: String) throws {
    var entries = try entries()
    entries[name] = try fingerprint(name)
    try face.write(Self.fileName, Array(try JSONEncoder().encode(entries)))
  }

  /// Whether the file is there and was last drawn from what `origin` stands for.
  func isDrawn(_ name: String, from origin: String) throws -> Bool {
    try entries()["\(name) from"] == origin && face.identity(name) != nil
  }

  /// Notes what the file was drawn from, so that it is not drawn again from the same.
  func noteDrawn(_ name: String, from origin: String) throws {
    var entries = try entries()
    entries["\(name) from"] = origin
    try face.write(Self.fileName, Array(try JSONEncoder().encode(entries)))
  }

  private func fingerprint(_ name: String) throws -> String? {
    try face.read(name, limit: Int.max).map { Fingerprint.of($0) }
  }

  private func entries() throws -> [String: String] {
    guard let bytes = try face.read(Self.fileName, limit: 1 << 20) else { return [:] }
    return (try? JSONDecoder().decode([String: String].self, from: Data(bytes))) ?? [:]
  }
}
