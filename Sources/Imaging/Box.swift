/// A rectangle in pixels of a picture.
package struct Box: Sendable, Hashable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// One past the last column and row.
  package var right: Int { x + width }
  package var bottom: Int { y + height }

  /// Grown by `margin` on every side and cut to a picture of `size`.
  package func grown(by margin: Int, within size: Size) -> Box {
    let left = max(0, x - margin)
    let top = max(0, y - margin)
    return Box(
      x: left, y: top, width: min(size.width, right + margin) - left, height: min(size.height, bottom + margin) - top)
  }
}

extension Mask {
  /// The smallest box around all pixels that are on; nil if none is.
  package var bounds: Box? {
    var (left, right, top, bottom) = (width, -1, height, -1)
    values.withUnsafeBufferPointer { values in
      for y in 0..<height {
        for x in 0..<width where values[y * width + x] != 0 {
          (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
        }
      }
    }
    return right < 0 ? nil : Box(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}
