import CVision
import Glibc
import Imaging

/// Grows an object's mask over what belongs to it and would betray it on a plate: its soft edge and its shadow.
///
/// A shadow is where the background is darker than it should be, in its own hue, next to the object. On a plain
/// background "should be" is the background's surface, and the faintest shade counts; elsewhere it is the blurred
/// background further out, and only what is clearly darker than its own unrest counts. Looked for at a reduced
/// size; the soft edge is grown at the picture's own.
struct ShadowGrowth {
  let picture: RGB
  /// What stays: other objects, over which nothing grows.
  var others: Mask?

  /// The longer side at which shadows are looked for.
  private static let side = 640
  /// How far a shadow reaches from the object at most, relative to the object's longer side.
  private static let plainReach = 0.8
  private static let texturedReach = 0.25
  /// How much is grown over the soft edge at least, in pixels: small pictures are blurred by as much, and in JPEG files
  /// colour spills over a block of 8.
  private static let leastEdge = 5

  func grown(_ mask: Mask) throws(EngineError) -> Mask {
    guard let box = mask.bounds else { return mask }
    let edge = max(Self.leastEdge, max(picture.width, picture.height) / 200)
    var grown = mask.grown(by: edge)
    let small = try picture.fitted(to: Self.side)
    let scale = Double(max(small.width, small.height)) / Double(max(picture.width, picture.height))
    var map = ShadowMap(picture: small, object: try reduced(mask, to: small), others: nil)
    if let others { map.others = try reduced(others, to: small) }
    let longest = Double(max(box.width, box.height)) * scale
    var shade = try map.plain(reach: Int(longest * Self.plainReach))
    if shade == nil { shade = try map.textured(reach: max(10, Int(longest * Self.texturedReach))) }
    if let shade { grown = grown.united(with: try enlarged(shade, small)) }
    return others.map { grown.subtracting($0) } ?? grown
  }

  /// On where any of the mask lies.
  private func reduced(_ mask: Mask, to small: RGB) throws(EngineError) -> [Bool] {
    try resized(mask.values, mask.size, to: small.size).map { $0 > 5 }
  }

  private func enlarged(_ shade: [Bool], _ small: RGB) throws(EngineError) -> Mask {
    let values = try resized(shade.map { $0 ? 255 : 0 }, small.size, to: picture.size)
    return Mask(width: picture.width, height: picture.height, thresholding: values.map { $0 >= 64 ? 255 : 0 })
  }

  private func resized(_ values: [UInt8], _ size: Size, to other: Size) throws(EngineError) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: other.width * other.height)
    let code = cvision_resize_u8(
      values, Int32(size.width), Int32(size.height), 1, &out, Int32(other.width), Int32(other.height))
    guard code == 0 else { throw .filterFailed("resizing") }
    return out
  }
}

/// Where shade lies beside an object, at a reduced size.
struct ShadowMap {
  let picture: RGB
  /// The object, and the other objects; one a pixel.
  let object: [Bool]
  var others: [Bool]?

  /// Backgrounds whose log brightness varies more than this hold dark places of their own: none is taken for shade.
  private static let mostUnrest: Float = 0.22

  private var size: Size { picture.size }
  private var longest: Int { max(picture.width, picture.height) }

  /// Shade on a plain background; nil where the background is none.
  func plain(reach: Int) throws(EngineError) -> [Bool]? {
    let base = mask(object).grown(by: max(2, longest / 200))
    let far = base.grown(by: longest / 20)
    let model = BackgroundModel(picture) { x, y in
      let pixel = y * picture.width + x
      return far.values[pixel] == 0 && others?[pixel] != true
    }
    guard let model, model.isPlain else { return nil }
    var darkness = Plane(width: picture.width, height: picture.height)
    var isOpen = [Bool](repeating: false, count: object.count)
    let near = base.grown(by: reach)
    for y in 0..<picture.height {
      for x in 0..<picture.width where near.values[y * picture.width + x] != 0 {
        let pixel = y * picture.width + x
        let difference = Difference(picture, x, y, model.colour(x, y))
        isOpen[pixel] = difference.couldBeShadow || difference.largest < 12
        darkness.values[pixel] = (1 - difference.ratio) * 255
      }
    }
    // Grain hides the faint outer parts of a shadow; a blur brings them out.
    let smooth = try darkness.blurred(sigma: Double(max(2, longest / 400)))
    let faintest = Float(max(0.9, 0.35 * model.deviation))
    for pixel in isOpen.indices { isOpen[pixel] = isOpen[pixel] && smooth.values[pixel] > faintest }
    let shade = Spreading(width: picture.width, height: picture.height).spread(from: base, over: isOpen)
    return mask(shade).grown(by: max(2, longest / 300)).values.map { $0 != 0 }
  }

