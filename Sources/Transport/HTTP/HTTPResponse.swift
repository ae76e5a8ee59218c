/// What a service answered, whatever its status.
package struct HTTPResponse: Sendable {
  /// For example 200.
  package var status: Int
  package var headers: HTTPHeaders
  /// Empty where a 2xx body went to a file.
  package var body: [UInt8]

  package init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// 200 to 299.
  package var isSuccess: Bool { (200..<300).contains(status) }

  /// The body as text, broken UTF-8 mended; at most `limit` bytes of it.
  package func text(limit: Int = 64 * 1024) -> String { String(decoding: body.prefix(limit), as: UTF8.self) }
}

/// The header lines of an answer, looked up without regard to case (RFC 9110 section 5.1).
package struct HTTPHeaders: Sendable, Hashable {
  private var lines: [(name: String, value: String)] = []

  package init() {}

  package init(_ lines: [(String, String)]) {
    self.lines = lines.map { ($0.0.lowercased(), $0.1) }
  }

  /// From a header block as it came, the status line first.
  init(block: String) {
    for line in block.split(whereSeparator: \.isNewline).dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      lines.append((line[..<colon].lowercased(), String(value)))
    }
  }

  /// The first value under this name.
  package subscript(name: String) -> String? {
    let name = name.lowercased()
    return lines.first { $0.name == name }?.value
  }

  package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
    left.lines.elementsEqual(right.lines) { $0 == $1 }
  }

  package func hash(into hasher: inout Hasher) {
    for line in lines {
      hasher.combine(line.name)
      hasher.combine(line.value)
    }
  }
}
