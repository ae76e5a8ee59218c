/// Lets a text that somebody pasted after `prompt:` stand for itself.
///
/// YAML reads a colon, a hash, a quote or a bracket in a text of one line as its own, and ends a block at the first
/// line that is not indented. People paste prompts that have all of these. What YAML would misread is put in quotes
/// (YAML 1.2, section 7.3.1) on the same lines, so that the places in messages stay right; all else is left alone.
struct PastedText {
  /// The text for the YAML reader.
  let yaml: String
  /// Sentences about what was left out.
  private(set) var notes: [String] = []

  private static let keys: Set<String> = ["prompt", "plate_prompt"]

  init(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var out: [String] = []
    var next = 0
    while next < lines.count {
      guard let (key, value) = Self.keyAndValue(lines[next]), Self.keys.contains(EditFile.key(key)) else {
        out.append(lines[next])
        next += 1
        continue
      }
      var end = next + 1
      while end < lines.count, Self.goesOn(lines[end]) { end += 1 }
      while end > next + 1, lines[end - 1].allSatisfy(\.isWhitespace) { end -= 1 }
      let passage = Passage(first: value, rest: Array(lines[next + 1..<end]))
      if passage.isMisread {
        out += passage.quoted(after: key)
      } else {
        out += lines[next..<end]
      }
      if passage.losesWords {
        notes.append(
          "What stands after \" # \" in \"\(key)\" is a remark and no part of it. Write it without the space after #, "
            + "or on a line of its own below \"\(key): >-\".")
      }
      next = end
    }
    yaml = out.joined(separator: "\n")
  }

  /// The key at the beginning of the line and what follows it.
  private static func keyAndValue(_ line: String) -> (key: String, value: String)? {
    guard let colon = line.firstIndex(of: ":"), line.first?.isLetter == true else { return nil }
    let key = String(line[..<colon])
    guard key.count <= 20, key.allSatisfy({ $0.isLetter || $0 == "_" || $0 == "-" }) else { return nil }
    let rest = line[line.index(after: colon)...]
    guard rest.first.map(\.isWhitespace) ?? true else { return nil }
    return (key, String(rest).trimmingWhitespace())
  }

  /// Whether the line belongs to the text above it: it is no key of the file, no remark and no document mark.
  private static func goesOn(_ line: String) -> Bool {
    if line.hasPrefix("#") || line == "---" || line == "..." { return false }
    guard let (key, _) = keyAndValue(line) else { return true }
    let isWord = key.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "-" }
    return !(isWord || Spelling.closest(to: EditFile.key(key), among: EditFile.keys) != nil)
  }
}

/// A text as it stands in the file: what follows the key on its line, and the lines below.
private struct Passage {
  let first: String
  let rest: [String]

  /// A block's header and nothing else (YAML 1.2, section 8.1.1).
  private var isBlock: Bool {
    guard let style = first.first, style == ">" || style == "|" else { return false }
    let remainder = first.dropFirst().drop { $0 == "-" || $0 == "+" || $0.isNumber }.drop(while: \.isWhitespace)
    return remainder.isEmpty || remainder.hasPrefix("#")
  }

  /// The first line up to a remark, which begins with a hash between spaces.
  private var words: String {
    if first.hasPrefix("# ") || first == "#" { return "" }
    let cut = first.firstRange(of: " # ")?.lowerBound ?? (first.hasSuffix(" #") ? first.lastIndex(of: " ") : nil)
    return cut.map { String(first[..<$0]).trimmingWhitespace() } ?? first
  }

  /// Whether words before a remark would be taken for all there is.
  var losesWords: Bool { !isBlock && !isQuoted && !words.isEmpty && words.count < first.count }

  var isMisread: Bool {
    if rest.contains(where: { !$0.isEmpty && $0.first?.isWhitespace == false }) { return !isQuoted }
    if isBlock || isQuoted { return false }
    let plain = [words] + rest.map { $0.trimmingWhitespace() }
    return Self.beginsAsSyntax(words) || plain.contains { Self.holdsSyntax($0) }
  }

  /// Whether it is a whole text in quotes, or one whose quote is missing: that is for YAML to tell.
  private var isQuoted: Bool {
    guard let quote = first.first, quote == "\"" || quote == "'" else { return false }
    var whole = ([first] + rest).joined(separator: "\n").dropFirst()
    while let character = whole.popFirst() {
      let isEscape = quote == "\"" ? character == "\\" : character == "'" && whole.first == "'"
      if isEscape {
        whole = whole.dropFirst()
      } else if character == quote {
        let after = whole.drop(while: \.isWhitespace)
        return after.isEmpty || after.hasPrefix("#")
      }
    }
    return true
  }

  /// Characters with which no plain text begins (YAML 1.2, section 7.3.3).
  private static func beginsAsSyntax(_ text: String) -> Bool {
    guard let character = text.first else { return false }
    if "-?:".contains(character) { return text.dropFirst().first.map(\.isWhitespace) ?? true }
    return "%@`*&[]{}!|>\"'#,".contains(character)
  }

  private static func holdsSyntax(_ text: String) -> Bool {
    text.contains(": ") || text.hasSuffix(":") || text.contains(" #")
  }

  /// The same lines as one text in double quotes.
  func quoted(after key: String) -> [String] {
    // "prompt: >- words" is a block's header with the words in the wrong place.
    let header = words.drop { ">|-+".contains($0) }
    let begin = isBlock ? "" : words.hasPrefix(">") || words.hasPrefix("|") ? String(header) : words
    var lines = ["\(key): \"\(Self.escaped(begin))"]
    lines += rest.map { $0.allSatisfy(\.isWhitespace) ? "" : " \(Self.escaped($0.trimmingWhitespace()))" }
    lines[lines.count - 1] += "\""
    return lines
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\t", with: " ")
  }
}
