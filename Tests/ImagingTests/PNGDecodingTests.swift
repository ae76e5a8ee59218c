import Imaging
import Testing

@Suite struct PNGDecodingTests {
  /// A small picture of every value that the depth allows, in rows of 7 so that packed rows end in mid-byte.
  private static func ramp(_ colour: PNGFile.Colour, depth: Int, interlaced: Bool) -> PNGFile {
    let top = (1 << depth) - 1
    let (width, height) = (7, 9)
    let samples = (0..<width * height * colour.channels).map { $0 * 31 % (top + 1) }
    var file = PNGFile(
      width: width, height: height, colour: colour, depth: depth, interlaced: interlaced, samples: samples)
    if colour == .palette {
      file.before = [("PLTE", (0...top).flatMap { [UInt8($0), UInt8(255 - $0), UInt8($0 / 2)] })]
    }
    return file
  }

  @Test(arguments: [1, 2, 4, 8, 16], [false, true])
  func `grey of every depth becomes equal channels`(depth: Int, interlaced: Bool) throws {
    let file = Self.ramp(.grey, depth: depth, interlaced: interlaced)
    let decoded = try decodePicture(file.bytes)
    #expect(decoded.picture.size == Size(width: 7, height: 9))
    #expect(decoded.picture.channels == 3)
    #expect(decoded.sourceBitDepth == depth)
    #expect(decoded.notes.isEmpty && decoded.lost.isEmpty)
    if depth == 16 {
      #expect(decoded.picture.samples == .sixteen(file.samples.flatMap { Array(repeating: UInt16($0), count: 3) }))
    } else {
      let scale = 255 / ((1 << depth) - 1)
      #expect(
        decoded.picture.samples == .eight(file.samples.flatMap { Array(repeating: UInt8($0 * scale), count: 3) }))
    }
  }

  @Test(arguments: [1, 2, 4, 8], [false, true])
  func `a palette becomes its colours`(depth: Int, interlaced: Bool) throws {
    let file = Self.ramp(.palette, depth: depth, interlaced: interlaced)
    let expected = file.samples.flatMap { [UInt8($0), UInt8(255 - $0), UInt8($0 / 2)] }
    #expect(try decodePicture(file.bytes).picture.samples == .eight(expected))
  }

  @Test(arguments: [PNGFile.Colour.rgb, .rgba], [false, true])
  func `8-bit colour comes through as it is`(colour: PNGFile.Colour, interlaced: Bool) throws {
    let file = Self.ramp(colour, depth: 8, interlaced: interlaced)
    let picture = try decodePicture(file.bytes).picture
    #expect(picture.channels == colour.channels)
    #expect(picture.samples == .eight(file.samples.map { UInt8($0) }))
  }

  @Test(arguments: [PNGFile.Colour.rgb, .rgba], [false, true])
  func `16-bit colour keeps all its bits`(colour: PNGFile.Colour, interlaced: Bool) throws {
    let file = Self.ramp(colour, depth: 16, interlaced: interlaced)
    let decoded = try decodePicture(file.bytes)
    #expect(decoded.picture.samples == .sixteen(file.samples.map { UInt16($0) }))
    #expect(decoded.sourceBitDepth == 16)
  }

  @Test(arguments: [8, 16])
  func `grey with alpha becomes RGBA`(depth: Int) throws {
    let file = Self.ramp(.greyAlpha, depth: depth, interlaced: false)
    let picture = try decodePicture(file.bytes).picture
    let expected = stride(from: 0, to: file.samples.count, by: 2).flatMap { at in
      [file.samples[at], file.samples[at], file.samples[at], file.samples[at + 1]]
    }
    let samples: Picture.Samples =
      depth == 8 ? .eight(expected.map { UInt8($0) }) : .sixteen(expected.map { UInt16($0) })
    #expect(picture.samples == samples)
  }

  @Test func `tRNS of a palette becomes alpha, and colours past its end are opaque`() throws {
    var file = PNGFile(width: 3, height: 1, colour: .palette, depth: 2, samples: [0, 1, 2])
    file.before = [("PLTE", [10, 20, 30, 40, 50, 60, 70, 80, 90]), ("tRNS", [0, 128])]
    let expected: [UInt8] = [10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255]
    #expect(try decodePicture(file.bytes).picture.samples == .eight(expected))
  }

  @Test(arguments: [1, 2, 4, 8, 16])
  func `tRNS of a grey picture makes one grey transparent`(depth: Int) throws {
    let top = (1 << depth) - 1
    var file = PNGFile(width: 2, height: 1, colour: .grey, depth: depth, samples: [top, 0])
    file.before = [("tRNS", [UInt8(top >> 8), UInt8(top & 255)])]
    let picture = try decodePicture(file.bytes).picture
    #expect(picture.channels == 4)
    #expect(picture.alphaChannel() == [0, 255])
  }

  @Test(arguments: [8, 16])
  func `tRNS of a colour picture makes one colour transparent`(depth: Int) throws {
    var file = PNGFile(width: 2, height: 1, colour: .rgb, depth: depth, samples: [1, 2, 3, 1, 2, 4])
    file.before = [("tRNS", [0, 1, 0, 2, 0, 3])]
    #expect(try decodePicture(file.bytes).picture.alphaChannel() == [0, 255])
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
  func `eXIf turns the picture upright, before or after the pixels`(orientation: Int) throws {
    var file = PNGFile(width: 2, height: 1, colour: .rgb, depth: 8, samples: [1, 2, 3, 4, 5, 6])
    file.before = [("eXIf", exifBlock(orientation: orientation))]
    let early = try decodePicture(file.bytes)
    (file.before, file.after) = ([], file.before)
    let late = try decodePicture(file.bytes)
    #expect(early.picture == late.picture)
    #expect(early.orientation == orientation)
    #expect(early.picture.size == (orientation < 5 ? Size(width: 2, height: 1) : Size(width: 1, height: 2)))
    #expect(early.notes.count == (orientation == 1 ? 0 : 1))
  }

  @Test func `a gamma that is not that of sRGB becomes a profile, so that colours are not lost`() throws {
    var file = PNGFile(width: 1, height: 1, colour: .rgb, depth: 8, samples: [128, 128, 128])
    file.before = [("gAMA", PNGFile.four(45_455))]
    #expect(try decodePicture(file.bytes).picture.profile == nil)
    file.before = [("gAMA", PNGFile.four(100_000))]
    let linear = try decodePicture(file.bytes).picture
    #expect(linear.profile != nil)
    #expect(linear.rgb(0, 0) == [128, 128, 128])
    #expect(abs(linear.inSRGB().rgb(0, 0)[0] - 188) <= 1)
    #expect(try decodePicture(try encodePNG(linear, preset: .compact)).picture == linear)
  }

  @Test func `density is kept`() throws {
    var file = PNGFile(width: 1, height: 1, colour: .rgb, depth: 8, samples: [9, 9, 9])
    file.before = [("pHYs", PNGFile.four(11_811) + PNGFile.four(5906) + [1])]
    #expect(try decodePicture(file.bytes).picture.density == Picture.Density(x: 11_811, y: 5906))
  }

  @Test(arguments: [
    (12, 13, true, 0), (9, 1, true, 0), (1, 13, false, 0), (9, 16, false, 1), (12, 18, false, 1), (77, 13, false, 0),
  ])
  func `colours named by cICP become a profile, and brightness beyond white is lost in words`(
    primaries: Int, transfer: Int, hasProfile: Bool, lost: Int
  ) throws {
    var file = PNGFile(width: 1, height: 1, colour: .rgb, depth: 8, samples: [9, 9, 9])
    file.before = [("cICP", [UInt8(primaries), UInt8(transfer), 0, 1])]
    let decoded = try decodePicture(file.bytes)
    #expect((decoded.picture.profile != nil) == hasProfile && decoded.lost.count == lost)
  }

  @Test(arguments: [
    ("iCCP", Array("name".utf8) + [0, 0, 1, 2, 3], "ICC profile (it cannot be read; sRGB is assumed)"),
    // An EXIF block with one entry: the camera's make.
    (
      "eXIf", [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x0F, 0x01, 2, 0, 2, 0, 0, 0, 0x58, 0, 0, 0, 0, 0, 0, 0],
      "EXIF data such as camera, date and place (they stay in the source file)"
    ),
    ("tRNS", [0, 9, 0, 9, 0, 9], "Transparency, in the plate (it lies on white)"),
  ])
  func `what layers and plates cannot keep is listed`(chunk: String, content: [UInt8], lost: String) throws {
    var file = PNGFile(width: 2, height: 1, colour: .rgb, depth: 8, samples: [9, 9, 9, 1, 2, 3])
    file.before = [(chunk, content)]
    #expect(try decodePicture(file.bytes).lost == [lost])
  }

  @Test func `an animated PNG gives its default picture and says so`() throws {
    var file = PNGFile(width: 1, height: 1, colour: .rgb, depth: 8, samples: [9, 9, 9])
    file.before = [("acTL", PNGFile.four(2) + PNGFile.four(0))]
    #expect(try decodePicture(file.bytes).notes == ["Animated PNG: the default picture was taken."])
  }
}
