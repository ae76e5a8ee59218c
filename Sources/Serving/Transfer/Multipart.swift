/// Reads multipart/form-data (RFC 7578, RFC 2046 section 5.1) as it arrives, holding no more than one piece.
struct Multipart {
  enum Event: Equatable {
    case part(Part)
    /// Some bytes of the last part; there may be many of these, or none.
    case bytes([UInt8])
    case endOfPart
    /// The closing boundary was seen; what follows is ignored.
    case end
  }

  struct Part: Equatable {
    var name: String
    /// As the client says it; nil for a plain field.
    var fileName: String?
  }

  struct Malformed: Error, Equatable {
    let sentence: String
  }

  private enum State {
    case beforeBoundary
    case afterBoundary
    case head
    case content
    case done
  }

  private static let longestHead = 8192
  private let delimiter: [UInt8]
  private var state = State.beforeBoundary
  private var pending: [UInt8]

  /// `contentType` is the request's whole header field; nil if it names no boundary.
  init?(contentType: String) {
    guard RequestChecks.mediaType(contentType) == "multipart/form-data",
      let boundary = Self.parameter("boundary", of: contentType), (1...200).contains(boundary.utf8.count)
    else { return nil }
    delimiter = Array("\r\n--\(boundary)".utf8)
    // The first boundary may stand at the very beginning.
    pending = Array("\r\n".utf8)
  }

  /// What `bytes` bring, in order.
  mutating func read(_ bytes: [UInt8]) throws(Malformed) -> [Event] {
    pending += bytes
    var events: [Event] = []
    while try step(&events) {}
    return events
  }

  /// Whether the closing boundary has come: without it the body was cut off.
  var isComplete: Bool { if case .done = state { true } else { false } }

  /// One transition; false if more bytes are needed.
  private mutating func step(_ events: inout [Event]) throws(Malformed) -> Bool {
    switch state {
    case .beforeBoundary:
      guard let found = pending.position(of: delimiter) else {
        guard pending.count < Self.longestHead else { throw Malformed(sentence: "The boundary is missing.") }
        return false
      }
      consume(found + delimiter.count)
      state = .afterBoundary
    case .afterBoundary:
      guard pending.count >= 2 else { return false }
      let isLast = pending.starts(with: Array("--".utf8))
      guard isLast || pending.starts(with: Array("\r\n".utf8)) else {
        throw Malformed(sentence: "A boundary is followed by something else than a line break.")
      }
      consume(2)
      if isLast { events.append(.end) }
      state = isLast ? .done : .head
    case .head:
      let gap = Array("\r\n\r\n".utf8)
      guard !pending.starts(with: Array("\r\n".utf8)) else { throw Malformed(sentence: "A part has no name.") }
      guard let end = pending.position(of: gap) else {
        guard pending.count <= Self.longestHead else { throw Malformed(sentence: "The head of a part is too long.") }
        return false
      }
      events.append(.part(try Self.part(String(decoding: pending[..<end], as: UTF8.self))))
      consume(end + gap.count)
      state = .content
    case .content:
      return content(&events)
    case .done:
      pending = []
      return false
    }
    return true
  }

  private mutating func content(_ events: inout [Event]) -> Bool {
    if let found = pending.position(of: delimiter) {
      if found > 0 { events.append(.bytes(Array(pending[..<found]))) }
      events.append(.endOfPart)
      consume(found + delimiter.count)
      state = .afterBoundary
      return true
    }
    // The end may hold the beginning of the delimiter.
    let certain = pending.count - delimiter.count
    if certain > 0 {
      events.append(.bytes(Array(pending[..<certain])))
      consume(certain)
    }
    return false
  }

  private mutating func consume(_ count: Int) { pending.removeFirst(count) }

  private static func part(_ head: String) throws(Malformed) -> Part {
    for line in head.split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-disposition" else { continue }
      let field = String(line[line.index(after: colon)...])
      guard let name = parameter("name", of: field) else { break }
      return Part(name: name, fileName: parameter("filename", of: field))
    }
    throw Malformed(sentence: "A part has no name.")
  }

  /// A parameter of a header field, with or without quotes. Browsers write quotes inside as `%22`.
  static func parameter(_ name: String, of field: String) -> String? {
    var rest = field[...]
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      let isWanted = rest[..<equals].lowercased() == name
      rest = rest[rest.index(after: equals)...]
      let value: Substring
      if rest.first == "\"" {
        value = rest.dropFirst().prefix { $0 != "\"" }
        rest = rest[value.endIndex...].dropFirst()
      } else {
        value = rest.prefix { $0 != ";" && $0 != " " }
        rest = rest[value.endIndex...]
      }
      if isWanted { return String(value).replacing("%22", with: "\"") }
    }
    return nil
  }
}

extension Array<UInt8> {
  /// Where `pattern` begins first.
  fileprivate func position(of pattern: [UInt8]) -> Int? {
    withUnsafeBufferPointer { bytes in
      var start = 0
      while start + pattern.count <= bytes.count {
        let hit = bytes[start...].firstIndex(of: pattern[0])
        guard let hit, hit + pattern.count <= bytes.count else { return nil }
        if bytes[hit..<hit + pattern.count].elementsEqual(pattern) { return hit }
        start = hit + 1
      }
      return nil
    }
  }
}
