import Imaging
import Model
import Testing

/// What image services do to pictures, and what becomes of it: put right exactly, or a finding with its number.
@Suite struct ServiceFaultTests {
  private static let (width, height) = (320, 240)
  private static let scene = Scene()
  /// A photograph with a disc of another texture on it; in the disc a white patch, as a shirt is.
  private static let source = photograph()
  private static let truth = disc(centre: (170, 120), radius: 60)

  private static func photograph() -> Picture {
    let (ground, subject) = (scene.picture(width, height), Scene(seed: 31).picture(width, height))
    return picture(width, height) { x, y in
      if (150..<175).contains(x), (70..<100).contains(y) { return (251, 250, 252) }
      let inside = (x - 170) * (x - 170) + (y - 120) * (y - 120) < 3600
      let values = (inside ? subject : ground).rgb(x, y)
      return (values[0], inside ? values[1] / 2 : values[1], values[2])
    }
  }

  private static func disc(centre: (Double, Double), radius: Double) -> Matte {
    let alpha = (0..<width * height).map { pixel -> UInt8 in
      let (x, y) = (Double(pixel % width) - centre.0, Double(pixel / width) - centre.1)
      return UInt8(max(0, min(1, radius - (x * x + y * y).squareRoot() + 0.5)) * 255)
    }
    return Matte(width: width, height: height, alpha: alpha)
  }

  private func compose(_ answer: Picture, mask: Mask? = nil, colours: LayerColours = .source) -> ComposedLayer {
    Self.source.layer(fromAnswer: answer, mask: mask, colours: colours, whiteTolerance: 5)
  }

  private func verdict(_ made: ComposedLayer) throws -> ValidationResult {
    var request = ValidationRequest(kind: .extract)
    request.source = Self.source
    request.matte = made.matte
    request.registration = made.correction.remaining
    return validate(try encodePNG(made.picture, preset: .fast), request)
  }

  /// The largest difference of a matte from the truth, a pixel or two beside the edge left out.
  private func worstError(_ matte: Matte) -> Int {
    let (inside, outside) = (Self.disc(centre: (170, 120), radius: 58), Self.disc(centre: (170, 120), radius: 62))
    return matte.alpha.indices.reduce(0) { worst, pixel in
      if inside.alpha[pixel] == 255 { return max(worst, 255 - Int(matte.alpha[pixel])) }
      return outside.alpha[pixel] == 0 ? max(worst, Int(matte.alpha[pixel])) : worst
    }
  }

  /// The mean difference of a matte from the truth where the truth is between 0 and 255.
  private func edgeError(_ matte: Matte) -> Double {
    let edge = Self.truth.alpha.indices.filter { (1...254).contains(Self.truth.alpha[$0]) }
    return Double(edge.reduce(0) { $0 + abs(Int(Self.truth.alpha[$1]) - Int(matte.alpha[$1])) }) / Double(edge.count)
  }

  private let cleanAnswer = Self.clean
  /// Made once: some tests ask for it at every pixel.
  private static let clean = source.layer(truth)

  @Test func `a clean opaque answer gives the matte back, white patch and soft edge included`() throws {
    let made = compose(cleanAnswer)
    #expect(worstError(made.matte) == 0)
    #expect(edgeError(made.matte) < 30)
    #expect(made.correction.putBack == nil && made.correction.measured == .exact)
    let result = try verdict(made)
    #expect(result.passed, "\(result.notes)")
    #expect(result.metrics["shift"] == .number(0) && result.metrics["scale"] == .number(1))
  }

  @Test func `an answer with alpha is taken at its word`() {
    #expect(compose(Self.source.cutout(Self.truth)).matte.alpha.count { $0 == 255 } > 10_000)
  }

  @Test(arguments: [(3.0, 0.0), (-2, 3), (5, -4)])
  func `an answer that moved by whole pixels is put back exactly`(x: Double, y: Double) throws {
    let made = compose(cleanAnswer.moved(x: x, y: y))
    let putBack = try #require(made.correction.putBack)
    #expect(putBack.x == x && putBack.y == y)
    #expect(made.picture == compose(cleanAnswer).picture)
    #expect(try verdict(made).passed)
  }

  @Test func `an answer zoomed by 2 % is a finding with its number`() throws {
    let (width, height) = (Self.width, Self.height)
    let answer = cleanAnswer
    let zoomed = picture(width, height) { x, y in
      let (fromX, fromY) = (159.5 + (Double(x) - 159.5) / 1.02, 119.5 + (Double(y) - 119.5) / 1.02)
      let (left, top) = (Int(fromX), Int(fromY))
      let (shareX, shareY) = (fromX - Double(left), fromY - Double(top))
      let (one, two) = (answer.rgb(left, top), answer.rgb(min(left + 1, width - 1), top))
      let bottom = min(top + 1, height - 1)
      let (three, four) = (answer.rgb(left, bottom), answer.rgb(min(left + 1, width - 1), bottom))
      let mixed = (0..<3).map { channel in
        let upper = Double(one[channel]) * (1 - shareX) + Double(two[channel]) * shareX
        let lower = Double(three[channel]) * (1 - shareX) + Double(four[channel]) * shareX
        return Int((upper * (1 - shareY) + lower * shareY).rounded())
      }
      return (mixed[0], mixed[1], mixed[2])
    }
    let result = try verdict(compose(zoomed))
    #expect(result.status == .needsReview && result.notes.contains("102.0%"), "\(result.notes) \(result.metrics)")
    let scale = try #require(result.metrics["scale"]?.double)
    #expect(abs(scale - 1.02) < 0.0015)
  }

