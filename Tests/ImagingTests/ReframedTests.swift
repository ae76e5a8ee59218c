import Imaging
import Testing

struct ReframedTests {
  /// A wider answer in 8-bit sRGB that shows `middle`, off by up to `noise` levels, with grey around it.
  private func answer(_ middle: Picture, width: Int, noise: Int = 0) -> Picture {
    let left = (width - middle.width) / 2
    let seen = middle.inSRGB()
    return picture(width, middle.height) { x, y in
      guard (left..<left + middle.width).contains(x) else { return (90, 100, 110) }
      let rgb = seen.rgb(x - left, y).map { min(255, $0 + noise) }
      return (rgb[0], rgb[1], rgb[2])
    }
  }

  /// 16 bits whose low bytes an 8-bit copy would lose, in the colours of Display P3.
  private func deep() throws -> Picture {
    var deep = noise(40, 30, depth: 16)
    var file = PNGFile(width: 1, height: 1, colour: .rgb, depth: 8, samples: [9, 9, 9])
    file.before = [("cICP", [12, 13, 0, 1])]
    deep.profile = try decodePicture(file.bytes).picture.profile
    deep.density = Picture.Density(x: 11_811, y: 11_811)
    return deep
  }

  @Test(arguments: [0, 4])
  func `a wider canvas keeps the picture's own pixels, depth and profile`(noise: Int) throws {
    let deep = try deep()
    let canvas = try #require(deep.reframed(fromAnswer: answer(deep, width: 71, noise: noise)))
    #expect(canvas.size == Size(width: 71, height: 30) && canvas.profile == deep.profile && deep.profile != nil)
    #expect(canvas.density == deep.density)
    guard case .sixteen(let before) = deep.samples, case .sixteen(let after) = canvas.samples else {
      Issue.record("the canvas lost the depth")
      return
    }
    for y in 0..<30 { #expect(before[y * 120..<(y + 1) * 120].elementsEqual(after[y * 213 + 45..<y * 213 + 165])) }
    let margin = canvas.inSRGB().rgb(3, 3)
    #expect(zip(margin, [90, 100, 110]).allSatisfy { abs($0 - $1) <= 1 })
  }

  @Test func `an answer that painted the picture anew stays as it came`() throws {
    let deep = try deep()
    #expect(deep.reframed(fromAnswer: answer(deep, width: 71, noise: 30)) == nil)
    #expect(deep.reframed(fromAnswer: answer(noise(30, 30), width: 35)) == nil)
  }
}
