/// True wherever a true value lies within `radius` pixels in both directions (a square window: Chebyshev
/// distance). Rows, then columns, each in one pass; the cost does not depend on the radius.
func dilated(_ values: [Bool], width: Int, height: Int, by radius: Int) -> [Bool] {
  guard radius > 0, width > 0, height > 0 else { return values }
  var rows = [Bool](repeating: false, count: values.count)
  for y in 0..<height {
    let start = y * width
    var reach = -1
    // `reach` is the last column that a true value seen so far lights up.
    for x in 0..<width {
      if values[start + x] { reach = x + radius }
      if x <= reach { rows[start + x] = true }
    }
    reach = width
    for x in stride(from: width - 1, through: 0, by: -1) {
      if values[start + x] { reach = x - radius }
      if x >= reach { rows[start + x] = true }
    }
  }
  var result = [Bool](repeating: false, count: values.count)
  // Down and up over whole rows, so that memory is read in order.
  var reach = [Int](repeating: -1, count: width)
  for y in 0..<height {
    let start = y * width
    for x in 0..<width {
      if rows[start + x] { reach[x] = y + radius }
      if y <= reach[x] { result[start + x] = true }
    }
  }
  reach = [Int](repeating: height, count: width)
  for y in stride(from: height - 1, through: 0, by: -1) {
    let start = y * width
    for x in 0..<width {
      if rows[start + x] { reach[x] = y - radius }
      if y >= reach[x] { result[start + x] = true }
    }
  }
  return result
}

extension Mask {
  /// The mask grown by `radius` pixels in every direction (a square window).
  package func grown(by radius: Int) -> Mask {
    // Most masks cover a small part of a large picture.
    guard let box = bounds?.grown(by: max(0, radius), within: size) else { return self }
    var on: [Bool] = []
    on.reserveCapacity(box.width * box.height)
    for y in box.y..<box.bottom { on += values[y * width + box.x..<y * width + box.right].lazy.map { $0 != 0 } }
    on = dilated(on, width: box.width, height: box.height, by: radius)
    var grown = values
    grown.withUnsafeMutableBufferPointer { grown in
      for y in 0..<box.height {
        for x in 0..<box.width where on[y * box.width + x] { grown[(y + box.y) * width + x + box.x] = 255 }
      }
    }
    return Mask(width: width, height: height, thresholding: grown)
  }
}