  @Test func `a tint by 4 levels does not reach a source-true layer, and is a finding in the service's colours`() throws
  {
    let tinted = picture(Self.width, Self.height) { x, y in
      let values = cleanAnswer.rgb(x, y)
      return Self.truth.alpha[y * Self.width + x] == 0
        ? (255, 255, 255) : (min(255, values[0] + 4), min(255, values[1] + 4), min(255, values[2] + 4))
    }
    let made = compose(tinted)
    #expect(abs(try #require(made.correction.driftTakenOut)[0] - 4) < 0.3)
    #expect(made.picture.rgb(200, 150) == Self.source.rgb(200, 150))
    #expect(try verdict(made).passed)
    let own = try verdict(compose(tinted, colours: .answer))
    #expect(own.status == .needsReview && own.notes.contains("drifted by 4"), "\(own.notes)")
  }

  @Test func `a JPEG on a grey 253 background becomes a layer on pure white`() throws {
    let grey = picture(Self.width, Self.height) { x, y in
      let values = Self.truth.alpha[y * Self.width + x] == 0 ? [253, 253, 253] : cleanAnswer.rgb(x, y)
      return (values[0], values[1], values[2])
    }
    let made = compose(try decodePicture(try encodeJPEG(grey, quality: 85)).picture)
    #expect(worstError(made.matte) < 32)
    #expect(made.picture.rgb(5, 5) == [255, 255, 255])
    let result = try verdict(made)
    #expect(result.passed, "\(result.notes)")
  }

  @Test(arguments: [228, 238, 246])
  func `an even grey background is background, however grey`(grey: Int) throws {
    let answer = picture(Self.width, Self.height) { x, y in
      let values = Self.truth.alpha[y * Self.width + x] == 0 ? [grey, grey, grey] : cleanAnswer.rgb(x, y)
      return (values[0], values[1], values[2])
    }
    let made = compose(answer)
    #expect(worstError(made.matte) == 0)
    #expect(try verdict(made).passed)
  }

  @Test func `everything repainted outside the mask is kept out`() throws {
    let mask = Mask(Self.truth).grown(by: 3)
    let answer = Self.source.layer(
      Matte(width: Self.width, height: Self.height, alpha: [UInt8](repeating: 255, count: Self.width * Self.height)))
    let repainted = picture(Self.width, Self.height) { x, y in
      let values = mask.values[y * Self.width + x] == 0 ? [x % 256, 90, 40] : answer.rgb(x, y)
      return (values[0], values[1], values[2])
    }
    let made = compose(repainted, mask: mask)
    #expect(made.picture.rgb(5, 5) == [255, 255, 255])
    for pixel in mask.values.indices where mask.values[pixel] == 0 { #expect(made.matte.alpha[pixel] == 0) }
  }

  @Test func `a subject that was painted anew is a finding with its share`() throws {
    let other = Scene(seed: 77).picture(Self.width, Self.height)
    let redrawn = picture(Self.width, Self.height) { x, y in
      let values = x > 170 && Self.truth.alpha[y * Self.width + x] == 255 ? other.rgb(x, y) : cleanAnswer.rgb(x, y)
      return (values[0] / 2, values[1], values[2])
    }
    let result = try verdict(compose(redrawn))
    #expect(
      result.status == .needsReview && result.notes.contains("does not look like the source"), "\(result.metrics)")
  }

  @Test func `a hole that shows the background is a hole`() {
    let ring = Matte(
      width: Self.width, height: Self.height,
      alpha: zip(Self.truth.alpha, Self.disc(centre: (190, 140), radius: 15).alpha).map { $0 - min($0, $1) })
    let made = compose(Self.source.layer(ring))
    #expect(made.matte.alpha[140 * Self.width + 190] == 0)
    #expect(made.matte.alpha[85 * Self.width + 160] == 255)
  }

