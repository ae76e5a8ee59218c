import Imaging
import TestSupport
import Testing

@testable import Engine

/// What the network is shown, and what a closer look may take away from the first one.
struct CloserLookTests {
  private let scene = PaintedScene(
    320, 240, .texture, discs: [.init(x: 150, y: 110, radius: 60, colour: [200, 40, 40])])

  /// The object as found with a first look at `first` and a closer one at `second`, which say where things are.
  private func found(
    _ first: (_ x: Int, _ y: Int) -> Bool, closer second: @escaping (_ x: Int, _ y: Int) -> Bool
  ) throws -> Mask {
    let work = RGB(scene.picture)
    let places = (0..<work.width * work.height).map { (x: $0 % work.width, y: $0 / work.width) }
    let alpha = Plane(width: work.width, height: work.height, values: places.map { first($0.x, $0.y) ? 1 : 0 })
    let objects = try ObjectFinder(full: work, work: work).objects(in: alpha, limit: 1) { boxes in
      boxes.map { box in
        guard let box else { return nil }
        let around = ObjectFinder.surroundings(of: box, in: work.size)
        let seen = (0..<around.width * around.height).map { pixel in
          second(pixel % around.width + around.x, pixel / around.width + around.y) ? Float(1) : 0
        }
        return Plane(width: around.width, height: around.height, values: seen)
      }
    }
    return try #require(objects.first).solid
  }

  private func isDisc(_ x: Int, _ y: Int) -> Bool { (x - 150) * (x - 150) + (y - 110) * (y - 110) <= 60 * 60 }

  private func isOn(_ mask: Mask, _ x: Int, _ y: Int) -> Bool { mask.values[y * mask.width + x] != 0 }

  @Test(arguments: ["fruit.jpg", "close-up.png", "ball-on-its-side.jpg"])
  func `a picture and its mirror image are seen alike`(name: String) throws {
    let picture = try RGB(Engines.sample(name))
    let mirrored = mirror(picture)
    let ahead = try #require(try Engines.complete.foreground(of: picture, in: picture.size))
    let back = try #require(try Engines.complete.foreground(of: mirrored, in: picture.size))
    let differing = ahead.values.indices.count { pixel in
      let (x, y) = (pixel % picture.width, pixel / picture.width)
      return abs(ahead.values[pixel] - back.values[y * picture.width + picture.width - 1 - x]) > 0.1
    }
    #expect(differing < ahead.values.count / 1000)
  }

  @Test func `the network is let go when nobody has looked for a while, and loaded again`() async throws {
    let engine = Engine(files: Engines.complete.files, patience: 0.05)
    let picture = try Engines.sample("mug.png")
    for _ in 0..<2 {
      #expect(try engine.findObjects(in: picture).count == 1)
      try await eventually("the network is let go") { !engine.salience.isWarm }
    }
  }

  @Test func `while pictures come the network stays`() throws {
    let engine = Engine(files: Engines.complete.files)
    _ = try engine.findObjects(in: Engines.sample("mug.png"))
    #expect(engine.salience.isWarm)
  }

  @Test func `after a large picture the network is let go at once`() throws {
    let engine = Engine(files: Engines.complete.files)
    let grey = [UInt8](repeating: 120, count: 2001 * 2000 * 3)
    _ = try engine.findObjects(in: Picture(width: 2001, height: 2000, channels: 3, samples: .eight(grey)))
    #expect(!engine.salience.isWarm)
  }

  private func mirror(_ picture: RGB) -> RGB {
    var mirrored = picture
    for pixel in 0..<picture.width * picture.height {
      let (x, y) = (pixel % picture.width, pixel / picture.width)
      let place = y * picture.width + picture.width - 1 - x
      for channel in 0..<3 { mirrored.values[place * 3 + channel] = picture.values[pixel * 3 + channel] }
    }
    return mirrored
  }

  @Test func `a thick part that the first look was sure of stays, as the metal top of a lighter`() throws {
    let solid = try found(isDisc) { isDisc($0, $1) && $1 > 80 }
    #expect(isOn(solid, 150, 65))
    #expect(isOn(solid, 150, 140))
  }

  @Test func `a thin rim that the closer look does not see goes`() throws {
    let solid = try found(isDisc) { x, y in (x - 150) * (x - 150) + (y - 110) * (y - 110) <= 56 * 56 }
    #expect(!isOn(solid, 150, 111 - 60))
    #expect(isOn(solid, 150, 110))
  }

  @Test func `a closer look at something else does not count`() throws {
    let solid = try found(isDisc) { x, y in x > 150 && y > 110 && isDisc(x, y) }
    #expect(isOn(solid, 120, 80))
  }
}
