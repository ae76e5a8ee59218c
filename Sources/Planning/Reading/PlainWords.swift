/// Makes a model's texts fit to be shown, used as prompts and named in files: plain words of bounded length.
///
/// What a model writes is data (DESIGN section 8). Addresses and paths are taken out, because no field of a
/// plan has a use for them; control and direction characters, because they hide what a person reads.
enum PlainWords {
  /// In characters.
  static let nameLimit = 60
  static let targetLimit = 120
  static let promptLimit = 2000
  static let summaryLimit = 500
  static let ruleLimit = 200

  /// The text in one line without addresses and paths, cut at a word to `limit` characters.
  static func clean(_ text: String, limit: Int) -> String {
    var words: [Substring] = []
    var length = 0
    // Enough of a huge text to fill the limit many times over; the rest is never looked at.
    for word in text.prefix(limit * 8).split(whereSeparator: { $0.isWhitespace || $0.isNewline }) {
      guard !isAddressOrPath(word) else { continue }
      let visible = Substring(word.unicodeScalars.filter { !isHidden($0) }.map(String.init).joined())
      guard !visible.isEmpty else { continue }
      guard length + visible.count <= limit else {
        if words.isEmpty { words.append(visible.prefix(limit)) }
        break
      }
      words.append(visible)
      length += visible.count + 1
    }
    return words.joined(separator: " ")
  }

  /// `https://…`, `data:…`, `www.…`, `/etc/passwd`, `~/x`, `../x`, `C:\x`: also in quotes or brackets.
  private static func isAddressOrPath(_ word: Substring) -> Bool {
    let bare = word.drop { "\"'`([{<“‘".contains($0) }.lowercased()
    if bare.contains("://") || bare.contains("\\") || bare.contains("../") { return true }
    let beginnings = ["www.", "data:", "file:", "javascript:", "mailto:", "~/", "./", "//"]
    if beginnings.contains(where: bare.hasPrefix) { return true }
    return bare.hasPrefix("/") && bare.dropFirst().first?.isLetter == true
  }

  /// Controls, and the characters that change the direction of what follows or have no width (Unicode
  /// technical report 36, section 3).
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }
}
