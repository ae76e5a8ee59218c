import Engine
import Imaging
import Testing

struct MatteTests {
  private let scene = PaintedScene(400, 300, .texture, discs: PaintedScene.discs(2, width: 400, height: 300))

  @Test(arguments: [0, 1, 2, 3])
  func `nothing outside the mask is kept, by any recipe`(attempt: Int) throws {
    let mask = scene.mask(of: 0, grownBy: -8)
    let matte = try Engines.complete.matte(in: scene.picture, within: mask, attempt: attempt)
    #expect(matte.alpha.indices.allSatisfy { matte.alpha[$0] == 0 || mask.values[$0] != 0 })
    #expect(matte.alpha.contains { $0 > 200 })
  }

  @Test(arguments: [0, 1, 2])
  func `a generous mask around one object gives that object`(attempt: Int) throws {
    let matte = try Engines.complete.matte(
      in: scene.picture, within: scene.mask(of: 1, grownBy: 10), attempt: attempt)
    #expect(Mask(matte).overlap(with: scene.mask(of: 1)) > (attempt == 2 ? 0.6 : 0.85))
  }

  @Test func `where the engine sees nothing the mask itself is the matte`() throws {
    let clear = PaintedScene(300, 200, .gradient)
    let mask = PaintedScene(300, 200, .gradient, discs: [.init(x: 150, y: 100, radius: 50, colour: .zero)]).mask()
    for engine in [Engines.complete, Engines.classic] {
      let matte = try engine.matte(in: clear.picture, within: mask, attempt: 0)
      #expect(Mask(matte).overlap(with: mask) > 0.9)
    }
  }

  @Test func `an empty mask gives an empty matte`() throws {
    let empty = Mask(width: 400, height: 300, thresholding: [UInt8](repeating: 0, count: 400 * 300))
    let matte = try Engines.complete.matte(in: scene.picture, within: empty, attempt: 0)
    #expect(!matte.alpha.contains { $0 != 0 })
  }

  @Test func `the same request gives the same matte`() throws {
    let mask = scene.mask(of: 0, grownBy: 5)
    for attempt in 0..<3 {
      let first = try Engines.complete.matte(in: scene.picture, within: mask, attempt: attempt)
      let isSame = try Engines.complete.matte(in: scene.picture, within: mask, attempt: attempt) == first
      #expect(isSame)
    }
  }

  /// What the network is in doubt about comes as a veil of half alpha over whole parts of a thing, or of its ground.
  @Test(arguments: ["fruit.jpg", "ball-on-its-side.jpg", "mug.png", "close-up.png"])
  func `a matte is soft along its outline alone`(sample: String) throws {
    let picture = try Engines.sample(sample)
    let matte = try Engines.complete.matte(in: picture, within: nil, attempt: 0)
    let solid = Mask(matte)
    let reach = max(3, max(picture.width, picture.height) / 100)
    let outline = solid.grown(by: reach).subtracting(solid.inverted.grown(by: reach).inverted)
    let veil = matte.alpha.indices.filter { (1...254).contains(matte.alpha[$0]) && outline.values[$0] == 0 }
    #expect(veil.isEmpty)
  }
}
