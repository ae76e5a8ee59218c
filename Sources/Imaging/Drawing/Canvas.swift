/// A small 8-bit RGB drawing surface for pictures that people look at: problems, findings, contact sheets.
package struct Canvas: Sendable {
  package let width: Int
  package let height: Int
  /// Interleaved RGB, top row first.
  package private(set) var pixels: [UInt8]

  package struct Colour: Sendable, Hashable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
      (self.red, self.green, self.blue) = (red, green, blue)
    }

    package static let white = Colour(255, 255, 255)
    package static let black = Colour(20, 20, 20)
    package static let red = Colour(230, 30, 50)
    package static let magenta = Colour(235, 0, 200)
    package static let amber = Colour(255, 170, 0)
    package static let cyan = Colour(0, 190, 230)
    package static let blue = Colour(20, 80, 230)
    package static let green = Colour(20, 170, 90)
    package static let paper = Colour(247, 247, 245)
    package static let ink = Colour(34, 36, 40)
    package static let faint = Colour(118, 122, 130)
    package static let rule = Colour(214, 214, 210)
  }

  /// Filled with one colour.
  package init(width: Int, height: Int, colour: Colour = .white) {
    self.width = width
    self.height = height
    pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      for pixel in 0..<width * height {
        buffer[3 * pixel] = colour.red
        buffer[3 * pixel + 1] = colour.green
        buffer[3 * pixel + 2] = colour.blue
      }
      count = width * height * 3
    }
  }

  /// The picture over white, with `below` further rows of black under it for a legend.
  package init(_ picture: Picture, legendRows below: Int = 0) {
    width = picture.width
    height = picture.height + below
    pixels = picture.eightBitRGB() + [UInt8](repeating: 20, count: below * picture.width * 3)
  }

  package var picture: Picture { Picture(width: width, height: height, channels: 3, samples: .eight(pixels)) }

  /// Sets one pixel; outside the surface nothing happens.
  package mutating func set(_ x: Int, _ y: Int, _ colour: Colour) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let at = (y * width + x) * 3
    (pixels[at], pixels[at + 1], pixels[at + 2]) = (colour.red, colour.green, colour.blue)
  }

  /// Mixes the colour into one pixel; `strength` 0...1.
  package mutating func blend(_ pixel: Int, _ colour: Colour, strength: Float) {
    let at = pixel * 3
    for (offset, value) in [colour.red, colour.green, colour.blue].enumerated() {
      let old = Float(pixels[at + offset])
      pixels[at + offset] = UInt8(old + (Float(value) - old) * strength)
    }
  }

  package mutating func fill(_ box: Box, _ colour: Colour) {
    for y in max(0, box.y)..<max(max(0, box.y), min(height, box.bottom)) {
      for x in max(0, box.x)..<max(max(0, box.x), min(width, box.right)) { set(x, y, colour) }
    }
  }

  /// The outline of a box, `thickness` pixels inwards.
  package mutating func outline(_ box: Box, _ colour: Colour, thickness: Int) {
    fill(Box(x: box.x, y: box.y, width: box.width, height: thickness), colour)
    fill(Box(x: box.x, y: box.bottom - thickness, width: box.width, height: thickness), colour)
    fill(Box(x: box.x, y: box.y, width: thickness, height: box.height), colour)
    fill(Box(x: box.right - thickness, y: box.y, width: thickness, height: box.height), colour)
  }

  /// Text with its top left corner at (x, y), cut to the surface.
  mutating func draw(_ text: Lettering, x: Int, y: Int, _ colour: Colour) {
    for row in max(0, -y)..<max(max(0, -y), min(text.height, height - y)) {
      for column in max(0, -x)..<max(max(0, -x), min(text.width, width - x)) {
        let ink = text.ink[row * text.width + column]
        if ink > 0 { blend((y + row) * width + x + column, colour, strength: Float(ink) / 255) }
      }
    }
  }

  /// An arrow with a white rim, so that it shows on anything; shorter than its head, it is a dot.
  package mutating func arrow(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), _ colour: Colour, thickness: Int
  ) {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = max(1e-6, (dx * dx + dy * dy).squareRoot())
    let head = min(length * 0.5, Double(thickness) * 4)
    // The barbs lie at 30 degrees to the shaft.
    let barbs = [0.5, -0.5].map { sine in
      (
        x: end.x - head * (0.866 * dx - sine * dy) / length, y: end.y - head * (0.866 * dy + sine * dx) / length
      )
    }
    for (paint, width) in [(Colour.white, thickness + max(2, thickness / 2)), (colour, thickness)] {
      line(from: start, to: end, paint, thickness: width)
      for barb in barbs { line(from: barb, to: end, paint, thickness: width) }
    }
  }

  /// A straight line of squares.
  private mutating func line(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), _ colour: Colour, thickness: Int
  ) {
    let steps = max(1, Int(max((end.x - start.x).magnitude, (end.y - start.y).magnitude).rounded(.up)))
    for step in 0...steps {
      let part = Double(step) / Double(steps)
      let (x, y) = (start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)
      let (left, top) = (Int(x.rounded()) - thickness / 2, Int(y.rounded()) - thickness / 2)
      fill(Box(x: left, y: top, width: thickness, height: thickness), colour)
    }
  }

  /// Puts a picture with its top left corner at (x, y), cut to the surface.
  package mutating func place(_ picture: Picture, x: Int, y: Int) {
    let rgb = picture.eightBitRGB()
    let columns = max(0, -x)..<max(max(0, -x), min(picture.width, width - x))
    for row in max(0, -y)..<max(max(0, -y), min(picture.height, height - y)) where !columns.isEmpty {
      let from = (row * picture.width + columns.lowerBound) * 3
      let to = ((y + row) * width + x + columns.lowerBound) * 3
      let count = columns.count * 3
      pixels.replaceSubrange(to..<to + count, with: rgb[from..<from + count])
    }
  }
}
