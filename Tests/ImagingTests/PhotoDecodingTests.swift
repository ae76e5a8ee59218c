import Imaging
import Testing

@Suite struct PhotoDecodingTests {
  /// The middles of the four quarters of `Fixtures`.
  private static let quarters: [(x: Int, y: Int, rgb: [Int])] = [
    (4, 4, [200, 30, 40]), (12, 4, [30, 180, 60]), (4, 12, [40, 60, 200]), (12, 12, [250, 250, 250]),
  ]

  private func expectQuarters(_ picture: Picture, within tolerance: Int) {
    #expect(picture.size == Size(width: 16, height: 16))
    for quarter in Self.quarters {
      let differences = zip(picture.rgb(quarter.x, quarter.y), quarter.rgb).map { abs($0 - $1) }
      #expect(differences.allSatisfy { $0 <= tolerance }, "\(quarter)")
    }
  }

  @Test func `lossless WebP comes through exactly`() throws {
    let decoded = try decodePicture(Fixtures.webpLossless)
    #expect(decoded.format == .webp && decoded.picture.channels == 3)
    expectQuarters(decoded.picture, within: 0)
  }

  @Test func `lossy WebP comes through nearly`() throws {
    expectQuarters(try decodePicture(Fixtures.webpLossy).picture, within: 6)
  }

