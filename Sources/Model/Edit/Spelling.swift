/// Suggestions for mistyped words.
package enum Spelling {
  /// The candidate at most two edits (and less than half the word) away, or nil.
  package static func closest(to word: String, among candidates: [String]) -> String? {
    let word = word.lowercased()
    // Lengths bound the distance from below, so that a key of 200 KB costs nothing.
    let near = candidates.filter { abs($0.utf8.count - word.utf8.count) <= 8 }
    let ranked = near.map { (distance(word, $0), $0) }
    guard let best = ranked.min(by: { $0.0 < $1.0 }), best.0 <= 2, best.0 * 2 < max(3, best.1.count + 1) else {
      return nil
    }
    return best.1
  }

  /// Levenshtein's edit distance, one row at a time (Wagner and Fischer 1974).
  static func distance(_ left: String, _ right: String) -> Int {
    let columns = Array(right)
    var row = Array(0...columns.count)
    for (lineIndex, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = lineIndex + 1
      for (index, other) in columns.enumerated() {
        let above = row[index + 1]
        row[index + 1] = min(above + 1, row[index] + 1, diagonal + (character == other ? 0 : 1))
        diagonal = above
      }
    }
    return row[columns.count]
  }
}
