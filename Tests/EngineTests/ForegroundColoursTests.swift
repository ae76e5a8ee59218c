import Imaging
import Testing

struct ForegroundColoursTests {
  /// A red disc with a soft edge on green, as a camera would see it, with its true matte.
  private func scene() -> (picture: Picture, matte: Matte) {
    let side = 80
    var (values, alpha): ([UInt8], [UInt8]) = ([], [])
    for y in 0..<side {
      for x in 0..<side {
        let far = (Float((x - 40) * (x - 40) + (y - 40) * (y - 40))).squareRoot()
        let share = min(max((28 - far) / 6, 0), 1)
        alpha.append(UInt8(share * 255 + 0.5))
        for (front, back) in [(Float(200), Float(20)), (30, 220), (40, 30)] {
          values.append(UInt8(front * share + back * (1 - share) + 0.5))
        }
      }
    }
    let picture = Picture(width: side, height: side, channels: 3, samples: .eight(values))
    return (picture, Matte(width: side, height: side, alpha: alpha))
  }

  @Test(arguments: [SIMD3(0, 0, 0), [255, 255, 255], [0, 255, 0]])
  func `a soft edge laid on another background shows nothing of the old one`(background: SIMD3<Int>) throws {
    let (picture, matte) = scene()
    let colours = picture.foregroundColours(under: matte).eightBitRGB()
    let before = picture.eightBitRGB()
    var (worst, worstBefore) = (0, 0)
    for pixel in matte.alpha.indices where matte.alpha[pixel] > 0 {
      let alpha = Int(matte.alpha[pixel])
      for (channel, truth) in [200, 30, 40].enumerated() {
        func laid(_ value: Int) -> Int { (value * alpha + background[channel] * (255 - alpha)) / 255 }
        worst = max(worst, abs(laid(Int(colours[pixel * 3 + channel])) - laid(truth)))
        worstBefore = max(worstBefore, abs(laid(Int(before[pixel * 3 + channel])) - laid(truth)))
      }
    }
    #expect(worstBefore > 40)
    #expect(worst < 8)
  }

  @Test func `whole and absent pixels stay bit-equal`() {
    let (picture, matte) = scene()
    let (colours, before) = (picture.foregroundColours(under: matte).eightBitRGB(), picture.eightBitRGB())
    let changed = matte.alpha.indices.contains { pixel in
      (matte.alpha[pixel] == 0 || matte.alpha[pixel] == 255)
        && (0..<3).contains { colours[pixel * 3 + $0] != before[pixel * 3 + $0] }
    }
    #expect(!changed)
  }
}
