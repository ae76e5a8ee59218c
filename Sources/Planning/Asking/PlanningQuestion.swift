package import Imaging
import Model

/// What a planning model is asked: two texts and one picture, the same for every vendor.
///
/// Nothing in it comes from the file: no name, no path, no metadata. What the picture itself says is named as
/// what it is, part of the picture.
package struct PlanningQuestion: Sendable, Hashable {
  /// The standing instructions.
  package var instructions: String
  /// What is asked of this picture.
  package var task: String
  /// The picture as it is sent: PNG, at most 1536 pixels on its longer side, pixels and nothing else.
  package var picture: [UInt8]
  /// The earlier answer and what was wrong with it, for the one round of repair.
  package var correction: Correction?

  /// A second try.
  package struct Correction: Sendable, Hashable {
    package var answer: String
    package var complaints: [String]

    package init(answer: String, complaints: [String]) {
      self.answer = answer
      self.complaints = complaints
    }
  }

  /// The longer side of what is sent, in pixels.
  package static let longestSide = 1536

  /// The question for a picture. Heavy: scales and encodes; call it on a `BlockingPool`.
  package init(_ request: PlanningRequest) throws(ImagingError) {
    instructions = PlannerPrompt.instructions(limits: request.limits)
    task = PlannerPrompt.task(wishes: request.wishes, maxLayers: request.maxLayers)
    var small = request.picture.scaledDown(to: Self.longestSide)
    small.profile = nil
    small.density = nil
    picture = try encodePNG(small, preset: .compact)
  }

  /// The text that goes with the picture, with what was wrong with the last answer.
  package var wholeTask: String {
    guard let correction else { return task }
    return """
      \(task)

      Your last answer was:
      \(correction.answer.prefix(PlannerPrompt.quotedAnswer))

      It cannot be used as it is: \(correction.complaints.joined(separator: "; ")).
      Answer again with the whole plan, mended.
      """
  }
}
