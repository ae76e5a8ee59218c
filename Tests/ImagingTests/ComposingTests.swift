import Imaging
import Model
import Testing

@Suite struct ComposingTests {
  private func matte(_ width: Int, _ height: Int, _ alpha: (Int, Int) -> Int) -> Matte {
    Matte(width: width, height: height, alpha: (0..<height).flatMap { y in (0..<width).map { UInt8(alpha($0, y)) } })
  }

  @Test(arguments: [8, 16])
  func `a layer is bit-equal to the source inside and exactly white outside`(depth: Int) {
    var source = noise(32, 32, depth: depth)
    source.profile = [1, 2, 3]
    source.density = Picture.Density(x: 3000, y: 3000)
    let layer = source.layer(matte(32, 32) { x, _ in x < 16 ? 255 : 0 })
    #expect(layer.profile == source.profile && layer.density == source.density)
    for pixel in 0..<32 * 32 {
      for channel in 0..<3 {
        switch (layer.samples, source.samples) {
        case (.eight(let made), .eight(let given)):
          #expect(made[pixel * 3 + channel] == (pixel % 32 < 16 ? given[pixel * 3 + channel] : 255))
        case (.sixteen(let made), .sixteen(let given)):
          #expect(made[pixel * 3 + channel] == (pixel % 32 < 16 ? given[pixel * 3 + channel] : 65_535))
        default: #expect(Bool(false), "the depth changed")
        }
      }
    }
  }

  @Test func `between them it is mixed with white`() {
    let layer = picture(1, 1) { _, _ in (55, 155, 255) }.layer(matte(1, 1) { _, _ in 51 })
    #expect(layer.rgb(0, 0) == [215, 235, 255])
  }

