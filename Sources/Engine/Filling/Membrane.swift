/// Smooth interpolation of what is unknown from what surrounds it: Laplace's equation, coarse to fine.
///
/// Averages of the known pixels are pushed up a pyramid, solutions pulled down, and smoothed on every level
/// (the full multigrid scheme of Brandt 1977 with Gauss-Seidel sweeps; "membrane" after Pérez et al. 2003).
enum Membrane {
  /// Sweeps a level: enough where the start is the coarser level's solution.
  private static let sweeps = 12

  /// Replaces every value where `unknown` is true. Values are RGB in the first three lanes.
  static func interpolate(_ values: inout [SIMD4<Float>], unknown: [Bool], width: Int, height: Int) {
    guard unknown.contains(true) else { return }
    if width > 4 || height > 4 {
      var coarse = Coarse(values, unknown, width, height)
      if coarse.hasKnown {
        interpolate(&coarse.values, unknown: coarse.unknown, width: coarse.width, height: coarse.height)
        coarse.spread(to: &values, unknown, width, height)
      }
    } else {
      fillWithMean(&values, unknown)
    }
    smooth(&values, unknown, width, height)
  }

  private static func fillWithMean(_ values: inout [SIMD4<Float>], _ unknown: [Bool]) {
    var (sum, count) = (SIMD4<Float>.zero, Float(0))
    for index in values.indices where !unknown[index] {
      sum += values[index]
      count += 1
    }
    for index in values.indices where unknown[index] { values[index] = count > 0 ? sum / count : .zero }
  }

  private static func smooth(_ values: inout [SIMD4<Float>], _ unknown: [Bool], _ width: Int, _ height: Int) {
    let pixels = unknown.indices.filter { unknown[$0] }
    values.withUnsafeMutableBufferPointer { values in
      for _ in 0..<sweeps {
        for pixel in pixels {
          let (x, y) = (pixel % width, pixel / width)
          var (sum, count) = (SIMD4<Float>.zero, Float(0))
          if x > 0 { (sum, count) = (sum + values[pixel - 1], count + 1) }
          if x + 1 < width { (sum, count) = (sum + values[pixel + 1], count + 1) }
          if y > 0 { (sum, count) = (sum + values[pixel - width], count + 1) }
          if y + 1 < height { (sum, count) = (sum + values[pixel + width], count + 1) }
          if count > 0 { values[pixel] = sum / count }
        }
      }
    }
  }

  /// The next coarser level: the mean of the known pixels of each 2 × 2 block.
  private struct Coarse {
    let width: Int
    let height: Int
    var values: [SIMD4<Float>]
    var unknown: [Bool]

    var hasKnown: Bool { unknown.contains(false) }

    init(_ fine: [SIMD4<Float>], _ fineUnknown: [Bool], _ fineWidth: Int, _ fineHeight: Int) {
      width = (fineWidth + 1) / 2
      height = (fineHeight + 1) / 2
      values = [SIMD4<Float>](repeating: .zero, count: width * height)
      unknown = [Bool](repeating: true, count: width * height)
      var counts = [Float](repeating: 0, count: width * height)
      for y in 0..<fineHeight {
        for x in 0..<fineWidth where !fineUnknown[y * fineWidth + x] {
          let block = y / 2 * width + x / 2
          values[block] += fine[y * fineWidth + x]
          counts[block] += 1
        }
      }
      for block in values.indices where counts[block] > 0 {
        values[block] /= counts[block]
        unknown[block] = false
      }
    }

    /// Bilinear interpolation into the unknown pixels of the finer level.
    func spread(to fine: inout [SIMD4<Float>], _ fineUnknown: [Bool], _ fineWidth: Int, _ fineHeight: Int) {
      for y in 0..<fineHeight {
        let row = min(max((Float(y) - 0.5) / 2, 0), Float(height - 1))
        let (top, down) = (Int(row), min(Int(row) + 1, height - 1))
        for x in 0..<fineWidth where fineUnknown[y * fineWidth + x] {
          let column = min(max((Float(x) - 0.5) / 2, 0), Float(width - 1))
          let (left, right) = (Int(column), min(Int(column) + 1, width - 1))
          let (u, v) = (column - Float(left), row - Float(top))
          let upper = values[top * width + left] * (1 - u) + values[top * width + right] * u
          let lower = values[down * width + left] * (1 - u) + values[down * width + right] * u
          fine[y * fineWidth + x] = upper * (1 - v) + lower * v
        }
      }
    }
  }
}
