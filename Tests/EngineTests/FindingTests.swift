import Engine
import Imaging
import Testing

struct FindingTests {
  @Test(arguments: [("mug.png", 1), ("close-up.png", 1), ("ball-on-its-side.jpg", 1), ("fruit.jpg", 3), ("sky.jpg", 0)])
  func `a sample holds as many objects as a person counts`(name: String, count: Int) throws {
    let found = try Engines.complete.findObjects(in: Engines.sample(name))
    #expect(found.count == count)
    #expect(Set(found.map(\.name)).count == count)
  }

  @Test(arguments: [1, 2, 3])
  func `discs on a gradient are found each to its edge`(count: Int) throws {
    let scene = PaintedScene(480, 360, .gradient, discs: PaintedScene.discs(count, width: 480, height: 360))
    let found = try Engines.complete.findObjects(in: scene.picture)
    try #require(found.count == count)
    for disc in 0..<count {
      let best = found.map { $0.solid.overlap(with: scene.mask(of: disc)) }.max()
      #expect(try #require(best) > 0.9)
    }
  }

  @Test(arguments: [1, 3])
  func `without weights objects on a plain background are found`(count: Int) throws {
    let discs = PaintedScene.discs(count, width: 400, height: 300)
    let scene = PaintedScene(400, 300, .plain(236, 238, 240), discs: discs)
    let found = try Engines.classic.findObjects(in: scene.picture)
    #expect(found.count == count)
    #expect(Engines.classic.modelName == "classic")
    var all = [UInt8](repeating: 0, count: 400 * 300)
    for object in found {
      for pixel in all.indices where object.solid.values[pixel] != 0 { all[pixel] = 255 }
    }
    #expect(Mask(width: 400, height: 300, thresholding: all).overlap(with: scene.mask()) > 0.95)
  }

  @Test func `without weights a textured background gives nothing, not everything`() throws {
    let scene = PaintedScene(320, 240, .texture, discs: PaintedScene.discs(1, width: 320, height: 240))
    #expect(try Engines.classic.findObjects(in: scene.picture).isEmpty)
  }

  @Test(arguments: [PaintedScene.Background.plain(255, 255, 255), .plain(0, 0, 0), .gradient])
  func `nothing stands out of a background alone`(background: PaintedScene.Background) throws {
    let scene = PaintedScene(300, 200, background)
    #expect(try Engines.complete.findObjects(in: scene.picture).isEmpty)
    #expect(try Engines.classic.findObjects(in: scene.picture).isEmpty)
  }

  /// A lit disc is 0.6 to 1.4 times as bright as its colour.
  @Test(arguments: [(Float(500), 0), (240, 1)])
  func `a disc that is white all over is no object, for a layer would show nothing`(level: Float, count: Int) throws {
    let disc = PaintedScene.Disc(x: 130, y: 150, radius: 60, colour: [level, level, level])
    let scene = PaintedScene(400, 300, .plain(90, 90, 90), discs: [disc])
    #expect(try Engines.classic.findObjects(in: scene.picture).count == count)
  }

  @Test func `what stands lower in the picture comes first`() throws {
    let found = try Engines.complete.findObjects(in: Engines.sample("fruit.jpg"))
    #expect(found.map(\.box.bottom) == found.map(\.box.bottom).sorted(by: >))
  }

  @Test func `an object's region covers its whole soft matte`() throws {
    for object in try Engines.complete.findObjects(in: Engines.sample("mug.png")) {
      let spills = object.matte.alpha.indices.contains { object.matte.alpha[$0] > 0 && object.region.values[$0] == 0 }
      #expect(!spills)
    }
  }

  @Test func `each region of a person's mask is one object`() throws {
    let scene = PaintedScene(400, 300, .texture, discs: PaintedScene.discs(2, width: 400, height: 300))
    let found = try Engines.complete.objects(markedBy: scene.mask(grownBy: 6), in: scene.picture)
    #expect(found.count == 2)
  }

  @Test func `at most as many objects as asked for`() throws {
    #expect(try Engines.complete.findObjects(in: Engines.sample("fruit.jpg"), limit: 2).count == 2)
  }

  @Test(arguments: [(1, 1), (1, 50), (50, 1), (2, 3), (3000, 4), (4, 3000), (1500, 30)])
  func `a picture of any shape is looked at`(width: Int, height: Int) throws {
    for background in [PaintedScene.Background.plain(200, 10, 10), .texture] {
      let picture = PaintedScene(width, height, background).picture
      for engine in [Engines.complete, Engines.classic] {
        for object in try engine.findObjects(in: picture) { #expect(object.matte.size == picture.size) }
        #expect(try engine.matte(in: picture, within: nil, attempt: 0).size == picture.size)
        #expect(try engine.matte(in: picture, within: nil, attempt: 1).size == picture.size)
      }
    }
  }

  @Test func `the same picture gives the same objects`() throws {
    let picture = try Engines.sample("fruit.jpg")
    let first = try Engines.complete.findObjects(in: picture)
    let second = try Engine(files: Engines.complete.files).findObjects(in: picture)
    let isSame = first.map(\.matte) == second.map(\.matte)
    #expect(isSame)
    #expect(first.map(\.name) == second.map(\.name))
  }

  @Test func `sixteen bits and alpha are looked at as eight bits over white`() throws {
    let scene = PaintedScene(400, 300, .gradient, discs: PaintedScene.discs(1, width: 400, height: 300))
    let deep = try Engines.complete.findObjects(in: scene.deepPicture)
    #expect(deep.count == 1)
    #expect(deep.first?.matte.size == scene.picture.size)
  }
}
