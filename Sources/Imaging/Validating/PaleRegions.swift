/// The 8-connected regions of a picture that are not content, gathered row by row from runs (two-pass labelling with
/// union-find, Rosenfeld and Pfaltz 1966): one number a region instead of one a pixel.
struct PaleRegions {
  private let size: Size
  /// The region that each region was joined to; itself for a root.
  private var parents: [Int] = []
  private var areas: [Int] = []
  private var onBorder: [Bool] = []
  private var above: [Run] = []
  private var row: [Run] = []

  private struct Run {
    var start: Int
    var end: Int
    var region: Int
  }

  init(size: Size) {
    self.size = size
  }

  /// Adds pixels of row `y`, given by their number in the picture, from left to right; returns their region.
  @discardableResult
  mutating func extend(over pixels: Range<Int>, _ y: Int) -> Int {
    let (start, end) = (pixels.lowerBound - y * size.width, pixels.upperBound - y * size.width)
    let region: Int
    if let last = row.indices.last, row[last].end == start {
      row[last].end = end
      region = row[last].region
    } else {
      region = parents.count
      parents.append(region)
      areas.append(0)
      onBorder.append(false)
      row.append(Run(start: start, end: end, region: region))
    }
    areas[region] += end - start
    if y == 0 || y == size.height - 1 || start == 0 || end == size.width { onBorder[region] = true }
    return region
  }

  /// Joins the row's runs with those above them, corners included.
  mutating func endRow() {
    var first = 0
    for run in row {
      while first < above.count, above[first].end < run.start { first += 1 }
      var other = first
      while other < above.count, above[other].start <= run.end {
        join(run.region, above[other].region)
        other += 1
      }
    }
    swap(&above, &row)
    row.removeAll(keepingCapacity: true)
  }

  /// For every region given out, whether it hangs together with the picture's border.
  mutating func touchingBorder() -> [Bool] {
    for region in parents.indices where onBorder[region] { onBorder[root(of: region)] = true }
    return parents.indices.map { onBorder[root(of: $0)] }
  }

  /// How many pixels the regions have for which the flag is set.
  func pixels(where flags: [Bool]) -> Int { areas.indices.reduce(0) { $0 + (flags[$1] ? areas[$1] : 0) } }

  private mutating func join(_ first: Int, _ second: Int) {
    let (one, two) = (root(of: first), root(of: second))
    if one != two { parents[max(one, two)] = min(one, two) }
  }

  private mutating func root(of region: Int) -> Int {
    var region = region
    while parents[region] != region {
      parents[region] = parents[parents[region]]
      region = parents[region]
    }
    return region
  }
}
