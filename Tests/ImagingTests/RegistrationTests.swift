import Glibc
import Imaging
import Testing

/// A scene that can be drawn anywhere: hills of many sizes, as a photograph has.
struct Scene {
  private var waves: [(x: Double, y: Double, phase: Double, height: Double)] = []

  init(seed: UInt64 = 5) {
    var dice = Dice(seed)
    for octave in 0..<6 {
      for _ in 0..<3 {
        let pace = 0.02 * Double(1 << octave)
        waves.append(
          (
            .random(in: -pace...pace, using: &dice), .random(in: -pace...pace, using: &dice),
            .random(in: 0...6.28, using: &dice), 14 / Double(octave + 1).squareRoot()
          ))
      }
    }
  }

  /// The scene as a camera moved by `shift` and zoomed by `scale` about the centre sees it, `tint` levels brighter.
  func picture(_ width: Int, _ height: Int, shift: (Double, Double) = (0, 0), scale: Double = 1, tint: Int = 0)
    -> Picture
  {
    let (centreX, centreY) = (Double(width - 1) / 2, Double(height - 1) / 2)
    return ImagingTests.picture(width, height) { x, y in
      let atX = centreX + (Double(x) - shift.0 - centreX) / scale
      let atY = centreY + (Double(y) - shift.1 - centreY) / scale
      let value = waves.reduce(120.0) { $0 + $1.height * sin($1.x * atX + $1.y * atY + $1.phase) }
      let base = Int(value.rounded()) + tint
      return (clamp(base), clamp(base - 20), clamp(base + 15))
    }
  }
}

private func clamp(_ value: Int) -> Int { max(0, min(255, value)) }

@Suite struct RegistrationTests {
  private let scene = Scene()
  private let everywhere = Mask(width: 320, height: 240, thresholding: [UInt8](repeating: 255, count: 320 * 240))
  private var source: Picture { scene.picture(320, 240) }

  /// A disc that covers about a fifth of the picture.
  private var disc: Mask {
    let grey = (0..<320 * 240).map { pixel -> UInt8 in
      let (x, y) = (pixel % 320 - 180, pixel / 320 - 110)
      return x * x + y * y < 70 * 70 ? 255 : 0
    }
    return Mask(width: 320, height: 240, thresholding: grey)
  }

  @Test func `the source itself is exact`() {
    #expect(source.registration(on: source, where: everywhere) == .exact)
  }

  @Test(arguments: [(3.0, 0.0), (-3, 2), (0.4, -0.7), (11.5, 6.25), (-17, 0), (0.1, 0)])
  func `a shift is measured to a tenth of a pixel`(x: Double, y: Double) throws {
    for mask in [everywhere, disc] {
      let answer = scene.picture(320, 240, shift: (x, y))
      let found = try #require(answer.registration(on: source, where: mask))
      let shift = try #require(found.shift)
      #expect(abs(shift.x - x) < 0.1 && abs(shift.y - y) < 0.1, "\(shift)")
      #expect(try #require(found.scale).error < 0.001, "\(found)")
      #expect(found.redrawn < 0.01)
    }
  }

  @Test(arguments: [1.02, 0.98, 1.001, 1.06, 0.93])
  func `a scale is measured to a tenth of a percent`(scale: Double) throws {
    for mask in [everywhere, disc] {
      let answer = scene.picture(320, 240, scale: scale)
      let found = try #require(answer.registration(on: source, where: mask))
      let measured = try #require(found.scale)
      #expect(abs(measured.x - scale) < 0.001 && abs(measured.y - scale) < 0.001, "\(measured)")
      #expect(try #require(found.shift).length < 0.1, "\(found)")
    }
  }

  @Test(arguments: [4, -7])
  func `a tint is measured in levels, also under a shift`(tint: Int) throws {
    let answer = scene.picture(320, 240, shift: (2.5, -1), tint: tint)
    let found = try #require(answer.registration(on: source, where: everywhere))
    for drift in found.drift { #expect(abs(drift - Double(tint)) < 0.3, "\(found)") }
    #expect(abs(try #require(found.shift).x - 2.5) < 0.1)
  }

  @Test func `JPEG noise is neither a shift nor a drift nor redrawn`() throws {
    let answer = try decodePicture(try encodeJPEG(source, quality: 75)).picture
    let found = try #require(answer.registration(on: source, where: everywhere))
    #expect(try #require(found.shift).length < 0.1 && found.largestDrift < 1 && found.redrawn < 0.01, "\(found)")
  }

  @Test func `another scene in a part of the picture is redrawn, and does not disturb the rest`() throws {
    let other = Scene(seed: 99).picture(320, 240)
    let moved = scene.picture(320, 240, shift: (3, 0))
    let mixed = picture(320, 240) { x, y in
      let values = x < 96 ? other.rgb(x, y) : moved.rgb(x, y)
      return (values[0], values[1], values[2])
    }
    let found = try #require(mixed.registration(on: source, where: everywhere))
    #expect(abs(try #require(found.shift).x - 3) < 0.1, "\(found)")
    #expect(found.redrawn > 0.1 && found.redrawn < 0.32, "\(found)")
  }

  @Test func `another scene altogether is redrawn`() throws {
    let found = try #require(Scene(seed: 99).picture(320, 240).registration(on: source, where: everywhere))
    #expect(found.redrawn > 0.3, "\(found)")
  }

  @Test func `a plain surface has no shift to measure`() throws {
    let plain = picture(320, 240) { _, _ in (90, 90, 90) }
    let brighter = picture(320, 240) { _, _ in (94, 94, 94) }
    let found = try #require(brighter.registration(on: plain, where: everywhere))
    #expect(found.shift == nil && found.scale == nil)
    #expect(abs(found.drift[0] - 4) < 0.3)
    #expect(
      plain.registration(
        on: plain, where: Mask(width: 320, height: 240, thresholding: [UInt8](repeating: 0, count: 76_800))) == nil)
  }

  @Test func `a large picture is measured as well as a small one`() throws {
    let large = scene.picture(1500, 400)
    let mask = Mask(width: 1500, height: 400, thresholding: [UInt8](repeating: 255, count: 600_000))
    let found = try #require(scene.picture(1500, 400, shift: (3, -2)).registration(on: large, where: mask))
    let shift = try #require(found.shift)
    #expect(abs(shift.x - 3) < 0.1 && abs(shift.y + 2) < 0.1, "\(found)")
  }

  @Test(arguments: [8, 16])
  func `a picture moved by whole pixels is bit-equal where both have pixels`(depth: Int) {
    let base = noise(20, 10, channels: 4, depth: depth)
    let there = base.moved(x: 3, y: -2)
    #expect(there.moved(x: -3, y: 2).rgb(8, 5) == base.rgb(8, 5))
    #expect(there.rgb(10, 4) == base.rgb(7, 6))
    #expect(there.rgb(0, 4) == base.rgb(0, 6))
    #expect(base.moved(x: 0, y: 0) == base)
  }
}
