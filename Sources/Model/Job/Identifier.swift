import FoundationEssentials

/// New names for jobs, assets and runs. Random, so that no two machines ever agree on one.
package enum Identifier {
  /// A job: a UUID in lower case, as the web tool writes them.
  package static func job() -> String { UUID().uuidString.lowercased() }

  /// An asset: 16 hex digits, unique within a job's body and safe as a file name.
  package static func asset() -> String { hex(16) }

  /// A run: 10 hex digits (DESIGN section 2).
  package static func run() -> String { hex(10) }

  private static func hex(_ digits: Int) -> String {
    let text = String(UInt64.random(in: .min ... .max), radix: 16)
    return String((String(repeating: "0", count: 16) + text).suffix(digits))
  }
}
