import Imaging
import Testing

@testable import Engine

/// One map of everything, cut into objects: what parts two bodies, and what becomes of small regions.
struct SplittingTests {
  private let width = 320
  private let height = 240

  /// What is on where, and in what colour; later ones lie over earlier ones.
  private typealias Shape = (colour: [UInt8], holds: (_ x: Int, _ y: Int) -> Bool)

  private func disc(_ x: Int, _ y: Int, _ radius: Int, _ colour: [UInt8]) -> Shape {
    (colour, { ($0 - x) * ($0 - x) + ($1 - y) * ($1 - y) <= radius * radius })
  }

  /// The label at each of the places asked for, 0 for background.
  private func labels(
    of shapes: [Shape], smallest: Double = Splitting.usualSmallestShare, at places: [(x: Int, y: Int)]
  ) throws -> [Int32] {
    var picture = RGB(width: width, height: height, values: [UInt8](repeating: 230, count: width * height * 3))
    var mask = [UInt8](repeating: 0, count: width * height)
    for pixel in mask.indices {
      for shape in shapes where shape.holds(pixel % width, pixel / width) {
        mask[pixel] = 255
        picture.values.replaceSubrange(pixel * 3..<pixel * 3 + 3, with: shape.colour)
      }
    }
    let regions = try Splitting(picture: picture, mask: mask, smallestShare: smallest).objects()
    return places.map { regions.labels[$0.y * width + $0.x] }
  }

  @Test func `a disc half hidden by one of another colour is an object of its own`() throws {
    let shapes = [disc(120, 120, 50, [200, 30, 30]), disc(190, 120, 40, [30, 60, 200])]
    let labels = try labels(of: shapes, at: [(100, 120), (200, 120)])
    #expect(labels[0] > 0 && labels[1] > 0)
    #expect(labels[0] != labels[1])
  }

  @Test func `two discs of one colour with a wide neck stay one object`() throws {
    let shapes = [disc(130, 120, 50, [200, 30, 30]), disc(190, 120, 50, [200, 30, 30])]
    let labels = try labels(of: shapes, at: [(100, 120), (220, 120)])
    #expect(labels[0] > 0 && labels[0] == labels[1])
  }

  @Test func `a shirt and trousers are one object, however different their colours`() throws {
    let shirt: Shape = ([200, 30, 30], { x, y in (120..<200).contains(x) && (30..<120).contains(y) })
    let trousers: Shape = ([30, 60, 200], { x, y in (120..<200).contains(x) && (120..<210).contains(y) })
    let labels = try labels(of: [shirt, trousers], at: [(160, 60), (160, 180)])
    #expect(labels[0] > 0 && labels[0] == labels[1])
  }

  @Test func `a small part beside an object belongs to it`() throws {
    let shapes = [disc(120, 100, 50, [200, 30, 30]), disc(120, 158, 5, [30, 60, 200])]
    let labels = try labels(of: shapes, at: [(120, 100), (120, 158)])
    #expect(labels[0] > 0 && labels[0] == labels[1])
  }

  @Test(arguments: [(Splitting.usualSmallestShare, false), (Splitting.plainSmallestShare, true)])
  func `a small thing apart is an object on plain backgrounds alone`(smallest: Double, isObject: Bool) throws {
    let shapes = [disc(120, 100, 50, [200, 30, 30]), disc(280, 200, 5, [30, 60, 200])]
    let labels = try labels(of: shapes, smallest: smallest, at: [(120, 100), (280, 200)])
    #expect(labels[0] > 0)
    #expect((labels[1] > 0) == isObject)
    #expect(labels[0] != labels[1])
  }
}
