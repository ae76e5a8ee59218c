/// One value a pixel, 0...255 unless said otherwise; top row first. For measuring, not for showing.
package struct Plane: Sendable {
  package let width: Int
  package let height: Int
  /// `width * height` values.
  package var values: [Float]

  package init(width: Int, height: Int, values: [Float]) {
    self.width = width
    self.height = height
    self.values = values
  }

  /// Luma of Rec. 601 over white.
  init(luminanceOf picture: Picture) {
    self.init(width: picture.width, height: picture.height, values: picture.luminance().map { Float($0) })
  }

  /// Means of squares of `factor` × `factor` pixels; what does not fill a square at the right and bottom is cut off.
  func reduced(by factor: Int) -> Plane {
    guard factor > 1 else { return self }
    let size = Size(width: width / factor, height: height / factor)
    var out = [Float](repeating: 0, count: size.width * size.height)
    values.withUnsafeBufferPointer { from in
      for y in 0..<size.height * factor {
        for x in 0..<size.width * factor { out[y / factor * size.width + x / factor] += from[y * width + x] }
      }
    }
    let share = 1 / Float(factor * factor)
    return Plane(width: size.width, height: size.height, values: out.map { $0 * share })
  }

  /// The mean of each pixel's 3 × 3 neighbourhood, cut to the plane.
  func blurred() -> Plane {
    var out = values
    for y in 0..<height {
      for x in 0..<width {
        var sum: Float = 0
        var count: Float = 0
        for row in max(0, y - 1)...min(height - 1, y + 1) {
          for column in max(0, x - 1)...min(width - 1, x + 1) {
            sum += values[row * width + column]
            count += 1
          }
        }
        out[y * width + x] = sum / count
      }
    }
    return Plane(width: width, height: height, values: out)
  }

  /// This plane and halves of it, coarsest last, until the longer side is at most `side`.
  func pyramid(downTo side: Int) -> [Plane] {
    var levels = [self]
    while let last = levels.last, max(last.width, last.height) > side, min(last.width, last.height) >= 16 {
      levels.append(last.reduced(by: 2))
    }
    return levels
  }
}
