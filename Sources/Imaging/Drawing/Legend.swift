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

  private struct Line {
    var text: String
    var colour: Canvas.Colour?
    /// Beside a patch, or under a line that is.
    var isIndented: Bool
  }

  let scale: Int
  private let lines: [Line]

  init(_ entries: [Entry], width: Int) {
    let scale = max(1, min(8, width / 320))
    self.scale = scale
    lines = entries.flatMap { entry in
      let indent = entry.colour == nil ? 0 : Self.patchColumns
      let columns = max(8, width / (BitmapFont.glyphWidth * scale) - 2 - indent)
      return Self.wrapped(entry.text, columns: columns).enumerated().map { index, text in
        Line(text: text, colour: index == 0 ? entry.colour : nil, isIndented: entry.colour != nil)
      }
    }
  }

  /// How many letters a patch and its gap are wide.
  private static let patchColumns = 3

  private static func wrapped(_ text: String, columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + word.count + 1 > columns {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? "\(word)" : " \(word)"
    }
    return lines + [line]
  }

  private var lineHeight: Int { (BitmapFont.glyphHeight + 3) * scale }
  /// The rows that the legend takes.
  var height: Int { lines.count * lineHeight + 6 * scale }

  func draw(on canvas: inout Canvas, top: Int) {
    let letter = BitmapFont.glyphWidth * scale
    for (index, line) in lines.enumerated() {
      let y = top + 4 * scale + index * lineHeight
      if let colour = line.colour {
        canvas.fill(Box(x: letter, y: y + scale, width: 2 * letter, height: lineHeight - 4 * scale), colour)
      }
      let x = letter * (line.isIndented ? 1 + Self.patchColumns : 1)
      canvas.draw(line.text, x: x, y: y, .white, scale: scale)
    }
  }
}
