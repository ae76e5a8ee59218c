import Imaging
import Model

/// One step as it was read, before the plan's order and limits are applied.
struct StepDraft {
  var type: StepType
  var name: String
  var target: String
  var prompt: String
  var variations: [String]
  var minNonwhite: Double?
  var maxNonwhite: Double?
  var fallbacks: [StepAction]
  var box: Box?

  /// What tells two targets apart: the words, whatever their case.
  var key: String { target.lowercased() }
}

/// Reads one entry of `steps`.
struct StepReader {
  /// From 1, as the model counts.
  let number: Int
  let size: Size

  /// What a model may plan; UPSCALE and EDIT are a person's to ask for.
  static let types: [StepType] = [.analyze, .extract, .remove, .backgroundRemove, .reframe]
  static let typeNames = types.map(\.rawValue).joined(separator: ", ")
  /// How many wordings a step has beside its prompt (DESIGN section 2).
  static let variations = 3...5

  /// The step; nil, with a note, where it is of no known type or says nothing of what it works on.
  func draft(of item: JSONValue, _ reading: inout ReadPlan) -> StepDraft? {
    guard case .object(let fields) = item else {
      reading.notes.append("Step \(number) is no object and was left out.")
      return nil
    }
    let word = (fields["type"]?.text ?? "").uppercased().replacing("-", with: "_").replacing(" ", with: "_")
    guard let type = StepType(rawValue: word), Self.types.contains(type) else {
      let shown = PlainWords.clean(fields["type"]?.text ?? "", limit: 30)
      reading.notes.append("Step \(number) is of the unknown type \"\(shown)\" and was left out.")
      return nil
    }
    var name = text(fields, "name", PlainWords.nameLimit)
    var target = text(fields, "target", PlainWords.targetLimit)
    if target.isEmpty { target = name }
    if name.isEmpty { name = PlainWords.clean(target, limit: PlainWords.nameLimit) }
    if target.isEmpty, type == .extract || type == .remove {
      reading.notes.append("Step \(number) does not say what it works on and was left out.")
      return nil
    }
    return StepDraft(
      type: type, name: name, target: target, prompt: text(fields, "prompt", PlainWords.promptLimit),
      variations: variations(fields), minNonwhite: share(fields, "min_nonwhite"),
      maxNonwhite: share(fields, "max_nonwhite"), fallbacks: fallbacks(fields), box: box(fields["box"]))
  }

  private func text(_ fields: [String: JSONValue], _ key: String, _ limit: Int) -> String {
    PlainWords.clean(fields[key]?.text ?? "", limit: limit)
  }

  private func variations(_ fields: [String: JSONValue]) -> [String] {
    guard case .array(let items)? = fields["prompt_variations"] else { return [] }
    var wordings: [String] = []
    for wording in items.prefix(16).compactMap(\.text) {
      let clean = PlainWords.clean(wording, limit: PlainWords.promptLimit)
      if !clean.isEmpty, !wordings.contains(clean) { wordings.append(clean) }
    }
    return Array(wordings.prefix(Self.variations.upperBound))
  }

  /// A limit, whether it was written as a number or as a text.
  private func share(_ fields: [String: JSONValue], _ key: String) -> Double? {
    guard case .object(let limits)? = fields["validate"], let value = limits[key] else { return nil }
    let number = value.double ?? value.text.flatMap(Double.init)
    return number.flatMap { $0.isFinite ? $0 : nil }
  }

  private func fallbacks(_ fields: [String: JSONValue]) -> [StepAction] {
    guard case .array(let items)? = fields["fallbacks"] else { return [] }
    let known: [StepAction] = items.prefix(8).compactMap { $0.text.flatMap { StepAction(rawValue: $0.uppercased()) } }
    return known.filter { $0 == .backgroundRemove || $0 == .plateAndRetry || $0 == .retry }
  }

  /// `[ymin, xmin, ymax, xmax]` in thousandths of the picture, the form that Gemini's models are trained on.
  private func box(_ value: JSONValue?) -> Box? {
    guard case .array(let items)? = value, items.count == 4 else { return nil }
    let edges = items.compactMap(\.double).map { $0.isFinite ? min(max($0, 0), 1000) / 1000 : 0 }
    guard edges.count == 4, edges[2] > edges[0], edges[3] > edges[1] else { return nil }
    let left = Int(edges[1] * Double(size.width))
    let top = Int(edges[0] * Double(size.height))
    let box = Box(
      x: left, y: top, width: Int(edges[3] * Double(size.width)) - left,
      height: Int(edges[2] * Double(size.height)) - top)
    return box.width > 1 && box.height > 1 ? box : nil
  }
}
