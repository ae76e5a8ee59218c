import Imaging
import Model
import Testing

/// DESIGN section 5, row by row.
@Suite struct ValidationTests {
  /// A 100 × 100 picture on white with a grey square of `side` in its middle.
  private func subject(side: Int = 40, sixteen: Bool = false) -> Picture {
    let range = 50 - side / 2..<50 - side / 2 + side
    let square = picture(100, 100) { x, y in range.contains(x) && range.contains(y) ? (90, 120, 60) : (255, 255, 255) }
    return sixteen ? square.widened : square
  }

  private func check(
    _ picture: Picture, _ kind: StepType = .extract, _ change: (inout ValidationRequest) -> Void = { _ in }
  )
    throws -> ValidationResult
  {
    var request = ValidationRequest(kind: kind)
    change(&request)
    return validate(try encodePNG(picture, preset: .fast), request)
  }

  @Test(arguments: [false, true])
  func `a clean layer passes with its numbers`(sixteen: Bool) throws {
    let picture = subject(sixteen: sixteen)
    let result = try check(picture) { $0.source = picture }
    #expect(result.passed && result.status == .success && result.notes.isEmpty)
    #expect(result.metrics["nonwhite_ratio"] == .number(0.16))
    #expect(result.metrics["off_white_pixels"] == .integer(0))
    #expect(result.metrics["white_purity"] == .number(1))
    #expect(result.metrics["size_match"] == .bool(true))
    #expect(result.metrics["top_band_nonwhite"] == .number(0))
    #expect(result.metrics["bottom_band_nonwhite"] == .number(0))
  }

  @Test func `the bands are the top and bottom tenth`() throws {
    let result = try check(picture(50, 50) { x, y in y < 5 && x < 25 || y == 49 ? (0, 0, 0) : (255, 255, 255) })
    #expect(result.metrics["top_band_nonwhite"] == .number(0.5))
    #expect(result.metrics["bottom_band_nonwhite"] == .number(0.2))
  }

  @Test func `a file that does not decode fails in words`() {
    let result = validate(Array("no picture".utf8), ValidationRequest(kind: .extract))
    #expect(result.status == .failed && result.notes.contains("a text file"))
    let short = validate([0x89, 0x50, 0x4E, 0x47], ValidationRequest(kind: .extract))
    #expect(short.status == .failed && short.notes.contains("before it is complete"))
  }

  @Test(arguments: [StepType.extract, .remove, .backgroundRemove])
  func `one pixel that is not opaque fails`(kind: StepType) throws {
    var samples = [UInt8](repeating: 100, count: 4 * 400)
    for alpha in stride(from: 3, to: samples.count, by: 4) { samples[alpha] = 255 }
    samples[403] = 254
    let seeThrough = Picture(width: 20, height: 20, channels: 4, samples: .eight(samples))
    let result = try check(seeThrough, kind)
    #expect(result.status == .failed && result.metrics["transparent_pixels"] == .integer(1))
    #expect(result.notes.hasPrefix("1 pixel is transparent"))
    #expect(try check(seeThrough, kind) { $0.allowsAlpha = true }.metrics["transparent_pixels"] == nil)
  }

  @Test func `at 16 bits the smallest transparency counts`() throws {
    var samples = [UInt16](repeating: 30_000, count: 4 * 400)
    for alpha in stride(from: 3, to: samples.count, by: 4) { samples[alpha] = 65_535 }
    samples[403] = 65_534
    let result = try check(Picture(width: 20, height: 20, channels: 4, samples: .sixteen(samples)))
    #expect(result.status == .failed && result.metrics["transparent_pixels"] == .integer(1))
  }

  @Test(arguments: [StepType.extract, .remove, .backgroundRemove])
  func `another size than the source fails`(kind: StepType) throws {
    let result = try check(subject(), kind) { $0.source = picture(100, 99) { _, _ in (0, 0, 0) } }
    #expect(result.status == .failed && result.metrics["size_match"] == .bool(false))
    #expect(result.notes.contains("100 × 100") && result.notes.contains("100 × 99"))
  }

  @Test(arguments: [StepType.reframe, .upscale])
  func `reframing and upscaling may change the size`(kind: StepType) throws {
    let wide = picture(160, 90) { _, _ in (9, 9, 9) }
    #expect(try check(wide, kind) { $0.source = picture(10, 10) { _, _ in (0, 0, 0) } }.passed)
  }