  @Test(arguments: [8, 16])
  func `a cut-out has the source's colours and the matte as alpha`(depth: Int) {
    let source = noise(16, 16, depth: depth)
    let matte = matte(16, 16) { x, y in x * 16 + y }
    let cutout = source.cutout(matte)
    #expect(cutout.alphaChannel() == matte.alpha)
    switch (cutout.samples, source.samples) {
    case (.eight(let made), .eight(let given)):
      for pixel in 1..<256 { #expect(made[pixel * 4] == given[pixel * 3]) }
      #expect(made[0..<4] == [0, 0, 0, 0])
    case (.sixteen(let made), .sixteen(let given)):
      for pixel in 1..<256 { #expect(made[pixel * 4 + 2] == given[pixel * 3 + 2]) }
      #expect(made[255 * 4 + 3] == 65_535)
    default: #expect(Bool(false), "the depth changed")
    }
  }

  @Test(arguments: [8, 16])
  func `a cut-out over white is its layer`(depth: Int) {
    let source = noise(16, 16, depth: depth)
    let matte = matte(16, 16) { x, y in x * 16 + y }
    let (layer, over) = (source.layer(matte).eightBitRGB(), source.cutout(matte).eightBitRGB())
    #expect(zip(layer, over).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test(arguments: [8, 16])
  func `white is enforced where the tolerance reaches and the matte leaves out, nowhere else`(depth: Int) {
    let base = picture(4, 1) { x, _ in [(250, 255, 252), (249, 255, 255), (252, 252, 252), (0, 0, 0)][x] }
    var layer = depth == 16 ? base.widened : base
    layer.enforceWhite(tolerance: 5, matte: matte(4, 1) { x, _ in x == 2 ? 255 : 0 })
    #expect(layer.rgb(0, 0) == [255, 255, 255])
    #expect(layer.rgb(1, 0) == [249, 255, 255])
    #expect(layer.rgb(2, 0) == [252, 252, 252])
    #expect(layer.rgb(3, 0) == [0, 0, 0])
    var untouched = base
    untouched.enforceWhite(tolerance: 0, matte: matte(4, 1) { _, _ in 0 })
    #expect(untouched == base)
  }

  @Test(arguments: [(8, 8), (8, 16), (16, 8), (16, 16)])
  func `a plate is filled inside its mask and bit-equal outside, at the source's depth`(source: Int, fill: Int) {
    let base = noise(20, 20, depth: source, seed: 1)
    let mask = Mask(width: 20, height: 20, thresholding: (0..<400).map { $0 % 20 < 10 ? 255 : 0 })
    let plate = base.plate(filledFrom: picture(20, 20) { _, _ in (7, 8, 9) }.at(depth: fill), in: mask)
    #expect(plate.rgb(3, 3) == [7, 8, 9])
    switch (plate.samples, base.samples) {
    case (.eight(let made), .eight(let given)): for at in 30..<60 { #expect(made[at] == given[at]) }
    case (.sixteen(let made), .sixteen(let given)): for at in 30..<60 { #expect(made[at] == given[at]) }
    default: #expect(Bool(false), "the depth changed")
    }
  }

  @Test func `the matte of an answer is its alpha, or what is not background`() {
    let clear = Picture(width: 2, height: 1, channels: 4, samples: .eight([9, 9, 9, 70, 9, 9, 9, 255]))
    #expect(Matte(ofAnswer: clear).alpha == [70, 255])
    let opaque = picture(9, 9) { x, y in
      if x == 4, y == 4 { return (255, 255, 255) }
      return (2...6).contains(x) && (2...6).contains(y) ? (20, 20, 20) : (253, 253, 253)
    }
    let found = Matte(ofAnswer: opaque)
    #expect(found.alpha[4 * 9 + 4] == 255)
    #expect(found.alpha.count { $0 == 255 } == 25)
  }

  @Test(arguments: [8, 16])
  func `a layer whose colours were estimated is cleared of haze`(depth: Int) throws {
    // A pale thing on dark ground: the colours of its soft edge are estimated as pale as it is.
    func reaches(_ x: Int, _ y: Int, by margin: Int) -> Bool {
      (20 - margin..<40 + margin).contains(x) && (20 - margin..<40 + margin).contains(y)
    }
    var veil = matte(60, 60) { x, y in reaches(x, y, by: 0) ? 255 : reaches(x, y, by: 6) ? 60 : 0 }
    let source = picture(60, 60) { x, y in reaches(x, y, by: 0) ? (246, 248, 246) : (90, 80, 70) }.at(depth: depth)
    var layer = source.foregroundColours(under: veil).layer(veil)
    func haze() throws -> Double? {
      var checks = ValidationRequest(kind: .extract)
      checks.matte = veil
      return validate(try encodePNG(layer, preset: .fast), checks).metrics["off_white_pixels"]?.double
    }
    #expect(try haze() ?? 0 > 0)
    let firm = veil.alpha.indices.filter { veil.alpha[$0] == 255 }
    let before = firm.map { layer.rgb($0 % 60, $0 / 60) }
    layer.clearHaze(under: &veil)
    #expect(try haze() == 0)
    #expect(firm.map { layer.rgb($0 % 60, $0 / 60) } == before && firm.allSatisfy { veil.alpha[$0] == 255 })
  }

  @Test func `outside the mask nothing is kept`() {
    let mask = Mask(width: 2, height: 1, thresholding: [0, 255])
    #expect(matte(2, 1) { _, _ in 200 }.limited(to: mask).alpha == [0, 200])
    #expect(matte(2, 1) { _, _ in 200 }.limited(to: nil).alpha == [200, 200])
  }

  @Test(arguments: [8, 16])
  func `a layer without its white is its cut-out again`(depth: Int) {
    let source = noise(16, 16, depth: depth)
    let matte = matte(16, 16) { x, y in x * 16 + y }
    let cutout = source.layer(matte).withoutWhite(matte)
    #expect(cutout.alphaChannel() == matte.alpha)
    for pixel in 0..<256 where matte.alpha[pixel] == 255 {
      #expect(cutout.rgb(pixel % 16, pixel / 16) == source.rgb(pixel % 16, pixel / 16))
    }
    let (layer, over) = (source.layer(matte).eightBitRGB(), cutout.eightBitRGB())
    #expect(zip(layer, over).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test(arguments: [8, 16])
  func `layers over the plate rebuild the source`(depth: Int) throws {
    let source = noise(40, 40, depth: depth)
    let left = matte(40, 40) { x, _ in x < 25 ? 255 : 0 }
    let right = matte(40, 40) { x, _ in x >= 15 ? 255 : 0 }
    var rebuild = Rebuild(plate: picture(40, 40) { _, _ in (128, 128, 128) }.at(depth: depth))
    rebuild.paint(source.cutout(right))
    rebuild.paint(source.cutout(left))
    #expect(rebuild.picture.samples == source.samples)
    #expect(rebuild.proof(against: source).psnr == nil && rebuild.proof(against: source).maxError == 0)
  }

  @Test func `the proof counts every channel of every pixel`() throws {
    let source = picture(40, 40) { x, y in (x, y, 9) }
    let proof = Rebuild(plate: source.setting(3, 4, to: [13, 4, 9])).proof(against: source)
    #expect(proof.maxError == 10)
    // One channel of 4800 off by 10: 10 · log10(255² · 4800 / 100).
    #expect(abs(try #require(proof.psnr) - 64.9434) < 0.001)
    let heat = Rebuild(plate: source.setting(3, 4, to: [13, 4, 9])).differences(from: source)
    #expect(heat.rgb(3, 4) != [0, 0, 0] && heat.rgb(5, 5) == [0, 0, 0])
  }

  @Test(arguments: [8, 16])
  func `what no layer shows, such as a shadow, gives the source back over the plate`(depth: Int) throws {
    let plate = picture(30, 30) { x, y in (120 + x, 200 - y, 90) }.at(depth: depth)
    let source = picture(30, 30) { x, y in
      if x < 10 { return ((120 + x) * 6 / 10, (200 - y) * 6 / 10, 54) }
      return x < 20 ? (120 + x, 200 - y, 90) : (250, 240, 230)
    }.at(depth: depth)
    let nothing = Matte(nothingOf: source.size)
    let shadows = try #require(
      source.remainder(over: plate, beneath: Rebuild(black: source).picture, covered: nothing))
    #expect(shadows.alphaChannel()[15 * 30 + 15] == 0)
    #expect(abs(Int(shadows.alphaChannel()[15 * 30 + 5]) - 102) <= 2)
    var rebuild = Rebuild(plate: plate)
    rebuild.paint(shadows)
    #expect(rebuild.proof(against: source).maxError <= 1)
    #expect(plate.remainder(over: plate, beneath: Rebuild(black: plate).picture, covered: nothing) == nil)
  }
}
