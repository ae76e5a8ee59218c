import FoundationEssentials
import Imaging
import Model
import Testing

@testable import ImageServices

struct LetterboxTests {
  static let shapes: [(Size, Size)] = [
    (Size(width: 640, height: 480), Size(width: 1184, height: 864)),
    (Size(width: 1000, height: 300), Size(width: 1536, height: 672)),
    (Size(width: 37, height: 211), Size(width: 768, height: 1344)),
    (Size(width: 2000, height: 1500), Size(width: 1200, height: 896)),
    (Size(width: 1, height: 1), Size(width: 1024, height: 1024)),
  ]

  @Test(arguments: shapes)
  func `what was scaled and padded lies in its old place again`(source: Size, canvas: Size) throws {
    let picture = Drawn.ramps(source)
    let letterbox = Letterbox(source, into: canvas)
    let sent = letterbox.applied(to: picture)
    let back = try #require(letterbox.undone(on: sent))
    #expect(sent.size == canvas)
    #expect(back.size == source)
    // A shift of one pixel would change the steep ramps by more.
    #expect(back.largestDifference(to: picture) <= 2)
  }

  @Test(arguments: shapes)
  func `an answer in twice the resolution lies in the same place`(source: Size, canvas: Size) throws {
    let picture = Drawn.ramps(source)
    let letterbox = Letterbox(source, into: canvas)
    let sent = letterbox.applied(to: picture)
    let double = Size(width: canvas.width * 2, height: canvas.height * 2)
    let large = sent.resampled(
      Extent(x: 0, y: 0, width: Double(canvas.width), height: Double(canvas.height)), to: double)
    let back = try #require(letterbox.undone(on: large))
    #expect(back.size == source)
    #expect(back.largestDifference(to: picture) <= 3)
  }

  @Test func `padding alone is undone bit by bit`() throws {
    let picture = Drawn.ramps(Size(width: 301, height: 200))
    let letterbox = Letterbox(picture.size, into: Size(width: 304, height: 200))
    #expect(try #require(letterbox.undone(on: letterbox.applied(to: picture))) == picture)
  }

  @Test func `padding repeats the edge`() {
    let picture = Drawn.ramps(Size(width: 10, height: 10))
    let sent = Letterbox(picture.size, into: Size(width: 30, height: 10)).applied(to: picture).eightBitRGB()
    #expect(Array(sent[0..<3]) == Array(picture.eightBitRGB()[0..<3]))
    #expect(Array(sent[9 * 3..<10 * 3]) == Array(picture.eightBitRGB()[0..<3]))
  }

  @Test(arguments: [Size(width: 1024, height: 1024), Size(width: 864, height: 1184), Size(width: 1184, height: 700)])
  func `an answer of another shape has no place`(size: Size) {
    let letterbox = Letterbox(Size(width: 640, height: 480), into: Size(width: 1184, height: 864))
    #expect(letterbox.undone(on: Drawn.ramps(size)) == nil)
  }

  @Test func `a mask is sent where its pixels are`() throws {
    let (picture, mask) = Drawn.disc(Size(width: 400, height: 300), radius: 60, x: 150, y: 120)
    let letterbox = Letterbox(picture.size, into: Size(width: 1184, height: 864))
    let (sent, hole) = (letterbox.applied(to: picture).eightBitRGB(), letterbox.applied(to: mask))
    var strays = 0
    for pixel in hole.values.indices where (hole.values[pixel] != 0) != (sent[pixel * 3] > 160) { strays += 1 }
    // Only the disc's blurred edge is undecided.
    #expect(strays < 600)
    #expect(hole.count > 60_000)
  }

  @Test func `a letterbox is the same after it was written down`() throws {
    let letterbox = Letterbox(
      Size(width: 640, height: 480), region: Box(x: 3, y: 4, width: 50, height: 60), into: Size(width: 100, height: 99))
    let placement = Placement(letterbox, surroundings: .nothing)
    let again = try JSONDecoder().decode(Placement.self, from: JSONEncoder().encode(placement))
    #expect(again == placement)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Letterbox.self, from: Data("[1,2]".utf8)) }
  }
}

struct FramingTests {
  private func request(_ kind: StepType, radius: Int) -> ImageRequest {
    let (picture, mask) = Drawn.disc(Size(width: 1200, height: 900), radius: radius, x: 300, y: 300)
    return ImageRequest(kind: kind, picture: picture, mask: mask, prompt: "")
  }

