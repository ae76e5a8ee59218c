import FoundationEssentials
import Model

/// Writing of results to standard output.
enum Output {
  /// One JSON document, as `--json` promises.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Rows under a head, columns as wide as their longest cell.
  static func table(_ head: [String], _ rows: [[String]]) { for line in lines(head, rows) { print(line) } }

  /// The lines of such a table; what would break one is a space.
  static func lines(_ head: [String], _ rows: [[String]]) -> [String] {
    let rows = rows.map { $0.map(\.onOneLine) }
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    return ([head] + rows).map { row in
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return cells.joined(separator: "  ").trimmedEnd()
    }
  }
}

extension String {
  fileprivate func trimmedEnd() -> String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
