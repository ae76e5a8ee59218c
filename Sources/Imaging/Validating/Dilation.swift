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
    let on = dilated(values.map { $0 != 0 }, width: width, height: height, by: radius)
    return Mask(width: width, height: height, thresholding: on.map { $0 ? 255 : 0 })
  }
}
