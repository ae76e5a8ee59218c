extension Picture {
  /// RGB, 8 bits a channel, alpha blended over white; `width * height * 3` values.
  package func eightBitRGB() -> [UInt8] {
    switch samples {
    case .eight(let values): channels == 3 ? values : Picture.blended(values, white: 255) { $0 }
    case .sixteen(let values):
      // 65535 / 255 = 257, and the rounding of PNG specification 13.12.
      channels == 3
        ? values.map { UInt8((UInt32($0) * 255 + 32_895) >> 16) }
        : Picture.blended(values, white: 65535) { UInt8((UInt32($0) * 255 + 32_895) >> 16) }
    }
  }

  /// The same picture without alpha, blended over white.
  package func overWhite() -> Picture {
    guard hasAlpha else { return self }
    switch samples {
    case .eight(let values):
      return with(.eight(Picture.blended(values, white: 255) { $0 }), channels: 3)
    case .sixteen(let values):
      return with(.sixteen(Picture.blended(values, white: 65535) { $0 }), channels: 3)
    }
  }

  /// The alpha channel at 8 bits; all 255 for an opaque picture.
  package func alphaChannel() -> [UInt8] {
    guard hasAlpha else { return [UInt8](repeating: 255, count: pixelCount) }
    switch samples {
    case .eight(let values): return stride(from: 3, to: values.count, by: 4).map { values[$0] }
    case .sixteen(let values): return stride(from: 3, to: values.count, by: 4).map { UInt8(values[$0] >> 8) }
    }
  }

  /// How many pixels are not wholly opaque, at the picture's own depth.
  package var transparentPixels: Int {
    guard hasAlpha else { return 0 }
    switch samples {
    case .eight(let values): return stride(from: 3, to: values.count, by: 4).count { values[$0] < .max }
    case .sixteen(let values): return stride(from: 3, to: values.count, by: 4).count { values[$0] < .max }
    }
  }

  /// Whether any pixel is not wholly opaque.
  package var transparencyVaries: Bool { transparentPixels > 0 }

  /// Luma of Rec. 601 over white, 0...255, one value a pixel.
  package func luminance() -> [UInt8] {
    let rgb = eightBitRGB()
    return [UInt8](unsafeUninitializedCapacity: pixelCount) { out, count in
      rgb.withUnsafeBufferPointer { from in
        for pixel in 0..<pixelCount {
          let (red, green, blue) = (Int(from[3 * pixel]), Int(from[3 * pixel + 1]), Int(from[3 * pixel + 2]))
          out.initializeElement(at: pixel, to: UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000))
        }
      }
      count = pixelCount
    }
  }

  /// The same size, profile and density with other samples.
  package func with(_ samples: Samples, channels: Int) -> Picture {
    Picture(width: width, height: height, channels: channels, samples: samples, profile: profile, density: density)
  }

  /// Scaled down by area averaging so that the longer side is at most `side`; never scaled up. 8-bit RGB.
  package func scaledDown(to side: Int) -> Picture {
    let longest = max(width, height)
    let rgb = eightBitRGB()
    guard longest > side else { return with(.eight(rgb), channels: 3) }
    let newWidth = max(1, width * side / longest)
    let newHeight = max(1, height * side / longest)
    var out = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    for y in 0..<newHeight {
      let rows = y * height / newHeight..<max(y * height / newHeight + 1, (y + 1) * height / newHeight)
      for x in 0..<newWidth {
        let columns = x * width / newWidth..<max(x * width / newWidth + 1, (x + 1) * width / newWidth)
        var sums = (0, 0, 0)
        for row in rows {
          for column in columns {
            let at = (row * width + column) * 3
            sums = (sums.0 + Int(rgb[at]), sums.1 + Int(rgb[at + 1]), sums.2 + Int(rgb[at + 2]))
          }
        }
        let count = rows.count * columns.count
        let to = (y * newWidth + x) * 3
        (out[to], out[to + 1], out[to + 2]) = (UInt8(sums.0 / count), UInt8(sums.1 / count), UInt8(sums.2 / count))
      }
    }
    return Picture(width: newWidth, height: newHeight, channels: 3, samples: .eight(out))
  }

  /// RGBA samples over white, each passed through `narrow`.
  private static func blended<Sample: FixedWidthInteger, Result>(
    _ values: [Sample], white: Int, narrow: (Sample) -> Result
  ) -> [Result] {
    let pixels = values.count / 4
    return [Result](unsafeUninitializedCapacity: pixels * 3) { out, count in
      values.withUnsafeBufferPointer { from in
        for pixel in 0..<pixels {
          let alpha = Int(from[4 * pixel + 3])
          for channel in 0..<3 {
            let mixed = (Int(from[4 * pixel + channel]) * alpha + white * (white - alpha) + white / 2) / white
            out.initializeElement(at: 3 * pixel + channel, to: narrow(Sample(mixed)))
          }
        }
      }
      count = pixels * 3
    }
  }
}
