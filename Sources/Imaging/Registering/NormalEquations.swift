/// A weighted least-squares problem of a few unknowns, gathered one observation at a time.
struct NormalEquations {
  private let unknowns: Int
  private var matrix = [Row](repeating: .zero, count: 8)
  private var right = Row.zero
  private var squares = 0.0
  private var count = 0.0

  /// At most eight unknowns; those beyond the problem's are not looked at.
  typealias Row = SIMD8<Double>

  init(unknowns: Int) {
    precondition(unknowns <= 8, "a row has eight places")
    self.unknowns = unknowns
  }

  /// One observation: the first `unknowns` of `row` times the unknowns should be `value`.
  mutating func add(_ row: Row, _ value: Double, weight: Double) {
    let weighted = row * weight
    for first in 0..<unknowns { matrix[first] += row * weighted[first] }
    right += weighted * value
    squares += value * value * weight
    count += weight
  }

  /// The unknowns and their standard errors (Gauss-Jordan with the inverse kept); nil where they are not determined.
  func solved() -> (values: [Float], errors: [Float])? {
    guard count > Double(unknowns) * 4 else { return nil }
    let (rows, width) = (unknowns, unknowns * 2)
    var work = [Double](repeating: 0, count: rows * width)
    for row in 0..<rows {
      for column in 0..<rows { work[row * width + column] = matrix[row][column] }
      work[row * width + rows + row] = 1
    }
    for pivot in 0..<rows {
      let largest = (pivot..<rows).max { work[$0 * width + pivot].magnitude < work[$1 * width + pivot].magnitude }
      guard let largest, work[largest * width + pivot].magnitude > 1e-6 * count else { return nil }
      for column in 0..<width where largest != pivot { work.swapAt(pivot * width + column, largest * width + column) }
      let scale = 1 / work[pivot * width + pivot]
      for column in 0..<width { work[pivot * width + column] *= scale }
      for row in 0..<rows where row != pivot {
        let factor = work[row * width + pivot]
        for column in 0..<width { work[row * width + column] -= factor * work[pivot * width + column] }
      }
    }
    func inverse(_ row: Int, _ column: Int) -> Double { work[row * width + rows + column] }
    let values = (0..<rows).map { row in (0..<rows).reduce(0) { $0 + inverse(row, $1) * right[$1] } }
    let left = max(0, squares - (0..<rows).reduce(0) { $0 + values[$1] * right[$1] })
    // At least the noise of rounding, and neighbours err alike (JPEG in blocks of 8 × 8): four times the error of strangers.
    let variance = max(0.1, left / count) * 16
    return (values.map { Float($0) }, (0..<rows).map { Float((max(0, inverse($0, $0)) * variance).squareRoot()) })
  }
}