  @Test(arguments: [
    (StepType.extract, 9, StepStatus.needsReview), (.extract, 10, .success), (.extract, 70, .success),
    (.extract, 72, .needsReview), (.backgroundRemove, 72, .success), (.backgroundRemove, 90, .needsReview),
    (.remove, 44, .needsReview), (.remove, 46, .success), (.remove, 100, .success), (.extract, 0, .failed),
    (.backgroundRemove, 0, .failed), (.remove, 0, .failed),
  ])
  func `the share of what is not white is limited`(kind: StepType, side: Int, status: StepStatus) throws {
    let result = try check(subject(side: side), kind)
    #expect(result.status == status)
    #expect(result.passed == (status == .success))
    #expect(result.notes.isEmpty == result.passed)
    if status == .needsReview {
      let share = (Double(side * side) / 10).rounded() / 10
      #expect(result.notes.hasPrefix(share == share.rounded() ? "\(Int(share))%" : "\(share)%"))
    }
  }

  @Test(arguments: [false, true])
  func `one nearly white pixel fails four pixels from the subject, and passes at three`(sixteen: Bool) throws {
    // The subject's left edge is column 30.
    let haze = sixteen ? [65_534, 65_535, 65_535] : [255, 254, 255]
    let near = try check(subject(sixteen: sixteen).setting(27, 50, to: haze))
    #expect(near.passed && near.metrics["off_white_pixels"] == .integer(0))
    let far = try check(subject(sixteen: sixteen).setting(26, 50, to: haze))
    #expect(far.status == .needsReview && far.metrics["off_white_pixels"] == .integer(1))
    #expect(far.notes.contains("1 background pixel is nearly white"))
  }

  @Test(arguments: [false, true])
  func `240 is nearly white, 239 is content`(sixteen: Bool) throws {
    let scale = sixteen ? 257 : 1
    let base = subject(sixteen: sixteen)
    let nearly = try check(base.setting(5, 5, to: [240 * scale, 255 * scale, 255 * scale]))
    #expect(nearly.metrics["off_white_pixels"] == .integer(1))
    let content = try check(base.setting(5, 5, to: [240 * scale - 1, 255 * scale, 255 * scale]))
    #expect(content.metrics["off_white_pixels"] == .integer(0))
    #expect(content.metrics["content_pixels"] == .integer(1601))
  }

  @Test func `haze is seen diagonally as well, and behind a line one pixel wide`() throws {
    #expect(try check(subject().setting(27, 27, to: [250, 250, 250])).passed)
    #expect(!(try check(subject().setting(26, 26, to: [250, 250, 250])).passed))
    // Beyond a diagonal line that a 4-connected search could not cross.
    let behind = picture(100, 100) { x, y in
      if x + y == 60 { return (0, 0, 0) }
      return x < 20 && y < 20 && x + y > 10 ? (250, 250, 250) : (255, 255, 255)
    }
    #expect(!(try check(behind).passed))
  }

  /// A red square on `paper`, and its plate.
  private func onPaper(_ paper: Int) -> (source: Picture, mask: Mask, plate: Picture) {
    let isInside = { (x: Int, y: Int) in (40..<60).contains(x) && (40..<60).contains(y) }
    let source = picture(100, 100) { x, y in isInside(x, y) ? (200, 50, 40) : (paper, paper, paper) }
    let values = (0..<10_000).map { isInside($0 % 100, $0 / 100) ? UInt8(255) : 0 }
    return (
      source, Mask(width: 100, height: 100, thresholding: values), picture(100, 100) { _, _ in (paper, paper, paper) }
    )
  }

  @Test(arguments: [(255, true), (250, true), (255, false), (250, false)])
  func `an object on white paper leaves a white plate`(paper: Int, hasMask: Bool) {
    let scene = onPaper(paper)
    var request = ValidationRequest(kind: .remove)
    request.source = scene.source
    request.mask = hasMask ? scene.mask : nil
    let verdict = validate(scene.plate, request)
    #expect(verdict.passed, "\(verdict.notes)")
  }

  @Test func `a white plate of a picture that is not white around the object fails`() {
    let scene = onPaper(200)
    var request = ValidationRequest(kind: .remove)
    request.source = scene.source
    #expect(validate(picture(100, 100) { _, _ in (255, 255, 255) }, request).status == .failed)
  }

