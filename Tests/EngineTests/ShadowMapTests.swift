import Imaging
import Testing

@testable import Engine

/// Shade beside an object on a background that is not plain, and the gap between the two.
struct ShadowMapTests {
  private let width = 320
  private let height = 240

  /// A dark disc at (140, 120) of radius 40 with a bright rim, and shade from the rim on to its right.
  private func map(rim: Int, shade: Float) -> ShadowMap {
    var picture = RGB(width: width, height: height, values: [])
    var object: [Bool] = []
    for y in 0..<height {
      for x in 0..<width {
        let far = (Float((x - 140) * (x - 140) + (y - 120) * (y - 120))).squareRoot()
        object.append(far <= 40)
        let grain = Float((x &* 7919 &+ y &* 104_729 &+ (x &* y) &* 31) % 7) - 3
        var colour: SIMD3<Float> = SIMD3(170, 140, 110) + 3 * SIMD3(repeating: grain)
        let isShaded = x > 140 && abs(y - 120) < 36 && x < 206
        if isShaded { colour *= 1 - shade }
        if far <= 40 { colour = [60, 40, 90] } else if far <= Float(40 + rim) { colour = [190, 150, 120] }
        for channel in 0..<3 { picture.values.append(UInt8(min(max(colour[channel], 0), 255))) }
      }
    }
    return ShadowMap(picture: picture, object: object, others: nil)
  }

  private func isOn(_ shade: [Bool], _ x: Int, _ y: Int) -> Bool { shade[y * width + x] }

  @Test func `shade beside an object is found, and the lit ground on its other side is not`() throws {
    let shade = try #require(try map(rim: 0, shade: 0.35).textured(reach: 40))
    #expect(isOn(shade, 192, 120))
    #expect(!isOn(shade, 90, 120))
    #expect(!isOn(shade, 140, 60))
  }

  @Test func `what lies between an object and its shade goes with them`() throws {
    let shade = try #require(try map(rim: 6, shade: 0.35).textured(reach: 40))
    #expect(isOn(shade, 185, 120))
    #expect(!isOn(shade, 93, 120))
  }

  @Test func `an even ground holds no shade`() throws {
    #expect(try map(rim: 0, shade: 0).textured(reach: 40) == nil)
  }
}
