import Imaging
import Testing

@Suite struct EncodingTests {
  @Test(arguments: [PNGPreset.fast, .compact], [8, 16])
  func `a PNG gives back every bit`(preset: PNGPreset, depth: Int) throws {
    for channels in [3, 4] {
      for (width, height) in [(1, 1), (1, 50), (50, 1), (37, 23)] {
        var made = noise(width, height, channels: channels, depth: depth)
        made.density = Picture.Density(x: 2835, y: 11_811)
        #expect(try decodePicture(try encodePNG(made, preset: preset)).picture == made)
      }
    }
  }

  @Test func `a JPEG is near and small`() throws {
    let made = picture(64, 64) { x, y in (x * 4, y * 4, 128) }
    let back = try decodePicture(try encodeJPEG(made, quality: 95)).picture
    #expect(back.size == made.size)
    #expect(zip(back.eightBitRGB(), made.eightBitRGB()).allSatisfy { abs(Int($0) - Int($1)) <= 12 })
  }
}
