import Glibc

/// One level of the pyramid: colours with a texture feature, and which pixels are to be filled.
struct PatchLevel {
  /// A patch has 2 × radius + 1 pixels a side.
  static let radius = 3

  let width: Int
  let height: Int
  /// Red, green, blue and texture (mean gradient), each about 0...255.
  private(set) var pixels: [SIMD4<Float>]
  let unknown: [Bool]
  /// How far each unknown pixel is from the known ones, in city blocks; 0 for known pixels.
  let depth: [Int32]

  var deepest: Int { Int(depth.max() ?? 0) }

  init(_ picture: RGB, _ unknown: [Bool]) {
    var pixels = (0..<unknown.count).map { pixel in
      SIMD4<Float>(
        Float(picture.values[pixel * 3]), Float(picture.values[pixel * 3 + 1]), Float(picture.values[pixel * 3 + 2]), 0)
    }
    let texture = Self.texture(pixels, unknown, picture.width, picture.height)
    for pixel in pixels.indices { pixels[pixel].w = texture[pixel] }
    self.init(pixels, unknown, picture.width, picture.height)
  }

  private init(_ pixels: [SIMD4<Float>], _ unknown: [Bool], _ width: Int, _ height: Int) {
    (self.pixels, self.unknown, self.width, self.height) = (pixels, unknown, width, height)
    depth = Self.depths(unknown, width, height)
  }

  /// Half the size: the mean of the known pixels of each block; nil where nothing would be known.
  func halved() -> PatchLevel? {
    let (newWidth, newHeight) = ((width + 1) / 2, (height + 1) / 2)
    var sums = [SIMD4<Float>](repeating: .zero, count: newWidth * newHeight)
    var counts = [Float](repeating: 0, count: newWidth * newHeight)
    var holes = [Int](repeating: 0, count: newWidth * newHeight)
    for y in 0..<height {
      for x in 0..<width {
        let (pixel, block) = (y * width + x, y / 2 * newWidth + x / 2)
        if unknown[pixel] {
          holes[block] += 1
        } else {
          sums[block] += pixels[pixel]
          counts[block] += 1
        }
      }
    }
    for block in sums.indices where counts[block] > 0 { sums[block] /= counts[block] }
    let coarse = holes.indices.map { holes[$0] >= 2 || counts[$0] == 0 }
    return coarse.contains(false) ? PatchLevel(sums, coarse, newWidth, newHeight) : nil
  }

  /// Fills the hole smoothly, as a start.
  mutating func interpolate() { Membrane.interpolate(&pixels, unknown: unknown, width: width, height: height) }

  /// How much a target pixel counts in a comparison: known ones fully, deep ones little.
  func weights() -> [Float] { depth.map { $0 == 0 ? 1 : max(0.25, powf(1.15, -Float($0))) } }

  /// Replaces every hole pixel by what the patches over it say: their weighted mean, or with `sharp` the word of
  /// the best one.
  mutating func vote(_ matches: PatchMatches, sharp: Bool) {
    let spread = matches.typicalCost()
    let radius = Self.radius
    var voted = [(pixel: Int, value: SIMD4<Float>)]()
    for pixel in unknown.indices where unknown[pixel] {
      let (x, y) = (pixel % width, pixel / width)
      var (sum, total, best) = (SIMD4<Float>.zero, Float(0), Float.infinity)
      for row in max(0, y - radius)...min(height - 1, y + radius) {
        for column in max(0, x - radius)...min(width - 1, x + radius) {
          let centre = row * width + column
          let match = Int(matches.source[centre])
          guard match >= 0 else { continue }
          let value = pixels[match + (y - row) * width + x - column]
          let cost = matches.cost[centre]
          if sharp {
            let distance = Float((y - row) * (y - row) + (x - column) * (x - column))
            let worth = cost * (1 + 0.02 * distance)
            if worth < best { (best, sum, total) = (worth, value, 1) }
          } else {
            let weight = powf(1.3, -Float(min(depth[centre], 20))) * expf(-cost / (2 * spread)) + 1e-8
            sum += value * weight
            total += weight
          }
        }
      }
      if total > 0 { voted.append((pixel, sum / total)) }
    }
    for (pixel, value) in voted { pixels[pixel] = value }
  }

  /// Spreads what the patches get wrong at the rim smoothly over the hole (Pérez, Gangnet and Blake 2003).
  mutating func levelSeam(_ matches: PatchMatches) {
    var correction = [SIMD4<Float>](repeating: .zero, count: pixels.count)
    var open = [Bool](repeating: true, count: pixels.count)
    for pixel in pixels.indices where !unknown[pixel] {
      let match = Int(matches.source[pixel])
      // Known pixels without a match lie further out and take no part; they hold the correction at zero.
      open[pixel] = false
      if match >= 0, isRim(pixel) { correction[pixel] = pixels[pixel] - pixels[match] }
    }
    Membrane.interpolate(&correction, unknown: open, width: width, height: height)
    for pixel in pixels.indices where unknown[pixel] { pixels[pixel] += correction[pixel] }
  }

  private func isRim(_ pixel: Int) -> Bool {
    let (x, y) = (pixel % width, pixel / width)
    return (x > 0 && unknown[pixel - 1]) || (x + 1 < width && unknown[pixel + 1])
      || (y > 0 && unknown[pixel - width]) || (y + 1 < height && unknown[pixel + width])
  }

  private static func depths(_ unknown: [Bool], _ width: Int, _ height: Int) -> [Int32] {
    var depth = unknown.map { $0 ? Int32.max / 2 : 0 }
    for pixel in depth.indices where unknown[pixel] {
      if pixel % width > 0 { depth[pixel] = min(depth[pixel], depth[pixel - 1] + 1) }
      if pixel >= width { depth[pixel] = min(depth[pixel], depth[pixel - width] + 1) }
    }
    for pixel in depth.indices.reversed() where unknown[pixel] {
      if pixel % width + 1 < width { depth[pixel] = min(depth[pixel], depth[pixel + 1] + 1) }
      if pixel + width < depth.count { depth[pixel] = min(depth[pixel], depth[pixel + width] + 1) }
    }
    return depth
  }

  /// The mean of horizontal and vertical differences over 9 × 9 known pixels.
  private static func texture(_ pixels: [SIMD4<Float>], _ unknown: [Bool], _ width: Int, _ height: Int) -> [Float] {
    let stride = width + 1
    var sums = [Float](repeating: 0, count: stride * (height + 1))
    var counts = sums
    for y in 0..<height {
      var (rowSum, rowCount): (Float, Float) = (0, 0)
      for x in 0..<width {
        let pixel = y * width + x
        if x + 1 < width, y + 1 < height, !unknown[pixel], !unknown[pixel + 1], !unknown[pixel + width] {
          let right = pixels[pixel + 1] - pixels[pixel]
          let down = pixels[pixel + width] - pixels[pixel]
          rowSum += abs(right.x + right.y + right.z) / 3 + abs(down.x + down.y + down.z) / 3
          rowCount += 1
        }
        sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + rowSum
        counts[(y + 1) * stride + x + 1] = counts[y * stride + x + 1] + rowCount
      }
    }
    return (0..<width * height).map { pixel in
      let (x, y) = (pixel % width, pixel / width)
      let (left, right, top, bottom) = (max(0, x - 4), min(width, x + 5), max(0, y - 4), min(height, y + 5))
      func block(_ table: [Float]) -> Float {
        table[bottom * stride + right] - table[top * stride + right] - table[bottom * stride + left]
          + table[top * stride + left]
      }
      let count = block(counts)
      return count > 0 ? 2 * block(sums) / count : 0
    }
  }
}