  @Test(arguments: [8, 16])
  func `depth, profile and density of the source come through`(depth: Int) {
    var source = Self.source.at(depth: depth)
    source.density = Picture.Density(x: 11_811, y: 11_811)
    let made = source.layer(fromAnswer: cleanAnswer, mask: nil, colours: .source, whiteTolerance: 5)
    #expect(made.picture.density == source.density)
    if case .sixteen(let values) = made.picture.samples { #expect(values[0] == 65_535) }
    #expect(made.picture.rgb(200, 150) == Self.source.rgb(200, 150))
  }

  @Test func `a source with transparency has layers within its own shape`() {
    var samples = [UInt8](repeating: 80, count: 4 * 100)
    for pixel in 0..<100 { samples[4 * pixel + 3] = pixel % 10 < 5 ? 255 : 0 }
    let source = Picture(width: 10, height: 10, channels: 4, samples: .eight(samples))
    let answer = picture(10, 10) { x, _ in x < 8 ? (80, 80, 80) : (255, 255, 255) }
    let made = source.layer(fromAnswer: answer, mask: nil, colours: .source, whiteTolerance: 0)
    #expect(made.picture.rgb(2, 5) == [80, 80, 80] && made.picture.rgb(6, 5) == [255, 255, 255])
  }
}

/// The same for plates.
@Suite struct PlateFaultTests {
  private static let (width, height) = (320, 240)
  private static let clean = Scene().picture(width, height)
  /// The scene with a dark disc that is to go.
  private static let source = picture(width, height) { x, y in
    let values = hole.values[y * width + x] == 0 ? clean.rgb(x, y) : [30, 20, 10]
    return (values[0], values[1], values[2])
  }
  private static let hole: Mask = {
    let grey = (0..<width * height).map { pixel -> UInt8 in
      let (x, y) = (pixel % width - 100, pixel / width - 120)
      return x * x + y * y < 40 * 40 ? 255 : 0
    }
    return Mask(width: width, height: height, thresholding: grey)
  }()

  private func differences(_ plate: Picture, _ other: Picture, where isOn: (Int) -> Bool) -> Int {
    let (made, wanted) = (plate.eightBitRGB(), other.eightBitRGB())
    return (0..<Self.width * Self.height).reduce(0) { worst, pixel in
      guard isOn(pixel) else { return worst }
      return (0..<3).reduce(worst) { max($0, abs(Int(made[3 * pixel + $1]) - Int(wanted[3 * pixel + $1]))) }
    }
  }

  private func verdict(_ made: ComposedPlate, mask: Mask?) throws -> ValidationResult {
    var request = ValidationRequest(kind: .remove)
    request.source = Self.source
    request.mask = mask
    request.registration = made.correction.remaining
    return validate(try encodePNG(made.picture, preset: .fast), request)
  }

  @Test(arguments: [true, false])
  func `a good answer fills the hole and changes nothing else`(masked: Bool) throws {
    let mask = masked ? Self.hole : nil
    let made = Self.source.plate(fromAnswer: Self.clean, mask: mask)
    #expect(differences(made.picture, Self.clean) { _ in true } == 0)
    #expect(try verdict(made, mask: mask).passed)
  }

  @Test(arguments: [true, false])
  func `an answer moved by 3 pixels and 4 levels brighter is put back`(masked: Bool) throws {
    let mask = masked ? Self.hole : nil
    let answer = Scene().picture(Self.width, Self.height, shift: (3, 0), tint: 4)
    let made = Self.source.plate(fromAnswer: answer, mask: mask)
    #expect(made.correction.putBack?.x == 3 && made.correction.putBack?.y == 0)
    #expect(abs(try #require(made.correction.driftTakenOut)[0] - 4) < 0.3)
    #expect(differences(made.picture, Self.clean) { _ in true } <= 1)
    let far = Self.hole.grown(by: 12)
    #expect(differences(made.picture, Self.source) { far.values[$0] == 0 } == 0)
    #expect(try verdict(made, mask: mask).passed)
  }

  @Test func `noise all over stays out of a plate, also without a mask`() throws {
    let answer = try decodePicture(try encodeJPEG(Self.clean, quality: 80)).picture
    let made = Self.source.plate(fromAnswer: answer, mask: nil)
    let far = Self.hole.grown(by: 12)
    #expect(differences(made.picture, Self.source) { far.values[$0] == 0 } == 0)
    #expect(differences(made.picture, Self.clean) { Self.hole.values[$0] != 0 } < 25)
    #expect(try verdict(made, mask: nil).passed)
  }

  @Test func `a zoomed answer is a finding`() throws {
    let answer = Scene().picture(Self.width, Self.height, scale: 1.02)
    let result = try verdict(Self.source.plate(fromAnswer: answer, mask: Self.hole), mask: Self.hole)
    #expect(result.status == .needsReview && result.notes.contains("102.0%"), "\(result.notes)")
  }

  @Test func `everything repainted outside the mask is not taken over`() throws {
    let answer = Scene(seed: 4).picture(Self.width, Self.height)
    let made = Self.source.plate(fromAnswer: answer, mask: Self.hole)
    #expect(differences(made.picture, Self.source) { Self.hole.values[$0] == 0 } == 0)
    #expect(made.correction.measured?.redrawn ?? 0 > 0.3)
  }

  @Test func `a 16-bit source keeps its bits outside the hole`() throws {
    let deep = Self.source.widened
    let made = deep.plate(fromAnswer: Self.clean, mask: Self.hole)
    guard case .sixteen(let plate) = made.picture.samples, case .sixteen(let source) = deep.samples else {
      return #expect(Bool(false), "the depth changed")
    }
    for pixel in Self.hole.values.indices where Self.hole.values[pixel] == 0 {
      guard plate[3 * pixel] == source[3 * pixel] else { return #expect(Bool(false), "pixel \(pixel) changed") }
    }
  }
}
