extension Picture {
  /// The picture in sRGB at 8 bits, scaled down by area averaging to fit `limit`; never scaled up. Transparency is kept
  /// (averaged premultiplied, so that no hidden colour shines through).
  package func thumbnail(within limit: Size) -> Picture {
    let scale = min(1, Double(limit.width) / Double(width), Double(limit.height) / Double(height))
    let target = Size(
      width: max(1, Int((Double(width) * scale).rounded())), height: max(1, Int((Double(height) * scale).rounded())))
    switch samples {
    case .eight(let values): return reduced(values, to: target, depth: 1).inSRGB()
    case .sixteen(let values): return reduced(values, to: target, depth: 257).inSRGB()
    }
  }

  private func reduced<Sample: FixedWidthInteger>(_ values: [Sample], to target: Size, depth: Double) -> Picture {
    guard target != size || depth != 1 else { return self }
    var out = [UInt8](repeating: 0, count: target.width * target.height * channels)
    values.withUnsafeBufferPointer { from in
      for y in 0..<target.height {
        let rows = Picture.span(y, of: target.height, in: height)
        for x in 0..<target.width {
          let columns = Picture.span(x, of: target.width, in: width)
          var (sums, alphas) = (SIMD4<Double>.zero, 0.0)
          for row in rows {
            for column in columns {
              let at = (row * width + column) * channels
              let alpha = channels == 4 ? Double(from[at + 3]) : 1
              sums += SIMD4(Double(from[at]), Double(from[at + 1]), Double(from[at + 2]), 0) * alpha
              alphas += alpha
            }
          }
          let to = (y * target.width + x) * channels
          for channel in 0..<3 where alphas > 0 { out[to + channel] = UInt8(sums[channel] / alphas / depth + 0.5) }
          if channels == 4 { out[to + 3] = UInt8(alphas / Double(rows.count * columns.count) / depth + 0.5) }
        }
      }
    }
    return Picture(
      width: target.width, height: target.height, channels: channels, samples: .eight(out), profile: profile)
  }

  /// The source rows or columns that one target row or column is the mean of; at least one.
  private static func span(_ index: Int, of count: Int, in length: Int) -> Range<Int> {
    let start = index * length / count
    return start..<max(start + 1, (index + 1) * length / count)
  }

  /// The picture over a checkerboard of light greys, as programs show transparency. 8-bit RGB.
  package func overChecker(square: Int = 8) -> Picture {
    guard hasAlpha, case .eight(let values) = self.at(depth: 8).samples else {
      return with(.eight(eightBitRGB()), channels: 3)
    }
    var out = [UInt8](repeating: 0, count: pixelCount * 3)
    for pixel in 0..<pixelCount {
      let isDark = (pixel % width / square + pixel / width / square) % 2 == 1
      let (alpha, below) = (Int(values[4 * pixel + 3]), isDark ? 204 : 236)
      for channel in 0..<3 {
        out[3 * pixel + channel] = UInt8((Int(values[4 * pixel + channel]) * alpha + below * (255 - alpha) + 127) / 255)
      }
    }
    return with(.eight(out), channels: 3)
  }
}
