import FoundationEssentials
import Model

/// Finds the plan's JSON in what a model wrote around it: reasoning, a Markdown fence, a friendly sentence.
enum AnswerText {
  /// Longer answers are no plans; 1 MiB is some hundred times the longest honest one.
  static let sizeLimit = 1 << 20
  /// How many openings are tried before the text counts as holding no JSON.
  private static let patience = 32

  /// The first JSON value that can be a plan: an object with `steps`, also inside `plan`, or a list of steps.
  static func planFields(in answer: String) throws(PlanRefusal) -> [String: JSONValue] {
    guard answer.utf8.count <= sizeLimit else {
      throw PlanRefusal("the answer has \(answer.utf8.count) bytes; a plan has at most \(sizeLimit)")
    }
    let text = Array(withoutReasoning(answer).utf8)
    guard text.contains(where: { $0 > 0x20 }) else { throw PlanRefusal("the answer is empty") }
    var isCutOff = false
    var at = text.startIndex
    for _ in 0..<patience {
      guard let start = text[at...].firstIndex(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }) else {
        break
      }
      if let end = closing(of: start, in: text) {
        if let fields = fields(text[start...end]) { return fields }
      } else {
        isCutOff = true
      }
      at = start + 1
    }
    throw PlanRefusal(isCutOff ? "the JSON ends in the middle" : "the answer holds no JSON object with \"steps\"")
  }

  /// Without `<think>…</think>`, which some open models put before their answer. One that never closes is cut
  /// at its opening tag only: the JSON may follow anywhere.
  private static func withoutReasoning(_ answer: String) -> String {
    var text = answer
    for tag in ["think", "thinking", "reasoning"] {
      while let open = text.range(of: "<\(tag)>") {
        let close = text.range(of: "</\(tag)>", in: open.upperBound..<text.endIndex)
        text.removeSubrange(open.lowerBound..<(close?.upperBound ?? open.upperBound))
      }
    }
    return text
  }

  /// Where the bracket at `start` closes, strings passed over; nil if it never does.
  private static func closing(of start: Int, in text: [UInt8]) -> Int? {
    var depth = 0
    var inString = false
    var isEscaped = false
    for index in start..<text.count {
      let byte = text[index]
      if inString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          inString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): inString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }

  private static func fields(_ bytes: ArraySlice<UInt8>) -> [String: JSONValue]? {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
    switch value {
    case .object(let fields):
      if fields["steps"] != nil { return fields }
      if case .object(let inner)? = fields["plan"], inner["steps"] != nil { return inner }
      return nil
    case .array(let items):
      let areSteps = items.contains { item in
        if case .object(let fields) = item { fields["type"]?.text != nil } else { false }
      }
      return areSteps ? ["steps": value] : nil
    default: return nil
    }
  }
}

extension String {
  /// The first place of `other` at or after the range's start.
  fileprivate func range(of other: String, in range: Range<Index>? = nil) -> Range<Index>? {
    self[range ?? startIndex..<endIndex].firstRange(of: other)
  }
}
