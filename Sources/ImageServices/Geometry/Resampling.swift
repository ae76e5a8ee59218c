import Glibc
package import Imaging

/// A rectangle in pixel coordinates with fractions: pixel i covers i to i + 1.
package struct Extent: Sendable, Hashable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  package init(_ box: Box) {
    self.init(x: Double(box.x), y: Double(box.y), width: Double(box.width), height: Double(box.height))
  }
}

extension Picture {
  /// The part of this picture within `extent`, as `size` pixels of 8 bits; its channels are kept.
  ///
  /// Lanczos with three lobes, widened where it scales down so that nothing aliases (Turkowski, "Filters for Common
  /// Resampling Tasks", Graphics Gems I, 1990); samples outside the picture repeat its edge. A part that falls on
  /// whole pixels of the same size is copied bit by bit.
  package func resampled(_ extent: Extent, to size: Size) -> Picture {
    let columns = FilterTaps.lanczos(start: extent.x, length: extent.width, count: size.width, limit: width)
    let rows = FilterTaps.lanczos(start: extent.y, length: extent.height, count: size.height, limit: height)
    let source = eightBitSamples()
    let middle = FilterTaps.horizontally(source.values, width, height, source.channels, columns, premultiply: hasAlpha)
    let pixels = FilterTaps.vertically(middle, size.width, source.channels, rows, unpremultiply: hasAlpha)
    return Picture(width: size.width, height: size.height, channels: channels, samples: .eight(pixels))
  }

  /// At 8 bits with the channels as they are.
  private func eightBitSamples() -> (values: [UInt8], channels: Int) {
    switch samples {
    case .eight(let values): (values, channels)
    case .sixteen(let values): (values.map { UInt8((UInt32($0) * 255 + 32_895) >> 16) }, channels)
    }
  }
}

/// For each target position, the source samples that make it and their weights, which sum to 1.
private struct FilterTaps {
  var first: [Int]
  var weights: [[Float]]

  static func lanczos(start: Double, length: Double, count: Int, limit: Int) -> FilterTaps {
    let step = length / Double(count)
    let stretch = max(1, step)
    let reach = 3 * stretch
    var taps = FilterTaps(first: [], weights: [])
    for index in 0..<count {
      // In coordinates of sample centres.
      let centre = start + (Double(index) + 0.5) * step - 0.5
      if step == 1, centre == centre.rounded() {
        taps.first.append(min(max(Int(centre), 0), limit - 1))
        taps.weights.append([1])
        continue
      }
      let low = Int((centre - reach).rounded(.up))
      let high = Int((centre + reach).rounded(.down))
      let bottom = min(max(low, 0), limit - 1)
      let top = min(max(high, 0), limit - 1)
      var weights = [Double](repeating: 0, count: top - bottom + 1)
      for sample in low...max(low, high) {
        // Samples outside repeat the edge.
        weights[min(max(sample, bottom), top) - bottom] += kernel((Double(sample) - centre) / stretch)
      }
      let sum = weights.reduce(0, +)
      taps.first.append(bottom)
      taps.weights.append(weights.map { Float($0 / sum) })
    }
    return taps
  }

  private static func kernel(_ x: Double) -> Double {
    if x == 0 { return 1 }
    guard x.magnitude < 3 else { return 0 }
    let turned = Double.pi * x
    return 3 * sin(turned) * sin(turned / 3) / (turned * turned)
  }

  static func horizontally(
    _ values: [UInt8], _ width: Int, _ height: Int, _ channels: Int, _ taps: FilterTaps, premultiply: Bool
  ) -> [Float] {
    let count = taps.first.count
    return [Float](unsafeUninitializedCapacity: count * height * channels) { out, filled in
      values.withUnsafeBufferPointer { from in
        var row = [Float](repeating: 0, count: width * channels)
        for y in 0..<height {
          let start = y * width * channels
          for index in 0..<width * channels { row[index] = Float(from[start + index]) }
          if premultiply {
            for x in 0..<width {
              let alpha = row[x * 4 + 3] / 255
              for channel in x * 4..<x * 4 + 3 { row[channel] *= alpha }
            }
          }
          for x in 0..<count {
            let weights = taps.weights[x]
            for channel in 0..<channels {
              var sum: Float = 0
              var at = taps.first[x] * channels + channel
              for weight in weights {
                sum += weight * row[at]
                at += channels
              }
              out.initializeElement(at: (y * count + x) * channels + channel, to: sum)
            }
          }
        }
      }
      filled = count * height * channels
    }
  }

  static func vertically(
    _ values: [Float], _ width: Int, _ channels: Int, _ taps: FilterTaps, unpremultiply: Bool
  ) -> [UInt8] {
    let stride = width * channels
    return [UInt8](unsafeUninitializedCapacity: stride * taps.first.count) { out, filled in
      values.withUnsafeBufferPointer { from in
        var row = [Float](repeating: 0, count: stride)
        for y in 0..<taps.first.count {
          for index in 0..<stride { row[index] = 0 }
          for (offset, weight) in taps.weights[y].enumerated() {
            let start = (taps.first[y] + offset) * stride
            for index in 0..<stride { row[index] += weight * from[start + index] }
          }
          if unpremultiply {
            for x in 0..<width where row[x * 4 + 3] > 0.5 {
              for channel in x * 4..<x * 4 + 3 { row[channel] *= 255 / row[x * 4 + 3] }
            }
          }
          for index in 0..<stride {
            out.initializeElement(at: y * stride + index, to: UInt8(max(0, min(255, row[index].rounded()))))
          }
        }
      }
      filled = stride * taps.first.count
    }
  }
}
