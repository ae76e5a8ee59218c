/// The bitmap font in larger sizes without stairs: each glyph is doubled twice by the rules of Scale2x (Mazzoleni
/// 2001), which round diagonals, and then averaged down to greys.
enum Lettering {
  /// A letter's cell at `scale` 1, 2, 3 …, in pixels.
  static func cell(scale: Int) -> Size {
    Size(width: BitmapFont.glyphWidth * scale, height: BitmapFont.glyphHeight * scale)
  }

  /// How much of each pixel of the cell is ink, 0...255, top row first.
  static func coverage(of character: Character, scale: Int) -> [UInt8] {
    let rows = BitmapFont.rows(of: character)
    var ink: [Bool] = []
    for bits in rows {
      ink += (0..<BitmapFont.glyphWidth).map { bits >> (BitmapFont.glyphWidth - 1 - $0) & 1 == 1 }
    }
    guard scale > 1 else { return ink.map { $0 ? 255 : 0 } }
    var size = cell(scale: 1)
    for _ in 0..<2 { (ink, size) = (doubled(ink, size), Size(width: size.width * 2, height: size.height * 2)) }
    return averaged(ink, size, to: cell(scale: scale))
  }

  private static func doubled(_ ink: [Bool], _ size: Size) -> [Bool] {
    func at(_ x: Int, _ y: Int) -> Bool {
      x >= 0 && y >= 0 && x < size.width && y < size.height && ink[y * size.width + x]
    }
    var out = [Bool](repeating: false, count: ink.count * 4)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let (here, above, below) = (at(x, y), at(x, y - 1), at(x, y + 1))
        let (left, right) = (at(x - 1, y), at(x + 1, y))
        let corner = above != below && left != right
        let to = 2 * y * 2 * size.width + 2 * x
        out[to] = corner && left == above ? left : here
        out[to + 1] = corner && above == right ? right : here
        out[to + 2 * size.width] = corner && left == below ? left : here
        out[to + 2 * size.width + 1] = corner && below == right ? right : here
      }
    }
    return out
  }

  /// Area averages on a grid of 4 × 4 samples a pixel.
  private static func averaged(_ ink: [Bool], _ from: Size, to target: Size) -> [UInt8] {
    (0..<target.width * target.height).map { pixel in
      var hits = 0
      for row in 0..<4 {
        for column in 0..<4 {
          let x = (pixel % target.width * 4 + column) * from.width / (target.width * 4)
          let y = (pixel / target.width * 4 + row) * from.height / (target.height * 4)
          if ink[y * from.width + x] { hits += 1 }
        }
      }
      return UInt8(hits * 255 / 16)
    }
  }
}
