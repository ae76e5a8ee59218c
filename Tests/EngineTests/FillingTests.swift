import Engine
import Imaging
import Testing

struct FillingTests {
  private static let backgrounds: [PaintedScene.Background] = [.plain(240, 240, 236), .gradient, .texture]

  private func scene(_ background: PaintedScene.Background) -> PaintedScene {
    PaintedScene(320, 240, background, discs: [.init(x: 150, y: 120, radius: 40, colour: [200, 30, 30])])
  }

  @Test(arguments: backgrounds)
  func `outside the hole nothing changes`(background: PaintedScene.Background) throws {
    let scene = scene(background)
    let hole = scene.mask(grownBy: 3)
    let filled = try Engines.complete.fill(scene.picture, hole: hole, attempt: 0)
    #expect(filled.difference(from: scene.picture, in: hole.inverted).largest == 0)
    #expect(filled.difference(from: scene.picture, in: hole).largest > 50)
  }

  @Test func `outside the hole sixteen bits stay as they are`() throws {
    let scene = scene(.texture)
    let hole = scene.mask(grownBy: 3)
    let filled = try Engines.complete.fill(scene.deepPicture, hole: hole, attempt: 0)
    guard case .sixteen(let before) = scene.deepPicture.samples, case .sixteen(let after) = filled.samples else {
      Issue.record("the fill changed the depth")
      return
    }
    let changed = before.indices.contains { before[$0] != after[$0] && hole.values[$0 / 3] == 0 }
    #expect(!changed)
  }

  @Test(arguments: [(0, 2.0), (1, 2.0), (2, 32.0)])
  func `the hole becomes what was behind`(background: Int, tolerance: Double) throws {
    let scene = scene(Self.backgrounds[background])
    let hole = scene.mask(grownBy: 3)
    let filled = try Engines.complete.fill(scene.picture, hole: hole, attempt: 0)
    #expect(filled.difference(from: scene.clean, in: hole).rootMeanSquare < tolerance)
  }

  @Test func `the same attempt gives the same bytes, another one another texture`() throws {
    let scene = scene(.texture)
    let hole = scene.mask(grownBy: 3)
    let first = try Engines.complete.fill(scene.picture, hole: hole, attempt: 0)
    let again = try Engines.classic.fill(scene.picture, hole: hole, attempt: 0)
    let isSame = again == first
    #expect(isSame)
    let isOther = try Engines.complete.fill(scene.picture, hole: hole, attempt: 1) != first
    #expect(isOther)
  }

  @Test func `nothing is taken from what is marked as foreign`() throws {
    let discs = PaintedScene.discs(2, width: 320, height: 240)
    let scene = PaintedScene(320, 240, .texture, discs: discs)
    let filled = try Engines.complete.fill(
      scene.picture, hole: scene.mask(of: 0, grownBy: 3), besides: scene.mask(of: 1, grownBy: 3), attempt: 0)
    #expect(filled.difference(from: scene.picture, in: scene.mask(of: 1)).largest == 0)
    // The other disc is blue; the background is brown everywhere.
    let samples = filled.eightBitRGB()
    let mask = scene.mask(of: 0, grownBy: 3)
    let blue = mask.values.indices.count { mask.values[$0] != 0 && samples[$0 * 3 + 2] > samples[$0 * 3] }
    #expect(blue == 0)
  }

  @Test(arguments: [(1, 1), (1, 40), (40, 1), (7, 7), (2000, 3), (3, 2000), (64, 64)])
  func `a picture of any shape is filled, also where nothing is known`(width: Int, height: Int) throws {
    let picture = PaintedScene(width, height, .texture).picture
    let whole = Mask(width: width, height: height, thresholding: [UInt8](repeating: 255, count: width * height))
    let half = Mask(
      width: width, height: height,
      thresholding: (0..<width * height).map { $0 % width < (width + 1) / 2 && $0 / width < (height + 1) / 2 ? 255 : 0 }
    )
    for hole in [whole, half] {
      let filled = try Engines.complete.fill(picture, hole: hole, attempt: 0)
      #expect(filled.size == picture.size)
      #expect(filled.difference(from: picture, in: hole.inverted).largest == 0)
    }
  }

