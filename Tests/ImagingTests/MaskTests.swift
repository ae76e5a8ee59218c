import Imaging
import Testing

@Suite struct MaskTests {
  private func mask(of picture: Picture) throws -> Mask {
    try Mask(decoding: try encodePNG(picture, preset: .fast), expecting: picture.size)
  }

  @Test func `128 is on and 127 is off`() throws {
    let mask = try mask(
      of: picture(4, 1) { x, _ in ([0, 127, 128, 255][x], [0, 127, 128, 255][x], [0, 127, 128, 255][x]) })
    #expect(mask.values == [0, 0, 255, 255])
    #expect(mask.count == 2)
  }

  @Test func `what is painted on a transparent layer is on, whatever its colour`() throws {
    let samples: [UInt8] = [255, 255, 255, 0, 0, 0, 0, 127, 0, 0, 0, 128, 200, 0, 0, 255]
    let painted = Picture(width: 4, height: 1, channels: 4, samples: .eight(samples))
    #expect(try mask(of: painted).values == [0, 0, 255, 255])
  }

  @Test func `an opaque RGBA picture goes by its brightness`() throws {
    let samples: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 255]
    #expect(try mask(of: Picture(width: 2, height: 1, channels: 4, samples: .eight(samples))).values == [255, 0])
  }

  @Test func `a 16-bit mask has the same threshold`() throws {
    let samples: [UInt16] = [0x7F7F, 0x7F7F, 0x7F7F, 0x8080, 0x8080, 0x8080]
    #expect(try mask(of: Picture(width: 2, height: 1, channels: 3, samples: .sixteen(samples))).values == [0, 255])
  }

  @Test(arguments: [Size(width: 3, height: 4), Size(width: 4, height: 4), Size(width: 8, height: 6)])
  func `a mask of another size is refused in words, never stretched`(size: Size) throws {
    let file = try encodePNG(picture(4, 3) { _, _ in (255, 255, 255) }, preset: .fast)
    let error = try #require(imagingError { try Mask(decoding: file, expecting: size) })
    #expect(error == .maskSize(Size(width: 4, height: 3), expected: size))
    #expect("\(error)".contains("4 × 3") && "\(error)".contains("source.png"))
  }

  @Test(arguments: [85, 60])
  func `painting over a photo and saving it as JPEG marks what was painted, without specks`(quality: Int) throws {
    // Hard edges between strong colours: where JPEG's half resolution of colour shows most.
    let before = picture(240, 160) { x, y in
      (x / 40 + y / 40).isMultiple(of: 2) ? (230, 30, 40) : (20, 90, 210)
    }
    let brush = { (x: Int, y: Int) in (100..<150).contains(x) && (60..<100).contains(y) }
    let after = picture(240, 160) { x, y in
      brush(x, y) ? (40, 255, 60) : (x / 40 + y / 40).isMultiple(of: 2) ? (230, 30, 40) : (20, 90, 210)
    }
    let mask = try #require(
      Mask(paintedOver: before, try decodePicture(encodeJPEG(after, quality: quality))))
    let bounds = try #require(mask.bounds)
    #expect(bounds.x >= 90 && bounds.right <= 160 && bounds.y >= 50 && bounds.bottom <= 110)
    #expect(mask.count >= 50 * 40 * 9 / 10)
  }

  @Test func `a mask grows in a square window and has a bounding box`() {
    var grey = [UInt8](repeating: 0, count: 100)
    grey[5 * 10 + 4] = 255
    let mask = Mask(width: 10, height: 10, thresholding: grey)
    #expect(mask.bounds == Box(x: 4, y: 5, width: 1, height: 1))
    #expect(mask.grown(by: 2).bounds == Box(x: 2, y: 3, width: 5, height: 5))
    #expect(mask.grown(by: 2).count == 25)
    #expect(Mask(width: 2, height: 1, thresholding: [0, 0]).bounds == nil)
  }

  @Test func `mask and matte survive their files`() throws {
    let matte = Matte(width: 16, height: 16, alpha: (0...255).map { UInt8($0) })
    #expect(try Matte(decoding: try encodePNG(matte)) == matte)
    let mask = Mask(matte)
    #expect(try Mask(decoding: try encodePNG(mask), expecting: mask.size) == mask)
  }
}
