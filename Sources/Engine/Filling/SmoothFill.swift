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
    let noise = grain(seed: seed)
    return surface.indices.map { surface[$0] + residual[$0] + SIMD4<Float>(noise[$0], noise[$0], noise[$0], 0) }
  }

  /// Noise for the unknown pixels, 0 elsewhere.
  ///
  /// Grain cannot be guessed: as much of it as there was doubles the error that it leaves. Where it is too fine to be
  /// seen, half will do, and that of the finest kind, whose pixels differ most from their neighbours.
  private func grain(seed: UInt64) -> [Float] {
    let none = [Float](repeating: 0, count: unknown.count)
    let deviation = grainDeviation()
    guard deviation > 0.3 else { return none }
    let visible = min(max((deviation - 1.5) / 1.5, 0), 1)
    var generator = SplitMix(seed: seed)
    var white = none
    for pixel in white.indices where unknown[pixel] { white[pixel] = generator.normal() }
    var noise = none
    for pixel in noise.indices where unknown[pixel] {
      let (x, y) = (pixel % picture.width, pixel / picture.width)
      var around: Float = 0
      if x > 0 { around += white[pixel - 1] }
      if x + 1 < picture.width { around += white[pixel + 1] }
      if y > 0 { around += white[pixel - picture.width] }
      if y + 1 < picture.height { around += white[pixel + picture.width] }
      let fine = (white[pixel] - around / 4) / Float(1.25).squareRoot()
      noise[pixel] = deviation * (0.5 * (1 - visible) * fine + visible * white[pixel])
    }
    return noise
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
  private func grainDeviation() -> Float {
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