  /// On large levels patches begin at every second pixel only, and at the last.
  @Test(arguments: [(1501, 91), (92, 1503)])
  func `every pixel of a hole in the far corner of a large picture is filled`(width: Int, height: Int) throws {
    var scene = PaintedScene(width, height, .texture)
    scene.discs = [.init(x: width - 1, y: height - 1, radius: 60, colour: [255, 0, 255])]
    let hole = scene.mask(grownBy: 3)
    let filled = try Engines.classic.fill(scene.picture, hole: hole, attempt: 0)
    #expect(filled.difference(from: scene.clean, in: hole).rootMeanSquare < 40)
    let samples = filled.eightBitRGB()
    #expect(!hole.values.indices.contains { hole.values[$0] != 0 && samples[$0 * 3 + 2] > samples[$0 * 3 + 1] })
  }

  @Test func `an empty hole changes nothing`() throws {
    let picture = scene(.texture).picture
    let empty = Mask(width: 320, height: 240, thresholding: [UInt8](repeating: 0, count: 320 * 240))
    let isSame = try Engines.complete.fill(picture, hole: empty, attempt: 0) == picture
    #expect(isSame)
  }

  @Test func `holes in opposite corners are each filled from their own surroundings`() throws {
    let discs = [
      PaintedScene.Disc(x: 40, y: 40, radius: 20, colour: [200, 30, 30]),
      .init(x: 280, y: 200, radius: 20, colour: [30, 30, 200]),
    ]
    let scene = PaintedScene(320, 240, .gradient, discs: discs)
    let filled = try Engines.complete.fill(scene.picture, hole: scene.mask(grownBy: 3), attempt: 0)
    #expect(filled.difference(from: scene.clean, in: scene.mask()).rootMeanSquare < 3)
  }

  @Test(arguments: backgrounds)
  func `a mask grows over the soft edge`(background: PaintedScene.Background) throws {
    let scene = scene(background)
    let grown = try Engines.complete.growOverShadow(scene.mask(), in: scene.picture)
    let edge = scene.mask(grownBy: 2)
    #expect(edge.values.indices.allSatisfy { edge.values[$0] == 0 || grown.values[$0] != 0 })
  }

  @Test(arguments: [PaintedScene.Background.gradient])
  func `a mask grows over the object's shadow`(background: PaintedScene.Background) throws {
    var scene = scene(background)
    scene.shadow = 0.5
    let grown = try Engines.complete.growOverShadow(scene.mask(), in: scene.picture)
    let filled = try Engines.complete.fill(scene.picture, hole: grown, attempt: 0)
    // The shadow's place is beside the disc: 1.2 radii out, where half its strength is left.
    let beside = PaintedScene(320, 240, background, discs: [.init(x: 158, y: 130, radius: 44, colour: .zero)]).mask()
    let left = filled.brightness(in: beside) / scene.clean.brightness(in: beside)
    #expect(left > 0.96)
  }
}

extension Mask {
  /// On where this mask is off.
  var inverted: Mask { Mask(width: width, height: height, thresholding: values.map { ~$0 }) }
}

extension Picture {
  /// The mean of all samples in the mask, 0...255.
  func brightness(in mask: Mask) -> Double {
    let samples = eightBitRGB()
    let pixels = mask.values.indices.filter { mask.values[$0] != 0 }
    let sum = pixels.reduce(0) { $0 + Int(samples[$1 * 3]) + Int(samples[$1 * 3 + 1]) + Int(samples[$1 * 3 + 2]) }
    return Double(sum) / Double(max(1, pixels.count * 3))
  }
}
