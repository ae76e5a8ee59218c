extension Picture {
  /// This picture with the colours that its soft edges would have without the background behind them.
  ///
  /// A pixel that the matte keeps by half shows half the background: C = αF + (1 − α)B. F and B are estimated from
  /// what is near and surely the one or the other, and F is corrected by what that leaves of C (blur-fusion,
  /// Forte 2021, in one pass over edge pixels alone). Without it a layer carries a fringe of the old background.
  /// Pixels that the matte keeps wholly, or not at all, are bit-equal to this picture.
  package func foregroundColours(under matte: Matte) -> Picture {
    precondition(matte.size == size, "the matte is of another size")
    switch samples {
    case .eight(let values): return with(.eight(Fringe(self, matte, values, white: 255).cleaned()), channels: channels)
    case .sixteen(let values):
      return with(.sixteen(Fringe(self, matte, values, white: 65535).cleaned()), channels: channels)
    }
  }
}

/// The pixels of soft edges, and their own colours.
private struct Fringe<Sample: FixedWidthInteger> {
  let width: Int
  let height: Int
  let channels: Int
  let alpha: [UInt8]
  let values: [Sample]
  let white: Float
  let radius: Int
  /// Of large neighbourhoods every second pixel of every second row is looked at: a quarter of the work for the same means.
  let step: Int
  /// (α / 255)¹⁶ by α: only nearly whole pixels tell what the foreground is; others where there are none.
  let weights: [Float]

  init(_ picture: Picture, _ matte: Matte, _ values: [Sample], white: Float) {
    (width, height, channels) = (picture.width, picture.height, picture.channels)
    alpha = matte.alpha
    self.values = values
    self.white = white
    radius = min(max(4, max(width, height) / 300), 10)
    step = radius < 8 ? 1 : 2
    weights = (0...255).map { alpha in
      let share = Float(alpha) / 255
      let fourth = share * share * share * share
      return fourth * fourth * fourth * fourth
    }
  }

  func cleaned() -> [Sample] {
    var cleaned = values
    for pixel in alpha.indices where alpha[pixel] > 0 && alpha[pixel] < 255 {
      let colour = foreground(at: pixel)
      for channel in 0..<3 { cleaned[pixel * channels + channel] = Sample(colour[channel] + 0.5) }
    }
    return cleaned
  }

  private func foreground(at pixel: Int) -> SIMD3<Float> {
    let (x, y) = (pixel % width, pixel / width)
    var (front, frontWeight, back, backWeight) = (SIMD3<Float>.zero, Float(0), SIMD3<Float>.zero, Float(0))
    for row in stride(from: y - radius, through: min(height - 1, y + radius), by: step) where row >= 0 {
      for column in stride(from: x - radius, through: min(width - 1, x + radius), by: step) where column >= 0 {
        let other = row * width + column
        let near = 1 / Float(1 + (row - y) * (row - y) + (column - x) * (column - x))
        let (isFront, isBack) = (weights[Int(alpha[other])] * near, weights[255 - Int(alpha[other])] * near)
        let colour = colour(other)
        front += colour * isFront
        frontWeight += isFront
        back += colour * isBack
        backWeight += isBack
      }
    }
    let own = colour(pixel)
    let share = Float(alpha[pixel]) / 255
    guard frontWeight > 1e-5, backWeight > 1e-5 else { return own }
    let (F, B) = (front / frontWeight, back / backWeight)
    let corrected = F + share * (own - share * F - (1 - share) * B)
    return corrected.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: white))
  }

  private func colour(_ pixel: Int) -> SIMD3<Float> {
    let at = pixel * channels
    return SIMD3(Float(values[at]), Float(values[at + 1]), Float(values[at + 2]))
  }
}