  @Test func `a small mask sends only its surroundings, and a plate is the input around them`() throws {
    let request = request(.remove, radius: 50)
    let framing = Framing(request) { $0 }
    let prepared = Prepared(request, framing)
    #expect(framing.letterbox.region == Box(x: 186, y: 186, width: 229, height: 229))
    #expect(prepared.picture.size == Size(width: 229, height: 229))
    let white = prepared.picture.with(.eight([UInt8](repeating: 255, count: 229 * 229 * 3)), channels: 3)
    let plate = try #require(framing.placement.placed(white, onto: request.picture))
    #expect(plate.size == request.picture.size)
    #expect(plate.eightBitRGB().prefix(3) == request.picture.eightBitRGB().prefix(3))
    #expect(plate.eightBitRGB()[(300 * 1200 + 300) * 3] == 255)
  }

  @Test func `around a layer lies nothing`() throws {
    let request = request(.extract, radius: 50)
    let framing = Framing(request) { $0 }
    let prepared = Prepared(request, framing)
    let opaque = try #require(framing.placement.placed(prepared.picture, onto: request.picture))
    #expect(Array(opaque.eightBitRGB().prefix(3)) == [255, 255, 255])
    let see = prepared.picture.cutout(Matte(width: 229, height: 229, alpha: [UInt8](repeating: 99, count: 229 * 229)))
    let clear = try #require(framing.placement.placed(see, onto: request.picture))
    #expect(clear.alphaChannel()[0] == 0)
    #expect(clear.alphaChannel()[300 * 1200 + 300] == 99)
  }

  @Test func `a large mask sends the whole picture`() {
    #expect(Framing(request(.remove, radius: 290)) { $0 }.letterbox.isWhole)
  }

  @Test(arguments: [(16.0 / 9, Size(width: 1600, height: 900)), (1.0, Size(width: 1200, height: 1200))])
  func `a reframed picture has the input's own pixels in its middle`(aspect: Double, size: Size) throws {
    var request = request(.reframe, radius: 50)
    request.mask = nil
    request.aspect = aspect
    let framing = Framing(request) { OpenAISizes.canvas(for: $0, model: "gpt-image-2.6-flare") }
    let prepared = Prepared(request, framing)
    let wider = try #require(framing.placement.placed(prepared.picture, onto: request.picture))
    let margin = try #require(prepared.mask)
    #expect(wider.size == size)
    #expect(margin.count > 0)
    let back = wider.resampled(
      Extent(
        x: Double((size.width - 1200) / 2), y: Double((size.height - 900) / 2), width: 1200, height: 900),
      to: request.picture.size)
    #expect(back == request.picture)
  }
}

struct VendorSizeTests {
  static let gemini: [(Size, String, String, String?, Size)] = [
    (Size(width: 4000, height: 3000), "gemini-2.5-flash-image", "4:3", nil, Size(width: 1184, height: 864)),
    (Size(width: 4000, height: 3000), "gemini-nano-banana-2.1", "4:3", "2K", Size(width: 2400, height: 1792)),
    (Size(width: 900, height: 1600), "gemini-nano-banana-2.1", "9:16", "2K", Size(width: 1536, height: 2752)),
    (Size(width: 800, height: 800), "gemini-3-pro-image", "1:1", "1K", Size(width: 1024, height: 1024)),
    (Size(width: 5000, height: 1000), "gemini-3.1-flash-lite-image", "21:9", nil, Size(width: 1584, height: 672)),
  ]

  @Test(arguments: gemini)
  func `Gemini is asked for the listed size with the least padding`(
    size: Size, model: String, ratio: String, tier: String?, canvas: Size
  ) {
    let sizes = GeminiSizes(for: size, model: model)
    #expect(sizes.ratio == ratio)
    #expect(sizes.tier == tier)
    #expect(sizes.canvas == canvas)
    let again = GeminiSizes(canvas: canvas, model: model)
    #expect(again.ratio == ratio && again.tier == tier && again.canvas == canvas)
  }

  @Test(arguments: [
    (640, 480), (4000, 3000), (10, 10), (6000, 100), (100, 6000), (1023, 767), (2560, 1440), (9000, 9000),
  ])
  func `OpenAI's sizes keep its rules`(width: Int, height: Int) {
    let size = OpenAISizes.canvas(for: Size(width: width, height: height), model: "gpt-image-2.6-flare")
    let ratio = Double(size.width) / Double(size.height)
    #expect(size.width % 16 == 0 && size.height % 16 == 0)
    #expect(ratio >= 1 / 3.0 - 0.02 && ratio <= 3.02)
    #expect(size.width * size.height >= 655_360 && size.width * size.height <= 3_200_000)
    #expect(max(size.width, size.height) <= 2576)
  }

  @Test(arguments: [(640, 480, 1536, 1024), (480, 640, 1024, 1536), (500, 500, 1024, 1024)])
  func `older models of OpenAI draw in three sizes`(width: Int, height: Int, canvasWidth: Int, canvasHeight: Int) {
    let size = OpenAISizes.canvas(for: Size(width: width, height: height), model: "gpt-image-1.5")
    #expect(size == Size(width: canvasWidth, height: canvasHeight))
  }
}
