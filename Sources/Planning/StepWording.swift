/// The wordings of steps where no model gave any: the embedded planner's, and what fills gaps in a model's plan.
struct StepWording {
  let prompt: String
  /// Three other wordings, tried in order.
  let variations: [String]

  /// How one thing is extracted; `what` in words, such as `red car`.
  static func extraction(of what: String) -> StepWording {
    StepWording(
      prompt: "Extract only the \(what) on a pure white background. Keep size and position.",
      variations: [
        "Isolate the \(what) exactly where it is; everything else is pure white #FFFFFF.",
        "Cut out the \(what) with clean edges and no shadow, on pure white, same canvas.",
        "Only the \(what), unchanged in colour, size and place; the rest pure white.",
      ])
  }

  /// How one thing is taken away.
  static func removal(of what: String) -> StepWording {
    StepWording(
      prompt: "Remove the \(what) and its shadow; continue the background behind it.",
      variations: [
        "Take the \(what) away and fill the place with the surrounding background.",
        "A clean plate without the \(what); nothing else changes.",
        "Fill where the \(what) was with matching texture, light and colour.",
      ])
  }

  /// How everything but the background is cut out.
  static let backgroundRemoval = StepWording(
    prompt: "Remove the background: keep everything in front of it, on pure white. Keep size and position.",
    variations: [
      "Cut out the foreground exactly where it is; the background becomes pure white #FFFFFF.",
      "Keep the main subject with clean edges and no shadow, on pure white, same canvas.",
      "Only the foreground, unchanged in colour, size and place; the rest pure white.",
    ])

  /// How the picture is widened to another aspect.
  static let reframing = StepWording(
    prompt: "Extend the picture to the new aspect; what is there keeps its look and scale.",
    variations: [
      "Continue the scene at the edges with matching texture, light and perspective.",
      "Widen the canvas and paint on what lies beyond it; the middle stays as it is.",
      "Outpaint the missing sides so that no seam shows.",
    ])
}
