import Imaging
import Model
import Testing

/// The strict check against the words of DESIGN section 5, taken literally pixel by pixel, on pictures made by chance.
@Suite struct StrictCheckTests {
  /// Patches of pure white, nearly white and content, with single stray pixels; 16 bits where asked.
  private static func chance(_ width: Int, _ height: Int, pale: Double, seed: UInt64) -> Picture {
    var dice = Dice(seed)
    var kinds = [Int](repeating: 0, count: width * height)
    for _ in 0..<40 {
      let (left, top) = (Int.random(in: 0..<width, using: &dice), Int.random(in: 0..<height, using: &dice))
      let kind = Double.random(in: 0..<1, using: &dice) < pale ? 1 : Int.random(in: 0...2, using: &dice)
      for y in top..<min(height, top + Int.random(in: 1...30, using: &dice)) {
        for x in left..<min(width, left + 1 + Int(dice.next() % 90)) { kinds[y * width + x] = kind }
      }
    }
    for _ in 0..<30 { kinds[Int.random(in: 0..<kinds.count, using: &dice)] = Int.random(in: 0...2, using: &dice) }
    return picture(width, height) { x, y in
      switch kinds[y * width + x] {
      case 0: return (255, 255, 255)
      case 1: return (Int.random(in: 240...254, using: &dice), 255, Int.random(in: 240...255, using: &dice))
      default: return (Int.random(in: 0...255, using: &dice), Int.random(in: 0...239, using: &dice), 255)
      }
    }
  }

  /// The numbers as the definitions have them.
  private struct Truth {
    var (content, near, background, whiteBackground, offWhite) = (0, 0, 0, 0, 0)

    init(_ picture: Picture, matte: Matte?) {
      let (width, height) = (picture.width, picture.height)
      let rgb = picture.eightBitRGB()
      let kinds = (0..<width * height).map { pixel -> Int in
        let values = rgb[3 * pixel..<3 * pixel + 3]
        return values.allSatisfy { $0 == 255 } ? 0 : values.contains { $0 < 240 } ? 2 : 1
      }
      func around(_ pixel: Int, by reach: Int) -> [Int] {
        let (x, y) = (pixel % width, pixel / width)
        let rows = max(0, y - reach)...min(height - 1, y + reach)
        return rows.flatMap { row in
          (max(0, x - reach)...min(width - 1, x + reach)).map { row * width + $0 }
        }
      }
      var reached = kinds.indices.map { pixel in
        let (x, y) = (pixel % width, pixel / width)
        return kinds[pixel] != 2 && (x == 0 || y == 0 || x == width - 1 || y == height - 1)
      }
      var waiting = reached.indices.filter { reached[$0] }
      while let pixel = waiting.popLast() {
        for other in around(pixel, by: 1) where kinds[other] != 2 && !reached[other] {
          reached[other] = true
          waiting.append(other)
        }
      }
      for pixel in kinds.indices {
        let isBackground = matte.map { $0.alpha[pixel] == 0 } ?? reached[pixel]
        let isOpen = matte.map { $0.alpha[pixel] < 128 } ?? reached[pixel]
        content += kinds[pixel] == 2 ? 1 : 0
        near += kinds[pixel] == 1 ? 1 : 0
        background += isBackground ? 1 : 0
        whiteBackground += isBackground && kinds[pixel] == 0 ? 1 : 0
        if kinds[pixel] == 1, isOpen, !around(pixel, by: 3).contains(where: { kinds[$0] == 2 }) { offWhite += 1 }
      }
    }
  }

  @Test(arguments: [(131, 67), (64, 40), (200, 9), (1, 50), (63, 63)], [0.2, 0.9])
  func `every number is what the definitions say`(size: (Int, Int), pale: Double) {
    for seed in UInt64(1)...4 {
      let drawn = Self.chance(size.0, size.1, pale: pale, seed: seed)
      var dice = Dice(seed + 100)
      let alpha = (0..<drawn.pixelCount).map { _ in [0, 0, 40, 127, 128, 255][Int(dice.next() % 6)] as UInt8 }
      let left = Matte(width: drawn.width, height: drawn.height, alpha: (0..<alpha.count).map { alpha[$0 / 70 * 70] })
      for matte in [nil, left] {
        let truth = Truth(drawn, matte: matte)
        for picture in [drawn, drawn.widened] {
          var request = ValidationRequest(kind: .extract)
          request.matte = matte
          let metrics = validate(picture, request).metrics
          #expect(metrics["content_pixels"] == .integer(truth.content))
          #expect(metrics["near_white_pixels"] == .integer(truth.near))
          #expect(metrics["background_pixels"] == .integer(truth.background))
          #expect(metrics["off_white_pixels"] == .integer(truth.offWhite))
          let purity = truth.background == 0 ? 1 : Double(truth.whiteBackground) / Double(truth.background)
          #expect(metrics["white_purity"] == .number(purity))
        }
      }
    }
  }

  @Test(arguments: [8, 16])
  func `what changed outside the mask is counted to the pixel`(depth: Int) {
    var dice = Dice(5)
    let source = noise(150, 40, depth: depth)
    let mask = Mask(width: 150, height: 40, thresholding: (0..<6000).map { $0 / 75 % 3 == 0 ? 255 : 0 })
    var (plate, outside) = (source, Set<Int>())
    for _ in 0..<200 {
      let pixel = Int.random(in: 0..<6000, using: &dice)
      let (x, y) = (pixel % 150, pixel / 150)
      var colour: [Int] =
        switch plate.samples {
        case .eight(let values): values[3 * pixel..<3 * pixel + 3].map(Int.init)
        case .sixteen(let values): values[3 * pixel..<3 * pixel + 3].map(Int.init)
        }
      if outside.contains(pixel) || mask.values[pixel] != 0 { continue }
      colour[pixel % 3] ^= 1
      plate = plate.setting(x, y, to: colour)
      outside.insert(pixel)
    }
    plate = plate.setting(0, 0, to: [1, 2, 3])
    var request = ValidationRequest(kind: .remove)
    request.source = source
    request.mask = mask
    let result = validate(plate, request)
    #expect(result.metrics["changed_outside_mask"] == .integer(outside.count) && result.status == .failed)
  }
}
