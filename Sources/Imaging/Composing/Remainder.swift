extension Picture {
  /// What no layer shows and the plate does not have: shadows, reflections and light that went with a removed object.
  ///
  /// Laid over `plate`, beneath the layers, it gives this picture back wherever the layers do not cover wholly. As
  /// transparent as can be: the least α for which a colour exists with αF + (1 − α)·plate = this picture. `layers` are all of
  /// them over black, and `covered` is how much they hide, 255 for all. RGBA at this picture's depth, straight alpha; nil where nothing is missing.
  package func remainder(over plate: Picture, beneath layers: Picture, covered: Matte) -> Picture? {
    precondition(plate.size == size && covered.size == size, "picture, plate and matte differ in size")
    let (wanted, base) = (overWhite(), plate.overWhite().at(depthOf: self))
    switch (wanted.samples, base.samples, layers.overWhite().at(depthOf: self).samples) {
    case (.eight(let wanted), .eight(let base), .eight(let shown)):
      return Picture.remainder(wanted, base, shown, covered).map { with(.eight($0), channels: 4) }
    case (.sixteen(let wanted), .sixteen(let base), .sixteen(let shown)):
      return Picture.remainder(wanted, base, shown, covered).map { with(.sixteen($0), channels: 4) }
    default: return nil
    }
  }

  private static func remainder<Sample: FixedWidthInteger>(
    _ wanted: [Sample], _ base: [Sample], _ shown: [Sample], _ covered: Matte
  ) -> [Sample]? {
    let top = Int(Sample.max)
    // One level of 255 is rounding, not shadow.
    let least = top / 255
    var out = [Sample](repeating: 0, count: covered.alpha.count * 4)
    var found = false
    for pixel in covered.alpha.indices where covered.alpha[pixel] < 255 {
      // What must lie beneath: S = L + (1 − c)·X for what is shown in the end.
      let open = 255 - Int(covered.alpha[pixel])
      let targets = (0..<3).map { channel in
        let missing = Int(wanted[3 * pixel + channel]) - Int(shown[3 * pixel + channel])
        return max(0, min(top, (missing * 255 + open / 2) / open))
      }
      var alpha = 0
      var differs = false
      for channel in 0..<3 {
        let (below, target) = (Int(base[3 * pixel + channel]), targets[channel])
        differs = differs || abs(target - below) * open > least * 255
        // Darker needs α ≥ 1 − target / below, brighter α ≥ (target − below) / (top − below).
        let (share, whole) = target < below ? (below - target, below) : (target - below, max(1, top - below))
        alpha = max(alpha, (share * top + whole - 1) / whole)
      }
      guard differs, alpha > 0 else { continue }
      found = true
      for channel in 0..<3 {
        let below = Int(base[3 * pixel + channel])
        let colour = (targets[channel] * top - below * (top - alpha) + alpha / 2) / alpha
        out[4 * pixel + channel] = Sample(max(0, min(top, colour)))
      }
      out[4 * pixel + 3] = Sample(alpha)
    }
    return found ? out : nil
  }
}

extension Matte {
  /// Nothing of `size`.
  package init(nothingOf size: Size) {
    self.init(width: size.width, height: size.height, alpha: [UInt8](repeating: 0, count: size.width * size.height))
  }

  /// What either covers: 1 − (1 − α)(1 − β).
  package mutating func add(_ other: Matte) {
    precondition(other.size == size, "the mattes differ in size")
    for pixel in alpha.indices where other.alpha[pixel] > 0 {
      let open = (255 - Int(alpha[pixel])) * (255 - Int(other.alpha[pixel]))
      alpha[pixel] = UInt8(255 - (open + 254) / 255)
    }
  }
}
