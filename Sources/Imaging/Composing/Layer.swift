extension Picture {
  /// The part of this picture that `matte` keeps, on pure white: C = αF + (1 − α)·white (Porter and Duff
  /// 1984, "over"). Opaque RGB at this picture's depth, profile and density.
  ///
  /// Exactly white where the matte is 0; bit-equal to this picture where it is 255.
  package func layer(_ matte: Matte) -> Picture {
    precondition(matte.size == size, "the matte is of another size")
    switch samples {
    case .eight(let values): return with(.eight(Picture.overWhite(values, channels, matte, white: 255)), channels: 3)
    case .sixteen(let values):
      return with(.sixteen(Picture.overWhite(values, channels, matte, white: 65535)), channels: 3)
    }
  }

  /// The same part with alpha: RGBA, straight, this picture's colours untouched; black where fully transparent,
  /// which compresses well and hides nothing of the source in the file.
  package func cutout(_ matte: Matte) -> Picture {
    precondition(matte.size == size, "the matte is of another size")
    switch samples {
    case .eight(let values): return with(.eight(Picture.withAlpha(values, channels, matte, scale: 1)), channels: 4)
    case .sixteen(let values):
      return with(.sixteen(Picture.withAlpha(values, channels, matte, scale: 257)), channels: 4)
    }
  }

  /// The layer that this opaque picture on white holds, with alpha: F = (C − (1 − α)·white) / α, the inverse of
  /// `layer(_:)`. Laid on white again it gives this picture back; nothing of the white is left in its colours.
  package func withoutWhite(_ matte: Matte) -> Picture {
    precondition(matte.size == size && !hasAlpha, "an opaque picture and a matte of its size")
    switch samples {
    case .eight(let values): return with(.eight(Picture.unmixed(values, matte, white: 255)), channels: 4)
    case .sixteen(let values): return with(.sixteen(Picture.unmixed(values, matte, white: 65535)), channels: 4)
    }
  }

  private static func unmixed<Sample: FixedWidthInteger>(_ values: [Sample], _ matte: Matte, white: Int) -> [Sample] {
    var out = [Sample](repeating: 0, count: matte.alpha.count * 4)
    for pixel in matte.alpha.indices where matte.alpha[pixel] > 0 {
      let alpha = Int(matte.alpha[pixel])
      for channel in 0..<3 {
        let colour = (Int(values[pixel * 3 + channel]) * 255 - white * (255 - alpha) + alpha / 2) / alpha
        out[pixel * 4 + channel] = Sample(max(0, min(white, colour)))
      }
      out[pixel * 4 + 3] = Sample(alpha * (white / 255))
    }
    return out
  }

  /// Makes nearly white background exactly white (DESIGN section 4): pixels whose every channel is at least
  /// 255 − `tolerance` (8-bit scale) and that the matte mostly leaves out.
  package mutating func enforceWhite(tolerance: Int, matte: Matte) {
    guard tolerance > 0 else { return }
    switch samples {
    case .eight(var values):
      samples = .eight([])
      Picture.whiten(&values, channels, matte, from: UInt8(255 - tolerance))
      samples = .eight(values)
    case .sixteen(var values):
      samples = .sixteen([])
      Picture.whiten(&values, channels, matte, from: UInt16(255 - tolerance) * 257)
      samples = .sixteen(values)
    }
  }

  /// Makes white, and takes from `matte`, what is haze by the strict check's own rule: less than half kept, nearly white,
  /// and more than 3 pixels (Chebyshev) from any content.
  ///
  /// Of the finished layer, for the colours of soft edges are estimated and may be paler than the picture's own: clearing
  /// by those left a dozen pixels on most photographs, for which a person was asked. No content is cleared, so that what
  /// is left has none more.
  package mutating func clearHaze(under matte: inout Matte) {
    precondition(matte.size == size && !hasAlpha, "a layer on white and its matte")
    let haze = PixelClasses(self).offWhite(in: matte.alpha.map { $0 < 128 })
    guard haze.contains(true) else { return }
    for pixel in haze.indices where haze[pixel] { matte.alpha[pixel] = 0 }
    switch samples {
    case .eight(var values):
      samples = .eight([])
      Picture.whiten(&values, where: haze)
      samples = .eight(values)
    case .sixteen(var values):
      samples = .sixteen([])
      Picture.whiten(&values, where: haze)
      samples = .sixteen(values)
    }
  }

  private static func whiten<Sample: FixedWidthInteger>(_ values: inout [Sample], where haze: [Bool]) {
    for pixel in haze.indices where haze[pixel] {
      for channel in 0..<3 { values[pixel * 3 + channel] = .max }
    }
  }

  private static func overWhite<Sample: FixedWidthInteger>(
    _ values: [Sample], _ channels: Int, _ matte: Matte, white: Int
  ) -> [Sample] {
    let pixels = matte.alpha.count
    return [Sample](unsafeUninitializedCapacity: pixels * 3) { out, count in
      values.withUnsafeBufferPointer { from in
        for pixel in 0..<pixels {
          let alpha = Int(matte.alpha[pixel])
          for channel in 0..<3 {
            let value = Int(from[pixel * channels + channel])
            let mixed = (value * alpha + white * (255 - alpha) + 127) / 255
            out.initializeElement(at: pixel * 3 + channel, to: Sample(mixed))
          }
        }
      }
      count = pixels * 3
    }
  }

  private static func withAlpha<Sample: FixedWidthInteger>(
    _ values: [Sample], _ channels: Int, _ matte: Matte, scale: Int
  ) -> [Sample] {
    let pixels = matte.alpha.count
    return [Sample](unsafeUninitializedCapacity: pixels * 4) { out, count in
      values.withUnsafeBufferPointer { from in
        for pixel in 0..<pixels {
          let alpha = matte.alpha[pixel]
          for channel in 0..<3 {
            out.initializeElement(at: pixel * 4 + channel, to: alpha == 0 ? 0 : from[pixel * channels + channel])
          }
          out.initializeElement(at: pixel * 4 + 3, to: Sample(Int(alpha) * scale))
        }
      }
      count = pixels * 4
    }
  }

  private static func whiten<Sample: FixedWidthInteger>(
    _ values: inout [Sample], _ channels: Int, _ matte: Matte, from threshold: Sample
  ) {
    values.withUnsafeMutableBufferPointer { out in
      for pixel in 0..<matte.alpha.count where matte.alpha[pixel] < 128 {
        let at = pixel * channels
        guard out[at] >= threshold, out[at + 1] >= threshold, out[at + 2] >= threshold else { continue }
        (out[at], out[at + 1], out[at + 2]) = (.max, .max, .max)
      }
    }
  }
}
