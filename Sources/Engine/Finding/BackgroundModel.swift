import Imaging

/// A plain background as a quadratic surface in x and y for each channel: one colour, a gradient, a vignette.
struct BackgroundModel {
  /// Six numbers, for 1, x, y, x², xy, y² with x and y scaled to −1...1; the last two lanes are 0.
  private typealias Terms = SIMD8<Double>
  /// A surface's coefficients for each channel.
  private typealias Fit = (red: Terms, green: Terms, blue: Terms)

  private let coefficients: Fit
  private let width: Int
  private let height: Int
  /// Root mean square of what the surface leaves of the pixels it was fitted to, per channel, 0...255: grain.
  let deviation: Double
  /// The share of the pixels offered that fit the surface, 0...1.
  let support: Double

  /// Backgrounds with more unrest than this, or less support, are no plain backgrounds.
  static let plainDeviation = 5.0
  static let plainSupport = 0.6

  var isPlain: Bool { deviation <= Self.plainDeviation && support >= Self.plainSupport }

  /// Fits to the pixels that `usable` keeps, by least squares repeated on the pixels that fit (iteratively
  /// trimmed least squares; Rousseeuw 1984). At most about 20,000 pixels are looked at. Nil if there are too few.
  init?(_ picture: RGB, usable: (_ x: Int, _ y: Int) -> Bool) {
    (width, height) = (picture.width, picture.height)
    let step = max(1, Int((Double(picture.width * picture.height) / 20_000).squareRoot().rounded(.up)))
    var samples: [Sample] = []
    samples.reserveCapacity((picture.width / step + 1) * (picture.height / step + 1))
    for y in stride(from: 0, to: picture.height, by: step) {
      for x in stride(from: 0, to: picture.width, by: step) where usable(x, y) {
        let at = (y * picture.width + x) * 3
        let values = picture.values
        let colour = SIMD3(Double(values[at]), Double(values[at + 1]), Double(values[at + 2]))
        samples.append(Sample(terms: Self.terms(x, y, picture.width, picture.height), colour: colour))
      }
    }
    guard samples.count >= 60 else { return nil }
    var kept = samples
    var fit = Self.solve(kept)
    var limit = 40.0
    for _ in 0..<6 {
      guard let current = fit else { return nil }
      let next = samples.filter { $0.differences(from: current).max().squareRoot() <= limit }
      guard next.count >= 40 else { break }
      kept = next
      fit = Self.solve(kept)
      limit = max(4, limit / 2)
    }
    guard let fit else { return nil }
    coefficients = fit
    let squares = kept.reduce(0.0) { $0 + $1.differences(from: fit).sum() }
    deviation = (squares / Double(kept.count * 3)).squareRoot()
    support = Double(kept.count) / Double(samples.count)
  }

  /// The surface's colour at a pixel, 0...255 (may lie a little outside).
  func colour(_ x: Int, _ y: Int) -> (red: Float, green: Float, blue: Float) {
    let terms = Self.terms(x, y, width, height)
    return (
      Float((coefficients.red * terms).sum()), Float((coefficients.green * terms).sum()),
      Float((coefficients.blue * terms).sum())
    )
  }

  private static func terms(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Terms {
    let u = 2 * Double(x) / Double(max(1, width - 1)) - 1
    let v = 2 * Double(y) / Double(max(1, height - 1)) - 1
    return Terms(1, u, v, u * u, u * v, v * v, 0, 0)
  }

  /// One pixel that the surface is fitted to.
  private struct Sample {
    let terms: Terms
    let colour: SIMD3<Double>

    /// The squared difference of each channel.
    func differences(from fit: Fit) -> SIMD3<Double> {
      let fitted = SIMD3((fit.red * terms).sum(), (fit.green * terms).sum(), (fit.blue * terms).sum())
      return (fitted - colour) * (fitted - colour)
    }
  }

  /// Normal equations solved by Gaussian elimination with pivoting, one right-hand side a channel.
  private static func solve(_ samples: [Sample]) -> Fit? {
    var products = [Terms](repeating: Terms(), count: 6)
    var colours = [SIMD3<Double>](repeating: SIMD3(), count: 6)
    products.withUnsafeMutableBufferPointer { products in
      colours.withUnsafeMutableBufferPointer { colours in
        for sample in samples {
          for row in 0..<6 {
            products[row] += sample.terms * sample.terms[row]
            colours[row] += sample.colour * sample.terms[row]
          }
        }
      }
    }
    var matrix = (0..<6).map { row in
      (0..<6).map { products[row][$0] } + (0..<3).map { colours[row][$0] }
    }
    // A little ridge keeps the higher terms tame where the samples leave them open.
    for row in 1..<6 { matrix[row][row] += 1e-3 * Double(samples.count) }
    for column in 0..<6 {
      guard let pivot = (column..<6).max(by: { abs(matrix[$0][column]) < abs(matrix[$1][column]) }),
        abs(matrix[pivot][column]) > 1e-9
      else { return nil }
      matrix.swapAt(column, pivot)
      for row in 0..<6 where row != column {
        let factor = matrix[row][column] / matrix[column][column]
        for index in column..<9 { matrix[row][index] -= factor * matrix[column][index] }
      }
    }
    func channel(_ number: Int) -> Terms {
      var terms = Terms()
      for row in 0..<6 { terms[row] = matrix[row][6 + number] / matrix[row][row] }
      return terms
    }
    return (channel(0), channel(1), channel(2))
  }
}
