import Imaging

/// Grows an object's mask over what belongs to it and would betray it on a plate: its soft edge and its shadow.
struct ShadowGrowth {
  let picture: RGB

  /// A shadow reaches at most this far from the object, relative to the object's longer side.
  private static let reach = 0.8

  func grown(_ mask: Mask) throws(EngineError) -> Mask {
    let edge = max(3, max(picture.width, picture.height) / 200)
    let base = mask.grown(by: edge)
    guard let box = mask.bounds, let model = background(outside: base) else { return base }
    return try follow(shadowOf: box, from: base, over: model)
  }

  /// The surface of a plain background, from all that is well away from the object; nil on textures.
  private func background(outside mask: Mask) -> BackgroundModel? {
    let far = mask.grown(by: max(picture.width, picture.height) / 20)
    let model = BackgroundModel(picture) { x, y in far.values[y * picture.width + x] == 0 }
    return model.flatMap { $0.isPlain ? $0 : nil }
  }

  /// Goes on from the mask over everything that is darker than the background in the background's own hue.
  private func follow(shadowOf box: Box, from base: Mask, over model: BackgroundModel) throws(EngineError) -> Mask {
    let limit = box.grown(by: Int(Double(max(box.width, box.height)) * Self.reach), within: picture.size)
    var darkness = Plane(width: limit.width, height: limit.height)
    var shaded = [Bool](repeating: false, count: limit.width * limit.height)
    for y in 0..<limit.height {
      for x in 0..<limit.width {
        let behind = model.colour(x + limit.x, y + limit.y)
        let difference = Difference(picture, x + limit.x, y + limit.y, behind)
        shaded[y * limit.width + x] = difference.couldBeShadow || difference.largest < 12
        darkness.values[y * limit.width + x] = (1 - difference.ratio) * 255
      }
    }
    // Grain hides the faint outer parts of a shadow; a blur brings them out.
    let smooth = try darkness.blurred(sigma: Double(max(2, max(picture.width, picture.height) / 400)))
    let faintest = Float(max(0.9, 0.35 * model.deviation))
    var values = base.values
    var front = frontier(of: base, in: limit)
    while let pixel = front.popLast() {
      let (x, y) = (pixel % picture.width, pixel / picture.width)
      for (nextX, nextY) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)] {
        guard nextX >= limit.x, nextY >= limit.y, nextX < limit.right, nextY < limit.bottom else { continue }
        let next = nextY * picture.width + nextX
        let local = (nextY - limit.y) * limit.width + nextX - limit.x
        guard values[next] == 0, shaded[local], smooth.values[local] > faintest else { continue }
        values[next] = 255
        front.append(next)
      }
    }
    let followed = Mask(width: picture.width, height: picture.height, thresholding: values)
    return followed.grown(by: max(2, max(picture.width, picture.height) / 400))
  }

  private func frontier(of mask: Mask, in box: Box) -> [Int] {
    var pixels: [Int] = []
    for y in box.y..<box.bottom {
      for x in box.x..<box.right where mask.values[y * mask.width + x] != 0 { pixels.append(y * mask.width + x) }
    }
    return pixels
  }
}
