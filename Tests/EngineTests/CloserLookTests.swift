import Imaging
import Testing

@testable import Engine

/// What a closer look may take away from the first one, and what not.
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
    let objects = try ObjectFinder(full: work, work: work).objects(in: alpha, limit: 1) { box in
      let around = ObjectFinder.surroundings(of: box, in: work.size)
      let seen = (0..<around.width * around.height).map { pixel in
        second(pixel % around.width + around.x, pixel / around.width + around.y) ? Float(1) : 0
      }
      return Plane(width: around.width, height: around.height, values: seen)
    }
    return try #require(objects.first).solid
  }

  private func isDisc(_ x: Int, _ y: Int) -> Bool { (x - 150) * (x - 150) + (y - 110) * (y - 110) <= 60 * 60 }

  private func isOn(_ mask: Mask, _ x: Int, _ y: Int) -> Bool { mask.values[y * mask.width + x] != 0 }

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
