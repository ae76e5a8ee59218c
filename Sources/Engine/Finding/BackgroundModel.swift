import Imaging

/// A plain background as a quadratic surface in x and y for each channel: one colour, a gradient, a vignette.
struct BackgroundModel {
  /// Six coefficients a channel, for 1, x, y, x², xy, y² with x and y scaled to −1...1.
  private let coefficients: [[Double]]
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
    let step = max(1, Int((Double(picture.width * picture.height) / 20_000).squareRoot()))
    var samples: [(terms: [Double], colour: [Double])] = []
    for y in stride(from: 0, to: picture.height, by: step) {
      for x in stride(from: 0, to: picture.width, by: step) where usable(x, y) {
        let at = (y * picture.width + x) * 3
        let colour = (0..<3).map { Double(picture.values[at + $0]) }
        samples.append((Self.terms(x, y, picture.width, picture.height), colour))
      }
    }
    guard samples.count >= 60 else { return nil }
    var kept = samples
    var fit = Self.solve(kept)
    var limit = 40.0
    for _ in 0..<6 {
      guard let current = fit else { return nil }
      let next = samples.filter { Self.error($0, current) <= limit }
      guard next.count >= 40 else { break }
      kept = next
      fit = Self.solve(kept)
      limit = max(4, limit / 2)
    }
    guard let fit else { return nil }
    coefficients = fit
    let squares = kept.reduce(0.0) { sum, sample in
      sum + (0..<3).reduce(0) { $0 + Self.square(sample, fit, channel: $1) }
    }
    deviation = (squares / Double(kept.count * 3)).squareRoot()
    support = Double(kept.count) / Double(samples.count)
  }

  /// The surface's colour at a pixel, 0...255 (may lie a little outside).
  func colour(_ x: Int, _ y: Int) -> (red: Float, green: Float, blue: Float) {
    let terms = Self.terms(x, y, width, height)
    func value(_ channel: Int) -> Float {
      var sum = 0.0
      for index in 0..<6 { sum += coefficients[channel][index] * terms[index] }
      return Float(sum)
    }
    return (value(0), value(1), value(2))
  }

  private static func terms(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> [Double] {
    let u = 2 * Double(x) / Double(max(1, width - 1)) - 1
    let v = 2 * Double(y) / Double(max(1, height - 1)) - 1
    return [1, u, v, u * u, u * v, v * v]
  }

  private static func square(_ sample: (terms: [Double], colour: [Double]), _ fit: [[Double]], channel: Int) -> Double {
    var value = 0.0
    for index in 0..<6 { value += fit[channel][index] * sample.terms[index] }
    let difference = value - sample.colour[channel]
    return difference * difference
  }

  /// The largest difference of a channel.
  private static func error(_ sample: (terms: [Double], colour: [Double]), _ fit: [[Double]]) -> Double {
    (0..<3).map { square(sample, fit, channel: $0) }.max().map { $0.squareRoot() } ?? 0
  }

  /// Normal equations solved by Gaussian elimination with pivoting, one right-hand side a channel.
  private static func solve(_ samples: [(terms: [Double], colour: [Double])]) -> [[Double]]? {
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: 9), count: 6)
    for sample in samples {
      for row in 0..<6 {
        for column in 0..<6 { matrix[row][column] += sample.terms[row] * sample.terms[column] }
        for channel in 0..<3 { matrix[row][6 + channel] += sample.terms[row] * sample.colour[channel] }
      }
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
    return (0..<3).map { channel in (0..<6).map { matrix[$0][6 + channel] / matrix[$0][$0] } }
  }
}
