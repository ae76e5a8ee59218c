import Yams

/// Reads the keys of one edit file and gathers what it tolerated.
struct EditReader {
  private(set) var notes: [String]
  private var seen: Set<String> = []

  /// `notes` are what was tolerated before.
  init(notes: [String]) {
    self.notes = notes
  }

  mutating func request(from mapping: Node.Mapping) throws(EditProblem) -> EditRequest {
    var request = EditRequest()
    for (keyNode, value) in mapping {
      let key = EditFile.key(keyNode.string ?? "")
      let place = Place(mark: value.mark ?? keyNode.mark, key: key)
      if EditFile.keys.contains(key), !seen.insert(key).inserted {
        throw place.problem("\"\(key)\" stands in the file more than once. Remove one.")
      }
      switch key {
      case "action": request.action = try action(try text(value, at: place), at: place)
      case "prompt": request.prompt = try optionalText(value, at: place)
      case "mask": request.mask = try mask(try optionalText(value, at: place), at: place)
      case "provider": request.provider = try optionalText(value, at: place)?.lowercased()
      case "model": request.model = try optionalText(value, at: place)
      case "min_nonwhite": request.minNonwhite = try share(try optionalText(value, at: place), at: place)
      case "max_nonwhite": request.maxNonwhite = try share(try optionalText(value, at: place), at: place)
      case "try": request.pick = try number(try optionalText(value, at: place), at: place)
      case "plate_prompt": request.platePrompt = try optionalText(value, at: place)
      case "plate_mask": request.plateMask = try fileName(try optionalText(value, at: place), at: place)
      default: noteUnknown(keyNode.string ?? "", line: keyNode.mark?.line)
      }
    }
    if let low = request.minNonwhite, let high = request.maxNonwhite, low > high {
      throw EditProblem(message: "min_nonwhite (\(low)) is above max_nonwhite (\(high)). Swap or change them.")
    }
    return request
  }

  /// Where a value stands, for messages.
  private struct Place {
    var mark: Mark?
    var key: String

    func problem(_ message: String) -> EditProblem {
      EditProblem(line: mark?.line, column: mark?.column, message: message)
    }
  }

  private mutating func text(_ node: Node, at place: Place) throws(EditProblem) -> String {
    guard case .scalar(let scalar) = node else {
      throw place.problem("\"\(place.key)\" takes one value, not a list or a block of keys.")
    }
    return unquoted(scalar.string.trimmingWhitespace(), key: place.key)
  }

  /// Nil for an empty value and for YAML's null.
  private mutating func optionalText(_ node: Node, at place: Place) throws(EditProblem) -> String? {
    let value = try text(node, at: place)
    return value.isEmpty || value == "~" || value == "null" ? nil : value
  }

  /// Word processors turn "…" into curly quotes, which YAML takes as part of the value.
  private mutating func unquoted(_ text: String, key: String) -> String {
    let pairs: [(Character, Character)] = [
      ("\u{201C}", "\u{201D}"), ("\u{201E}", "\u{201C}"), ("\u{2018}", "\u{2019}"),
    ]
    guard text.count >= 2, let first = text.first, let last = text.last,
      pairs.contains(where: { $0.0 == first && ($0.1 == last || $0.0 == last) })
    else { return text }
    notes.append("The curly quotes around the value of \"\(key)\" were taken off.")
    return String(text.dropFirst().dropLast())
  }

  private func action(_ text: String, at place: Place) throws(EditProblem) -> EditAction {
    let word = text.lowercased().replacing("_", with: "-")
    if let action = EditAction(rawValue: word) { return action }
    let words = EditAction.allCases.map(\.rawValue)
    let guess = Spelling.closest(to: word, among: words).map { " Did you mean \($0)?" } ?? ""
    throw place.problem("\"\(text)\" is not an action.\(guess) The actions are \(words.joined(separator: ", ")).")
  }

  private func mask(_ text: String?, at place: Place) throws(EditProblem) -> MaskChoice {
    guard let text else { return .none }
    switch text.lowercased() {
    case "none", "no", "false": return .none
    case "auto": return .auto
    default: return .file(try fileName(text, at: place) ?? text)
    }
  }

  private func fileName(_ text: String?, at place: Place) throws(EditProblem) -> String? {
    guard let text, text.lowercased() != "none" else { return nil }
    // Bytes, not characters: a slash with a combining mark on it is another character, but still a slash.
    guard !text.utf8.contains(UInt8(ascii: "/")), !text.utf8.contains(0), text != ".", text != ".." else {
      throw place.problem(
        "\"\(place.key)\" names a file in this folder, without slashes, for example 02-red-car.mask.png.")
    }
    return text
  }

  private func number(_ text: String?, at place: Place) throws(EditProblem) -> Int? {
    guard let text, text.lowercased() != "none" else { return nil }
    guard let number = Int(text), number >= 1 else {
      throw place.problem("\"\(place.key)\" is the number of a try, for example 2; \"\(text)\" is none.")
    }
    return number
  }

  /// A share of the picture: `0.35` or `35%`.
  private func share(_ text: String?, at place: Place) throws(EditProblem) -> Double? {
    guard let text else { return nil }
    let percent = text.hasSuffix("%")
    let digits = percent ? String(text.dropLast()).trimmingWhitespace() : text
    guard let number = Double(digits), number.isFinite else {
      throw place.problem("\"\(place.key)\" is a number from 0 to 1, for example 0.35; \"\(text)\" is none.")
    }
    let value = percent ? number / 100 : number
    guard (0...1).contains(value) else {
      throw place.problem("\"\(place.key)\" is a share from 0 to 1 (or 0% to 100%); \(text) is outside.")
    }
    return value
  }

  /// More unknown keys than this are no slips of the pen; the rest is passed over in silence.
  private static let mostNotes = 8

  private mutating func noteUnknown(_ key: String, line: Int?) {
    guard notes.count < Self.mostNotes else { return }
    let key = key.count > 40 ? "\(key.prefix(40))…" : key
    let place = line.map { "Line \($0): " } ?? ""
    let guess = Spelling.closest(to: key, among: EditFile.keys).map { "did you mean \"\($0)\"?" }
    notes.append("\(place)\"\(key)\" is not a key of this file and was passed over; \(guess ?? "see the comments.")")
  }
}

extension String {
  /// Without white space at both ends.
  package func trimmingWhitespace() -> String {
    let start = drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
