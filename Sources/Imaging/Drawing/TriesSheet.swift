/// The tries of one step side by side, each with its number, its score and what was found.
package struct TriesSheet: Sendable {
  /// More would be too small to judge.
  package static let mostShown = 8
  private static let side = 420
  private static let gap = 14
  private static let columns = 4

  /// One try.
  package struct Entry: Sendable {
    /// As `try:` in the edit file picks it.
    package var number: Int
    package var picture: Picture
    /// 0...1; 1 has passed.
    package var score: Double
    package var notes: String
    /// Whether it is the one that lies in the folder as the step's picture.
    package var isChosen: Bool

    package init(number: Int, picture: Picture, score: Double, notes: String, isChosen: Bool) {
      self.number = number
      self.picture = picture
      self.score = score
      self.notes = notes
      self.isChosen = isChosen
    }
  }

  private let entries: [Entry]

  package init(_ entries: [Entry]) {
    self.entries = entries
  }

  /// At most four columns; the chosen try has a green frame.
  package var picture: Picture {
    let previews = entries.map { $0.picture.scaledDown(to: Self.side) }
    let texts = entries.map(Self.lines)
    let width = Self.side + Self.gap
    let textHeight = texts.map { $0.reduce(0) { $0 + $1.height } }.max() ?? 0
    let height = (previews.map(\.height).max() ?? 0) + textHeight + 3 * Self.gap
    let columns = max(1, min(Self.columns, entries.count))
    let rows = max(1, (entries.count + columns - 1) / columns)
    var canvas = Canvas(width: columns * width + Self.gap, height: rows * height + Self.gap, colour: Self.paper)
    for (index, entry) in entries.enumerated() {
      let (left, top) = (Self.gap + index % columns * width, Self.gap + index / columns * height)
      let preview = previews[index]
      if entry.isChosen {
        let frame = Box(x: left - 6, y: top - 6, width: preview.width + 12, height: preview.height + 12)
        canvas.fill(frame, .green)
      }
      canvas.place(preview, x: left, y: top)
      var y = top + preview.height + Self.gap
      for (row, line) in texts[index].enumerated() {
        canvas.draw(line, x: left, y: y, row == 0 && entry.isChosen ? Canvas.Colour(12, 128, 68) : .black)
        y += line.height
      }
    }
    return canvas.picture
  }

  private static let paper = Canvas.Colour(226, 228, 232)

  private static func lines(of entry: Entry) -> [Lettering] {
    let score = Int((entry.score * 100).rounded())
    let head = "try: \(entry.number)   score \(score)\(entry.isChosen ? "   best" : "")"
    return [
      Lettering(head, size: 20, isBold: true, within: side),
      Lettering(entry.notes.isEmpty ? "Passed." : entry.notes, size: 17, within: side, lines: 4),
    ]
  }
}
