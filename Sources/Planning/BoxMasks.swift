import Engine
import Imaging
import Model

/// Masks for a model's boxes, with the embedded engine's eye: a box says where to look, the engine what is there.
struct BoxMasks {
  let engine: Engine
  let picture: Picture

  /// How far a box is trusted: grown by this share of the picture's longer side, it holds the thing.
  private static let margin = 0.04

  /// Heavy; a step whose mask cannot be made has none.
  func masks(of reading: ReadPlan) -> [String: PlannedScene.StepMask] {
    var masks: [String: PlannedScene.StepMask] = [:]
    for step in reading.plan.steps {
      guard let box = reading.boxes[step.id] else { continue }
      let grown = box.grown(by: Int(Double(max(picture.width, picture.height)) * Self.margin), within: picture.size)
      let region = Mask(picture.size, filling: grown)
      switch step.type {
      case .extract: masks[step.id] = .init(region, intent: .extractHelper)
      case .remove:
        guard let hole = hole(within: region) else { continue }
        masks[step.id] = .init(hole, intent: .inpaintRemove)
      case .analyze, .backgroundRemove, .reframe, .upscale, .edit: continue
      }
    }
    return masks
  }

  /// What the engine sees in the region, grown over its shadow.
  private func hole(within region: Mask) -> Mask? {
    guard let matte = try? engine.matte(in: picture, within: region, attempt: 0) else { return nil }
    let solid = Mask(width: matte.width, height: matte.height, thresholding: matte.alpha)
    guard solid.bounds != nil else { return nil }
    return try? engine.growOverShadow(solid, in: picture)
  }
}

extension Mask {
  /// On inside the box, off outside.
  fileprivate init(_ size: Size, filling box: Box) {
    var values = [UInt8](repeating: 0, count: size.width * size.height)
    for y in box.y..<box.bottom {
      values.replaceSubrange(
        y * size.width + box.x..<y * size.width + box.right, with: repeatElement(255, count: box.width))
    }
    self.init(width: size.width, height: size.height, thresholding: values)
  }
}
