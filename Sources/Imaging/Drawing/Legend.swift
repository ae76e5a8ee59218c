/// What is written under a picture: sentences, some with a patch of the colour that they explain.
///
/// How large the letters are and where the lines break follows from the picture's width.
struct Legend {
  /// One sentence.
  struct Entry {
    let text: String
    let colour: Canvas.Colour?

    init(_ text: String, _ colour: Canvas.Colour? = nil) {
      self.text = text
      self.colour = colour
    }
  }

  /// The font's size in pixels.
  let size: Int
  private let entries: [(text: Lettering, colour: Canvas.Colour?)]

  init(_ entries: [Entry], width: Int) {
    let size = max(11, min(72, width / 44))
    self.size = size
    self.entries = entries.map { entry in
      let room = width - 2 * size - (entry.colour == nil ? 0 : Self.patch(size))
      return (Lettering(entry.text, size: size, within: room, lines: Self.mostLines), entry.colour)
    }
  }

  private static let mostLines = 12

  /// How wide a patch and its gap are.
  private static func patch(_ size: Int) -> Int { 2 * size }

  /// The rows that the legend takes.
  var height: Int { entries.reduce(size) { $0 + $1.text.height + size / 4 } }

  func draw(on canvas: inout Canvas, top: Int) {
    var y = top + size / 2
    for (text, colour) in entries {
      if let colour {
        let line = size * 5 / 4
        canvas.fill(Box(x: size, y: y + line / 6, width: size * 3 / 2, height: line * 2 / 3), colour)
      }
      canvas.draw(text, x: size + (colour == nil ? 0 : Self.patch(size)), y: y, .white)
      y += text.height + size / 4
    }
  }
}