  @Test func `a white shirt inside a figure is content, not haze`() throws {
    let shirt = picture(100, 100) { x, y in
      let inside = (35..<65).contains(x) && (35..<65).contains(y)
      let figure = (30..<70).contains(x) && (30..<70).contains(y)
      return inside ? (250, 251, 249) : figure ? (60, 60, 90) : (255, 255, 255)
    }
    let result = try check(shirt)
    #expect(result.passed && result.metrics["off_white_pixels"] == .integer(0))
    #expect(result.metrics["nonwhite_ratio"] == .number(0.16))
  }

  @Test func `a matte says what is background, also where white touches white`() throws {
    // A nearly white figure without any outline: without its matte it is all haze.
    let pale = picture(100, 100) { x, y in
      if (60..<80).contains(x), (30..<70).contains(y) { return (80, 80, 80) }
      return (30..<60).contains(x) && (30..<70).contains(y) ? (250, 250, 250) : (255, 255, 255)
    }
    #expect(!(try check(pale).passed))
    let alpha = (0..<10_000).map { (30..<80).contains($0 % 100) && (30..<70).contains($0 / 100) ? UInt8(255) : 0 }
    #expect(try check(pale) { $0.matte = Matte(width: 100, height: 100, alpha: alpha) }.passed)
  }

  @Test func `a veil that the matte barely keeps is haze too`() throws {
    let veiled = subject().setting(5, 5, to: [252, 252, 252])
    var alpha = (0..<10_000).map { (30..<70).contains($0 % 100) && (30..<70).contains($0 / 100) ? UInt8(255) : 0 }
    alpha[5 * 100 + 5] = 9
    let result = try check(veiled) { $0.matte = Matte(width: 100, height: 100, alpha: alpha) }
    #expect(result.status == .needsReview && result.metrics["off_white_pixels"] == .integer(1))
  }

  @Test(arguments: [(8, 8), (8, 16), (16, 8), (16, 16)])
  func `outside its mask a plate is bit-equal to the source, at any depth`(plateDepth: Int, sourceDepth: Int) throws {
    let base = picture(20, 20) { x, y in (x * 9, y * 9, 40) }
    let source = sourceDepth == 16 ? base.widened : base
    let plate = plateDepth == 16 ? base.widened : base
    var grey = [UInt8](repeating: 0, count: 400)
    grey[5 * 20 + 5] = 255
    let mask = Mask(width: 20, height: 20, thresholding: grey)
    func result(_ plate: Picture) throws -> ValidationResult {
      try check(plate, .remove) {
        $0.source = source
        $0.mask = mask
      }
    }
    let other = [1, 2, 3]
    #expect(try result(plate.setting(5, 5, to: other)).passed)
    let broken = try result(plate.setting(6, 5, to: other).setting(5, 6, to: other))
    #expect(broken.status == .failed && broken.metrics["changed_outside_mask"] == .integer(2))
    #expect(broken.notes.contains("2 pixels are changed outside the mask"))
  }

  @Test func `a 16-bit source notices the last bit`() throws {
    let source = picture(20, 20) { _, _ in (90, 90, 90) }.widened
    let result = try check(source.setting(3, 3, to: [90 * 257 + 1, 90 * 257, 90 * 257]), .remove) {
      $0.source = source
      $0.mask = Mask(width: 20, height: 20, thresholding: [UInt8](repeating: 0, count: 400))
    }
    #expect(result.metrics["changed_outside_mask"] == .integer(1))
  }

  @Test(arguments: [(160, 90, true), (1600, 915, true), (1600, 917, false), (1600, 886, true), (100, 100, false)])
  func `a reframed picture keeps its aspect within 0.03`(width: Int, height: Int, passes: Bool) throws {
    let result = try check(picture(width, height) { _, _ in (50, 50, 50) }, .reframe)
    #expect(result.status == (passes ? .success : .needsReview))
  }

  @Test func `a 1 × 1 picture and a 1 pixel wide one are judged as well`() throws {
    #expect(try check(picture(1, 1) { _, _ in (0, 0, 0) }).status == .needsReview)
    #expect(try check(picture(1, 200) { _, y in y < 20 ? (0, 0, 0) : (255, 255, 255) }).passed)
    #expect(try check(picture(200, 1) { x, _ in x == 100 ? (250, 250, 250) : (255, 255, 255) }).status == .failed)
  }
}