  /// Shade on any background; nil where nothing is dark enough, or so much is that it is no shadow.
  func textured(reach: Int) throws(EngineError) -> [Bool]? {
    let edge = max(2, longest / 200)
    let base = mask(object).grown(by: edge)
    let near = base.grown(by: reach)
    let around = near.grown(by: reach)
    let ground = object.indices.map { base.values[$0] == 0 && others?[$0] != true }
    let far = object.indices.map { ground[$0] && near.values[$0] == 0 }
    guard far.count(where: { $0 }) >= 200 else { return nil }
    let contrast = try Contrast(
      picture, ground: ground, far: far, fine: Double(longest) * 0.008, wide: Double(reach) * 0.6)
    let ring = object.indices.filter { far[$0] && around.values[$0] != 0 }
    let unrest = contrast.unrest(over: ring)
    guard unrest.darkness < Self.mostUnrest else { return nil }
    let strong = max(0.08, 0.7 * unrest.darkness)
    let weak = max(0.03, 0.3 * unrest.darkness)
    let hue = max(0.02, 2.5 * unrest.hue)
    var isOpen = [Bool](repeating: false, count: object.count)
    for pixel in isOpen.indices where ground[pixel] && near.values[pixel] != 0 {
      // In the dark a grey level more or less is another hue.
      let dimness = 120 / (picture.brightness(pixel) + 12)
      isOpen[pixel] =
        contrast.darkness[pixel] > weak && contrast.hue[pixel] < hue * (1 + dimness * dimness)
    }
    // It must be strong where it touches the object.
    let touching = base.grown(by: edge)
    let start = object.indices.map { touching.values[$0] != 0 && isOpen[$0] && contrast.darkness[$0] > strong }
    let shade = Spreading(width: picture.width, height: picture.height).spread(from: mask(start), over: isOpen)
    let area = shade.count { $0 }
    guard area > 0, Double(area) < 0.9 * Double(object.count { $0 }) else { return nil }
    let grown = mask(shade).grown(by: max(1, edge / 2))
    return grown.united(with: gap(between: base, and: mask(shade), reach: 2 * edge)).values.map { $0 != 0 }
  }

  /// What lies between an object and its shade: there the object's own colour spills over, so that it does not look like
  /// shade, and left on the plate it draws the object's outline. At most twice `reach` wide.
  private func gap(between base: Mask, and shade: Mask, reach: Int) -> Mask {
    let closed = rest(of: rest(of: base.united(with: shade).grown(by: reach)).grown(by: reach))
    return closed.subtracting(base).subtracting(rest(of: shade.grown(by: 2 * reach)))
  }

  private func rest(of mask: Mask) -> Mask { self.mask(mask.values.map { $0 == 0 }) }

  private func mask(_ values: [Bool]) -> Mask {
    Mask(width: picture.width, height: picture.height, thresholding: values.map { $0 ? 255 : 0 })
  }
}

/// How much darker, and of how different a hue, a place is than the background further out.
private struct Contrast {
  /// Difference of log brightness, positive where darker.
  let darkness: [Float]
  /// The largest difference of a colour's share of the brightness, 0...1.
  let hue: [Float]

  /// `fine` and `wide` are the deviations of the two blurs, in pixels.
  init(_ picture: RGB, ground: [Bool], far: [Bool], fine: Double, wide: Double) throws(EngineError) {
    let near = try Self.blurred(Self.features(of: picture), where: ground, picture.size, sigma: max(1, fine))
    let out = try Self.continued(Self.features(of: picture), from: far, picture.size, sigma: wide)
    darkness = ground.indices.map { out[0][$0] - near[0][$0] }
    hue = ground.indices.map { pixel in
      max(abs(out[1][pixel] - near[1][pixel]), abs(out[2][pixel] - near[2][pixel]))
    }
  }

