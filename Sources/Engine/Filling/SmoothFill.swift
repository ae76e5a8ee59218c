/// Fills on plain backgrounds: the background's surface, bent to meet the rim, with the background's grain.
struct SmoothFill {
  private let picture: RGB
  private let unknown: [Bool]
  private let model: BackgroundModel

  /// Nil unless at least `support` of the known pixels lie on one smooth surface.
  init?(_ picture: RGB, _ unknown: [Bool], support: Double) {
    let fitted = BackgroundModel(picture) { x, y in !unknown[y * picture.width + x] }
    guard let fitted, fitted.isPlain, fitted.support >= support else { return nil }
    self.picture = picture
    self.unknown = unknown
    model = fitted
  }

  /// RGB in the first three lanes, for every pixel.
  func filled(seed: UInt64) -> [SIMD4<Float>] {
    var generator = SplitMix(seed: seed)
    let surface = (0..<unknown.count).map { pixel in
      let colour = model.colour(pixel % picture.width, pixel / picture.width)
      return SIMD4<Float>(colour.red, colour.green, colour.blue, 0)
    }
    // What the surface leaves at the rim fades inwards. Pixels far off the surface are other things: they must
    // not bleed into the hole.
    let limit = Float(max(6, 3 * model.deviation))
    var residual = [SIMD4<Float>](repeating: .zero, count: unknown.count)
    for pixel in residual.indices where !unknown[pixel] {
      let at = pixel * 3
      let known = SIMD4<Float>(
        Float(picture.values[at]), Float(picture.values[at + 1]), Float(picture.values[at + 2]), 0)
      let difference = known - surface[pixel]
      residual[pixel] = max(abs(difference.x), abs(difference.y), abs(difference.z)) > limit ? .zero : difference
    }
    let smoothed = averaged(residual)
    residual = smoothed
    Membrane.interpolate(&residual, unknown: unknown, width: picture.width, height: picture.height)
    let grain = grainDeviation(against: surface, residual: smoothed)
    return surface.indices.map { pixel in
      let noise = unknown[pixel] && grain > 0.3 ? generator.normal() * grain : 0
      return surface[pixel] + residual[pixel] + SIMD4<Float>(noise, noise, noise, 0)
    }
  }

  /// The residual averaged over 9 × 9 known pixels, so that grain at the rim does not draw streaks.
  private func averaged(_ residual: [SIMD4<Float>]) -> [SIMD4<Float>] {
    let (width, height, radius) = (picture.width, picture.height, 4)
    var result = residual
    for pixel in residual.indices where !unknown[pixel] && isRim(pixel) {
      let (x, y) = (pixel % width, pixel / width)
      var (sum, count) = (SIMD4<Float>.zero, Float(0))
      for row in max(0, y - radius)...min(height - 1, y + radius) {
        for column in max(0, x - radius)...min(width - 1, x + radius) where !unknown[row * width + column] {
          sum += residual[row * width + column]
          count += 1
        }
      }
      result[pixel] = sum / count
    }
    return result
  }

  private func isRim(_ pixel: Int) -> Bool {
    let (x, y) = (pixel % picture.width, pixel / picture.width)
    return (x > 0 && unknown[pixel - 1]) || (x + 1 < picture.width && unknown[pixel + 1])
      || (y > 0 && unknown[pixel - picture.width]) || (y + 1 < picture.height && unknown[pixel + picture.width])
  }

  /// The deviation of brightness from one pixel to the next, which a smooth surface does not have.
  private func grainDeviation(against surface: [SIMD4<Float>], residual: [SIMD4<Float>]) -> Float {
    var (sum, count): (Float, Float) = (0, 0)
    for pixel in stride(from: 0, to: unknown.count - 1, by: 3) where !unknown[pixel] && !unknown[pixel + 1] {
      guard (pixel + 1) % picture.width != 0 else { continue }
      func brightness(_ pixel: Int) -> Float {
        let at = pixel * 3
        return (Float(picture.values[at]) + Float(picture.values[at + 1]) + Float(picture.values[at + 2])) / 3
      }
      let step = brightness(pixel) - brightness(pixel + 1)
      if abs(step) < 12 { (sum, count) = (sum + step * step, count + 1) }
    }
    return count > 0 ? (sum / count / 2).squareRoot() : 0
  }
}
