import Model

/// What a model that draws is told beyond the step's own prompt: the rules that every answer must keep.
enum Wording {
  /// The instruction for a model that takes no mask but a second picture, which shows in magenta where to work.
  static func withMarkedPicture(_ request: ImageRequest) -> String {
    instruction(for: request, marked: request.mask != nil || request.kind == .reframe)
  }

  /// The whole instruction. `marked` says that a second picture shows in magenta where to work; `transparent`
  /// that the service can leave the rest transparent.
  static func instruction(for request: ImageRequest, marked: Bool = false, transparent: Bool = false) -> String {
    let rest = transparent ? "transparent" : "pure white (#FFFFFF)"
    var rules: [String] = []
    switch request.kind {
    case .extract, .backgroundRemove:
      if marked { rules.append("The second picture marks in magenta what is meant; do not draw the magenta.") }
      rules.append("Everything that is not kept becomes \(rest), without shadow, glow or outline.")
      rules.append("What is kept stays as it is: same place, size, colours and sharpness.")
    case .reframe:
      rules.append(
        "The margin\(marked ? " that the second picture marks in magenta" : "") is still empty: paint the scene on there."
      )
      rules.append("The middle stays exactly as it is. Do not draw the magenta.")
    case .analyze, .remove, .upscale, .edit:
      if marked {
        rules.append("Change only what the second picture marks in magenta; do not draw the magenta.")
      }
      rules.append("Everything else stays exactly as it is, down to the pixel.")
    }
    rules.append("Answer with one picture of the same framing and aspect: do not crop, shift, rotate or add anything.")
    return ([request.prompt] + rules).joined(separator: "\n")
  }
}
