package import Imaging

/// What the words of a prompt choose among the objects that were found.
///
/// Words for place (left, right, top, bottom, centre), size (largest, smallest), order (first, second, third) and
/// colour are understood, and "everything"; nouns are not, since the engine cannot tell an apple from a ball.
package struct Selection: Sendable {
  /// The chosen objects, front to back; all of them where no word chose.
  package let objects: [FoundObject]
  /// One sentence: which words counted, and what they led to.
  package let understood: String
  /// Whether any word chose.
  package let isChoice: Bool

  private static let colours: [String: [String]] = [
    "red": ["Red"], "orange": ["Orange"], "yellow": ["Yellow"], "green": ["Green", "Olive"], "olive": ["Olive"],
    "teal": ["Teal"], "turquoise": ["Teal"], "blue": ["Blue"], "purple": ["Purple"], "violet": ["Purple"],
    "pink": ["Pink"], "brown": ["Brown"], "black": ["Black", "Dark grey"], "white": ["White"],
    "grey": ["Grey", "Dark grey"], "gray": ["Grey", "Dark grey"],
  ]
  /// Words that choose nothing and are no disappointment.
  private static let idleWords: Set<String> = [
    "a", "an", "and", "at", "background", "but", "by", "canvas", "cut", "else", "exact", "extract", "fill", "from",
    "front", "in", "is", "it", "its", "just", "keep", "lie", "lies", "nothing", "object", "objects", "of", "on", "one",
    "ones", "only", "or", "out", "please", "position", "pure", "remove", "same", "scale", "size", "solid", "take",
    "that", "the", "thing", "this", "to", "with", "without",
  ]
  private static let orders = ["first": 0, "second": 1, "third": 2, "fourth": 3]

  private enum Ranking {
    case left, right, top, bottom, centre, largest, smallest

    init?(_ word: String) {
      switch word {
      case "left", "leftmost": self = .left
      case "right", "rightmost": self = .right
      case "top", "upper", "highest", "topmost": self = .top
      case "bottom", "lower", "lowest": self = .bottom
      case "centre", "center", "middle", "central": self = .centre
      case "largest", "biggest", "big", "large", "main": self = .largest
      case "smallest", "small", "tiny": self = .smallest
      default: return nil
      }
    }

    /// Lower comes first.
    func key(_ object: FoundObject, in size: Size) -> Double {
      let x = Double(object.box.x) + Double(object.box.width) / 2
      let y = Double(object.box.y) + Double(object.box.height) / 2
      switch self {
      case .left: return x
      case .right: return -x
      case .top: return y
      case .bottom: return -y
      case .centre: return abs(x / Double(size.width) - 0.5) + abs(y / Double(size.height) - 0.5)
      case .largest: return -object.share
      case .smallest: return object.share
      }
    }
  }

  /// `prompt` as a person wrote it, chosen among `found`, of a picture of `size`.
  package init(_ prompt: String, among found: [FoundObject], in size: Size) {
    let words = Self.words(of: prompt)
    let colours = words.filter { Self.colours[$0] != nil }
    let rankings = words.compactMap { Ranking($0) }
    let order = words.lazy.compactMap { Self.orders[$0] }.first
    let counted = words.filter {
      Self.colours[$0] != nil || Ranking($0) != nil || Self.orders[$0] != nil || $0 == "everything" || $0 == "all"
    }
    var chosen = found
    let absent = colours.filter { colour in !found.contains { Self.isOf(colour, $0) } }
    if absent.count < colours.count { chosen = found.filter { object in colours.contains { Self.isOf($0, object) } } }
    let rules = rankings.isEmpty && order != nil ? [.left] : rankings
    for (index, rule) in rules.enumerated() where chosen.count > 1 {
      let ranked = chosen.sorted { rule.key($0, in: size) < rule.key($1, in: size) }
      let isLast = index == rules.count - 1
      // "Top left": the upper half of them first, then the leftmost of those.
      chosen = isLast ? [ranked[min(order ?? 0, ranked.count - 1)]] : Array(ranked.prefix((ranked.count + 1) / 2))
    }
    isChoice = absent.count < colours.count || !rules.isEmpty
    let names = chosen.map(\.name)
    objects = found.filter { names.contains($0.name) }
    let others = Set(words).subtracting(counted).subtracting(Self.idleWords)
    understood = Self.sentences(
      counted.filter { !absent.contains($0) }, names: objects.map(\.name), of: found.count, absent: absent,
      unknown: words.filter { others.contains($0) })
  }

  private static func isOf(_ colour: String, _ object: FoundObject) -> Bool {
    (colours[colour] ?? []).contains { object.name.hasPrefix($0) }
  }

  /// The words in lower case, without those that tell of the background to come, "on pure white", and of what the
  /// objects lie before, "in front of the red car".
  private static func words(of prompt: String) -> [String] {
    var words = prompt.lowercased().split { !$0.isLetter }.map(String.init)
    if let front = words.firstIndex(of: "front"), front + 1 < words.count, words[front + 1] == "of" {
      words = Array(words[..<front])
    }
    return words.enumerated().filter { index, word in
      let before = index > 0 ? words[index - 1] : ""
      let after = index + 1 < words.count ? words[index + 1] : ""
      return !(colours[word] != nil && (before == "pure" || after == "background" || after == "canvas"))
    }.map(\.element)
  }

  /// All chosen objects in one matte, of the picture's size.
  package func matte(of size: Size) -> Matte {
    var alpha = [UInt8](repeating: 0, count: size.width * size.height)
    for object in objects {
      for pixel in alpha.indices { alpha[pixel] = max(alpha[pixel], object.matte.alpha[pixel]) }
    }
    return Matte(width: size.width, height: size.height, alpha: alpha)
  }

  private static func sentences(
    _ counted: [String], names: [String], of count: Int, absent: [String], unknown: [String]
  ) -> String {
    guard count > 0 else { return "Nothing stands out from the background, so no word could choose." }
    let listed = names.map { $0.lowercased() }.joined(separator: ", ")
    var sentences =
      counted.isEmpty
      ? [
        "No word of the prompt says which of the \(count) objects is meant, so all were taken: \(listed).",
        "Words for place, size, order and colour are understood.",
      ] : ["Understood: \(counted.joined(separator: ", ")). Taken: \(listed)."]
    if !absent.isEmpty { sentences.append("Nothing that was found is \(absent.joined(separator: " or ")).") }
    if !unknown.isEmpty { sentences.append("Not understood: \(unknown.prefix(8).joined(separator: ", ")).") }
    return sentences.joined(separator: " ")
  }
}