  /// Root mean squares over pixels that hold no shadow.
  func unrest(over pixels: [Int]) -> (darkness: Float, hue: Float) {
    var (dark, colour): (Float, Float) = (0, 0)
    for pixel in pixels {
      dark += darkness[pixel] * darkness[pixel]
      colour += hue[pixel] * hue[pixel]
    }
    let count = Float(max(1, pixels.count))
    return (sqrtf(dark / count), sqrtf(colour / count))
  }

  /// Log brightness, and the shares of red and blue.
  private static func features(of picture: RGB) -> [[Float]] {
    var features = [[Float]](repeating: [Float](repeating: 0, count: picture.width * picture.height), count: 3)
    for pixel in 0..<picture.width * picture.height {
      let (red, blue) = (Float(picture.values[pixel * 3]), Float(picture.values[pixel * 3 + 2]))
      let sum = red + Float(picture.values[pixel * 3 + 1]) + blue
      features[0][pixel] = logf(sum / 3 + 4)
      features[1][pixel] = red / (sum + 12)
      features[2][pixel] = blue / (sum + 12)
    }
    return features
  }

  /// The same blur, continued to where nothing wanted is near: from four times as far, and else the mean of all.
  private static func continued(
    _ features: [[Float]], from wanted: [Bool], _ size: Size, sigma: Double
  ) throws(EngineError) -> [[Float]] {
    let weights = Plane(width: size.width, height: size.height, values: wanted.map { $0 ? 1 : 0 })
    let nearTotal = try weights.blurred(sigma: sigma)
    let farTotal = try weights.blurredCoarsely(sigma: 4 * sigma)
    let count = max(1, weights.values.reduce(0, +))
    return try features.map { (feature) throws(EngineError) in
      let weighted = Plane(
        width: size.width, height: size.height, values: zip(feature, weights.values).map { $0 * $1 })
      let mean = weighted.values.reduce(0, +) / count
      let (near, far) = (try weighted.blurred(sigma: sigma), try weighted.blurredCoarsely(sigma: 4 * sigma))
      return near.values.indices.map { pixel in
        (near.values[pixel] + 0.05 * far.values[pixel] + 0.0025 * mean)
          / (nearTotal.values[pixel] + 0.05 * farTotal.values[pixel] + 0.0025)
      }
    }
  }

  /// Blurs that leave out what is not wanted (normalised convolution, Knutsson and Westin 1993).
  private static func blurred(
    _ features: [[Float]], where wanted: [Bool], _ size: Size, sigma: Double
  ) throws(EngineError) -> [[Float]] {
    let weights = wanted.map { Float($0 ? 1 : 0) }
    let total = try Plane(width: size.width, height: size.height, values: weights).blurred(sigma: sigma)
    var blurred: [[Float]] = []
    for feature in features {
      let weighted = Plane(width: size.width, height: size.height, values: zip(feature, weights).map { $0 * $1 })
      blurred.append(zip(try weighted.blurred(sigma: sigma).values, total.values).map { $0 / max($1, 1e-4) })
    }
    return blurred
  }
}

/// Growth through neighbours.
struct Spreading {
  let width: Int
  let height: Int

  /// What can be reached from the start through open pixels, without the start's own closed ones.
  func spread(from start: Mask, over isOpen: [Bool]) -> [Bool] {
    var reached = [Bool](repeating: false, count: width * height)
    var front = start.values.indices.filter { start.values[$0] != 0 }
    while let pixel = front.popLast() {
      let x = pixel % width
      func visit(_ next: Int) {
        guard isOpen[next], !reached[next] else { return }
        reached[next] = true
        front.append(next)
      }
      if x > 0 { visit(pixel - 1) }
      if x + 1 < width { visit(pixel + 1) }
      if pixel >= width { visit(pixel - width) }
      if pixel + width < reached.count { visit(pixel + width) }
    }
    return reached
  }
}

extension Plane {
  /// A wide blur, made at an eighth of the size.
  fileprivate func blurredCoarsely(sigma: Double) throws(EngineError) -> Plane {
    let small = try resized(width: max(1, width / 8), height: max(1, height / 8))
    return try small.blurred(sigma: max(0.5, sigma / 8)).resized(width: width, height: height)
  }
}

extension RGB {
  /// The sum of the three channels, 0...765.
  fileprivate func brightness(_ pixel: Int) -> Float {
    Float(Int(values[pixel * 3]) + Int(values[pixel * 3 + 1]) + Int(values[pixel * 3 + 2]))
  }
}
