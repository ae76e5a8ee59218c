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

extension Box {
  /// The smallest box around all values that are not 0, one a pixel; nil if there are none.
  init?(around values: [UInt8], width: Int, height: Int) {
    var (left, right, top, bottom) = (width, -1, height, -1)
    values.withUnsafeBufferPointer { values in
      for y in 0..<height {
        let row = values[y * width..<(y + 1) * width]
        guard let first = row.firstIndex(where: { $0 != 0 }), let last = row.lastIndex(where: { $0 != 0 }) else {
          continue
        }
        (left, right) = (min(left, first - y * width), max(right, last - y * width))
        (top, bottom) = (min(top, y), y)
      }
    }
    guard right >= 0 else { return nil }
    self.init(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}

extension Mask {
  /// The smallest box around all pixels that are on; nil if none is.
  package var bounds: Box? { Box(around: values, width: width, height: height) }
}
