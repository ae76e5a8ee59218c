/// One look at a finished job: the source, each layer on a checker, the plate, the difference of the rebuild, and the
/// numbers under each.
package struct ContactSheet {
  /// What is shown under a picture.
  package struct Caption: Sendable {
    package var title: String
    package var line: String
    package var mood: Mood

    package init(_ title: String, _ line: String, mood: Mood = .plain) {
      self.title = title
      self.line = line
      self.mood = mood
    }
  }

  /// The colour of a line.
  package enum Mood: Sendable {
    case plain
    case good
    case bad

    fileprivate var colour: Canvas.Colour {
      switch self {
      case .plain: .faint
      case .good: Canvas.Colour(12, 128, 68)
      case .bad: .red
      }
    }
  }

  /// Stands large in the upper right corner; empty where there is nothing to say.
  package var verdict: (text: String, mood: Mood) = ("", .plain)

  private var tiles: [(picture: Picture, caption: Caption)] = []
  private let title: String
  private let subtitle: String
  /// Of the shape of the first picture, so that all others of that shape fill theirs.
  private var tile = Size(width: 460, height: 345)

  private static let gap = 30
  private static let header = 112
  private static let captionHeight = 80
  /// What a tile shows, in pixels: enough for detail, little enough for a sheet of twenty.
  private static let tileArea = 160_000.0

  package init(title: String, subtitle: String) {
    self.title = title
    self.subtitle = subtitle
  }

  /// Adds a picture after those before it, or at a place; it is scaled down at once: the sheet holds no more than thumbnails.
  package mutating func add(_ picture: Picture, _ caption: Caption, at place: Int? = nil) {
    if tiles.isEmpty { tile = Self.tile(for: picture.size) }
    let shown = picture.thumbnail(within: tile).overChecker(square: 10)
    tiles.insert((shown, caption), at: place ?? tiles.count)
  }

  /// As high as wide pictures need and as wide as captions need, whatever the picture.
  private static func tile(for size: Size) -> Size {
    let aspect = Double(size.width) / Double(max(1, size.height))
    let width = max(320, min(720, Int((tileArea * aspect).squareRoot())))
    return Size(width: width, height: max(120, min(560, Int(Double(width) / aspect))))
  }

  /// About half as wide again as high, and no row nearly empty.
  private func columns(of cell: Size) -> Int {
    let ideal = (1.5 * Double(max(1, tiles.count) * cell.height) / Double(cell.width)).squareRoot()
    func cost(_ columns: Int) -> Double {
      let empty = (tiles.count + columns - 1) / columns * columns - tiles.count
      return (Double(columns) - ideal).magnitude / ideal + Double(empty) / Double(columns)
    }
    return (min(2, max(1, tiles.count))...max(2, min(tiles.count, 8))).min { cost($0) < cost($1) } ?? 2
  }

  package func drawn() -> Picture {
    let cell = Size(width: tile.width + Self.gap, height: tile.height + Self.captionHeight + Self.gap)
    let columns = columns(of: cell)
    let rows = (tiles.count + columns - 1) / columns
    var canvas = Canvas(
      width: Self.gap + max(columns * cell.width, 700), height: Self.header + rows * cell.height, colour: .paper)
    drawHeader(on: &canvas)
    for (index, tile) in tiles.enumerated() {
      draw(
        tile, x: Self.gap + index % columns * cell.width, y: Self.header + index / columns * cell.height, on: &canvas)
    }
    return canvas.picture
  }

  private func drawHeader(on canvas: inout Canvas) {
    let width = canvas.width - 2 * Self.gap
    let verdict = Lettering(verdict.text, size: 30, within: width / 2)
    canvas.draw(verdict, x: canvas.width - Self.gap - verdict.width, y: 22, self.verdict.mood.colour)
    let title = Lettering(title, size: 30, isBold: true, within: width - verdict.width - Self.gap)
    canvas.draw(title, x: Self.gap, y: 22, .ink)
    canvas.draw(Lettering(subtitle, size: 18, within: width), x: Self.gap, y: 66, .faint)
  }

  /// The picture at the tile's lower left, where its caption begins.
  private func draw(_ tile: (picture: Picture, caption: Caption), x: Int, y: Int, on canvas: inout Canvas) {
    let top = y + self.tile.height - tile.picture.height
    let frame = Box(x: x - 1, y: top - 1, width: tile.picture.width + 2, height: tile.picture.height + 2)
    canvas.outline(frame, .rule, thickness: 1)
    canvas.place(tile.picture, x: x, y: top)
    let below = y + self.tile.height + 8
    let title = Lettering(tile.caption.title, size: 19, isBold: true, within: self.tile.width)
    canvas.draw(title, x: x, y: below, .ink)
    let line = Lettering(tile.caption.line, size: 17, within: self.tile.width, lines: 2)
    canvas.draw(line, x: x, y: below + title.height + 3, tile.caption.mood.colour)
  }
}
