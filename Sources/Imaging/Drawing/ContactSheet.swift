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

  /// The colour of the line under a title.
  package enum Mood: Sendable {
    case plain
    case good
    case bad
  }

  private var tiles: [(picture: Picture, caption: Caption)] = []
  private let title: String
  private let subtitle: String

  private static let tile = Size(width: 460, height: 345)
  private static let gap = 30
  private static let captionHeight = 66

  package init(title: String, subtitle: String) {
    self.title = title
    self.subtitle = subtitle
  }

  /// Adds a picture, which is scaled down at once: the sheet holds no more than thumbnails.
  package mutating func add(_ picture: Picture, _ caption: Caption) {
    tiles.append((picture.thumbnail(within: Self.tile).overChecker(square: 10), caption))
  }

  /// The sheet, in rows of two, three or four.
  package func drawn() -> Picture {
    let columns = tiles.count <= 4 ? 2 : tiles.count <= 9 ? 3 : 4
    let rows = (tiles.count + columns - 1) / columns
    let cell = Size(width: Self.tile.width + Self.gap, height: Self.tile.height + Self.captionHeight + Self.gap)
    let header = 104
    var canvas = Canvas(
      width: Self.gap + columns * cell.width, height: header + rows * cell.height + 6, colour: .paper)
    let width = canvas.width - 2 * Self.gap
    canvas.draw(fitted(title, scale: 3, width: width), x: Self.gap, y: 20, .ink, scale: 3)
    canvas.draw(fitted(subtitle, scale: 2, width: width), x: Self.gap, y: 64, .faint, scale: 2)
    for (index, tile) in tiles.enumerated() {
      draw(tile, x: Self.gap + index % columns * cell.width, y: header + index / columns * cell.height, on: &canvas)
    }
    return canvas.picture
  }

  /// The picture in the middle of its frame, the caption under it.
  private func draw(_ tile: (picture: Picture, caption: Caption), x: Int, y: Int, on canvas: inout Canvas) {
    let frame = Box(x: x - 1, y: y - 1, width: Self.tile.width + 2, height: Self.tile.height + 2)
    canvas.fill(frame, Canvas.Colour(255, 255, 255))
    canvas.outline(frame, .rule, thickness: 1)
    canvas.place(
      tile.picture, x: x + (Self.tile.width - tile.picture.width) / 2,
      y: y + (Self.tile.height - tile.picture.height) / 2)
    let below = y + Self.tile.height + 8
    canvas.draw(fitted(tile.caption.title, scale: 2, width: Self.tile.width), x: x, y: below, .ink, scale: 2)
    let colour: Canvas.Colour =
      switch tile.caption.mood {
      case .plain: .faint
      case .good: Canvas.Colour(12, 128, 68)
      case .bad: .red
      }
    canvas.draw(fitted(tile.caption.line, scale: 2, width: Self.tile.width), x: x, y: below + 28, colour, scale: 2)
  }

  /// Cut to what fits, with two dots at the end.
  private func fitted(_ text: String, scale: Int, width: Int) -> String {
    let most = width / Lettering.cell(scale: scale).width
    return text.count <= most ? text : String(text.prefix(max(0, most - 2))) + ".."
  }
}