  @Test func `alpha of a WebP is kept straight`() throws {
    let picture = try decodePicture(Fixtures.webpAlpha).picture
    #expect(picture.channels == 4)
    let alpha = picture.alphaChannel()
    #expect((alpha[0], alpha[6], alpha[12]) == (0, 128, 255))
    guard case .eight(let samples) = picture.samples else { return #expect(Bool(false), "8 bits") }
    #expect(Array(samples[24..<27]) == [200, 30, 40])
  }

  @Test func `of an animated WebP the first frame is taken, and said so`() throws {
    let decoded = try decodePicture(Fixtures.webpAnimated)
    expectQuarters(decoded.picture, within: 0)
    #expect(decoded.notes == ["Animation: the first of 2 frames was taken."])
  }

  @Test func `CMYK becomes RGB, and said so`() throws {
    let decoded = try decodePicture(Fixtures.jpegCMYK)
    expectQuarters(decoded.picture, within: 8)
    #expect(decoded.notes.count == 1 && decoded.notes[0].hasPrefix("CMYK"))
  }

  @Test func `a grey JPEG becomes equal channels`() throws {
    let values = try decodePicture(Fixtures.jpegGrey).picture.rgb(4, 4)
    #expect(Set(values).count == 1)
  }

  @Test func `a progressive JPEG and its density come through`() throws {
    let picture = try decodePicture(Fixtures.jpegProgressive).picture
    expectQuarters(picture, within: 8)
    #expect(picture.density == Picture.Density(x: 11_811, y: 5906))
  }

  /// A picture that is 24 × 16 with one dark corner block, stored so that the orientation puts it back.
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8], [false, true])
  func `a JPEG of every EXIF orientation comes back upright`(orientation: Int, bigEndian: Bool) throws {
    // Where the upright picture's top left corner lies in the stored one (EXIF 2.32, 4.6.4.A).
    let corner: (right: Bool, bottom: Bool) =
      switch orientation {
      case 1, 5: (false, false)
      case 2, 8: (true, false)
      case 3, 7: (true, true)
      default: (false, true)
      }
    let stored = orientation < 5 ? Size(width: 24, height: 16) : Size(width: 16, height: 24)
    let shown = picture(stored.width, stored.height) { x, y in
      let isCorner = (x >= stored.width - 8) == corner.right && (y >= stored.height - 8) == corner.bottom
      let isBlock = (x < 8 || x >= stored.width - 8) && (y < 8 || y >= stored.height - 8)
      return isBlock && isCorner ? (0, 0, 0) : (255, 255, 255)
    }
    let block = [0x45, 0x78, 0x69, 0x66, 0, 0] + exifBlock(orientation: orientation, bigEndian: bigEndian)
    var file = try encodeJPEG(shown, quality: 95)
    file.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(block.count + 2)] + block, at: 2)
    let decoded = try decodePicture(file)
    #expect(decoded.orientation == orientation)
    #expect(decoded.picture.size == Size(width: 24, height: 16))
    #expect(decoded.picture.rgb(3, 3)[0] < 20)
    #expect(decoded.picture.rgb(20, 3)[0] > 235)
    #expect(decoded.picture.rgb(3, 12)[0] > 235)
    #expect(decoded.picture.rgb(20, 12)[0] > 235)
  }

  @Test(arguments: [
    (Fixtures.tiffRGB, 0), (Fixtures.tiffPlanarTiled, 0), (Fixtures.tiffLZW, 0), (Fixtures.tiffPalette, 0),
    (Fixtures.tiffTurned, 0), (Fixtures.tiffCMYK, 2), (Fixtures.heic, 8), (Fixtures.avif, 8),
  ])
  func `TIFF, HEIC and AVIF come through upright`(file: [UInt8], tolerance: Int) throws {
    expectQuarters(try decodePicture(file).picture, within: tolerance)
  }

  @Test func `a 16-bit TIFF keeps its bits, whatever its byte order`() throws {
    let decoded = try decodePicture(Fixtures.tiffSixteenBigEndian)
    #expect(decoded.sourceBitDepth == 16)
    #expect(decoded.picture.samples == (try decodePicture(Fixtures.tiffRGB).picture.widened.samples))
  }

  @Test func `alpha, density, orientation and pages of a TIFF are understood`() throws {
    let alpha = try decodePicture(Fixtures.tiffAlpha).picture
    #expect(alpha.channels == 4 && alpha.alphaChannel()[0] == 0 && alpha.alphaChannel()[6] == 128)
    #expect(try decodePicture(Fixtures.tiffRGB).picture.density == Picture.Density(x: 11_811, y: 5906))
    #expect(try decodePicture(Fixtures.tiffTurned).orientation == 6)
    let pages = try decodePicture(Fixtures.tiffPages)
    expectQuarters(pages.picture, within: 0)
    #expect(pages.notes == ["The first of 2 pages was taken."])
  }

  @Test(arguments: [Fixtures.tiffRGB, Fixtures.tiffLZW, Fixtures.heic, Fixtures.avif])
  func `a TIFF, HEIC or AVIF that ends early is truncated`(file: [UInt8]) throws {
    let format = try #require(PictureFormat.detect(file))
    #expect(try probePicture(file).size == Size(width: 16, height: 16))
    for length in stride(from: 16, to: file.count - 8, by: max(1, file.count / 12)) {
      #expect(imagingError { try decodePicture(Array(file.prefix(length))) } == .truncated(format), "\(length)")
    }
  }

  @Test(arguments: [Fixtures.tiffRGB, Fixtures.tiffAlpha, Fixtures.heic, Fixtures.avif])
  func `too many pixels are refused before they are decoded`(file: [UInt8]) throws {
    let limits = DecodingLimits(maxPixels: 255)
    guard
      case .tooManyPixels(_, Size(width: 16, height: 16), 255)? = imagingError({
        try decodePicture(file, limits: limits)
      })
    else { return #expect(Bool(false), "accepted") }
  }

  @Test func `the density of an EXIF block counts where the file names none`() throws {
    // XResolution and YResolution 300 / 1 and 200 / 1, unit inch.
    let block: [UInt8] =
      [0x49, 0x49, 42, 0, 8, 0, 0, 0, 3, 0, 0x1A, 0x01, 5, 0, 1, 0, 0, 0, 50, 0, 0, 0]
      + [0x1B, 0x01, 5, 0, 1, 0, 0, 0, 58, 0, 0, 0, 0x28, 0x01, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
      + [44, 1, 0, 0, 1, 0, 0, 0, 200, 0, 0, 0, 1, 0, 0, 0]
    var file = try encodeJPEG(noise(8, 8), quality: 90)
    file.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(block.count + 8), 0x45, 0x78, 0x69, 0x66, 0, 0] + block, at: 2)
    #expect(try decodePicture(file).picture.density == Picture.Density(x: 11_811, y: 7874))
  }
}
