/// For every patch that touches the hole, the most similar whole patch outside it (Barnes et al. 2009).
struct PatchMatches {
  /// The centre of the match, −1 where the pixel is no centre of a target patch.
  private(set) var source: [Int32]
  /// The weighted squared difference of the two patches.
  private(set) var cost: [Float]
  private let targets: [Int32]
  private let sources: [Int32]
  private let isSource: [Bool]
  private var generator: SplitMix
  private var forward = true

  /// Random matches; nil where no whole patch lies outside the hole.
  init?(_ level: PatchLevel, seed: UInt64) {
    let radius = PatchLevel.radius
    let touches = Self.touchesHole(level)
    var targets: [Int32] = []
    var sources: [Int32] = []
    var isSource = [Bool](repeating: false, count: touches.count)
    for y in radius..<max(radius, level.height - radius) {
      for x in radius..<max(radius, level.width - radius) {
        let pixel = y * level.width + x
        if touches[pixel] {
          targets.append(Int32(pixel))
        } else {
          sources.append(Int32(pixel))
          isSource[pixel] = true
        }
      }
    }
    guard !sources.isEmpty else { return nil }
    (self.targets, self.sources, self.isSource) = (targets, sources, isSource)
    generator = SplitMix(seed: seed)
    source = [Int32](repeating: -1, count: touches.count)
    cost = [Float](repeating: .infinity, count: touches.count)
    for target in targets { source[Int(target)] = sources[generator.below(sources.count)] }
  }

  /// The matches of the coarser level at twice the size.
  init?(_ level: PatchLevel, from coarse: PatchMatches, of coarser: PatchLevel, seed: UInt64) {
    self.init(level, seed: seed)
    for target in targets {
      let (x, y) = (Int(target) % level.width, Int(target) / level.width)
      guard let near = coarse.nearest(min(x / 2, coarser.width - 1), min(y / 2, coarser.height - 1), coarser) else {
        continue
      }
      let match = Int(coarse.source[near])
      let nextX = (match % coarser.width - near % coarser.width) * 2 + x
      let nextY = (match / coarser.width - near / coarser.width) * 2 + y
      guard nextX >= 0, nextY >= 0, nextX < level.width, nextY < level.height else { continue }
      if isSource[nextY * level.width + nextX] { source[Int(target)] = Int32(nextY * level.width + nextX) }
    }
    rate(level)
  }

  /// A target of this level at the place or beside it.
  private func nearest(_ x: Int, _ y: Int, _ level: PatchLevel) -> Int? {
    for ring in 0...PatchLevel.radius {
      for row in max(0, y - ring)...min(level.height - 1, y + ring) {
        for column in max(0, x - ring)...min(level.width - 1, x + ring) where source[row * level.width + column] >= 0 {
          return row * level.width + column
        }
      }
    }
    return nil
  }

  /// The cost that three quarters of the matches stay below.
  func typicalCost() -> Float {
    let sample = stride(from: 0, to: targets.count, by: 7).map { cost[Int(targets[$0])] }.sorted()
    return sample.isEmpty ? 1 : max(1, sample[sample.count * 3 / 4])
  }

  /// Improves the matches: neighbours' offsets, then random places ever closer, in alternating directions.
  mutating func search(_ level: PatchLevel, sweeps: Int, reach: Int) {
    rate(level)
    let weights = level.weights()
    let width = level.width
    level.pixels.withUnsafeBufferPointer { pixels in
      weights.withUnsafeBufferPointer { weights in
        guard let pixels = pixels.baseAddress, let weights = weights.baseAddress else { return }
        let compare = PatchComparison(pixels: pixels, weights: weights, width: width)
        for _ in 0..<sweeps {
          let step = forward ? -1 : 1
          for index in targets.indices {
            let target = Int(targets[forward ? index : targets.count - 1 - index])
            improve(target, step: step, reach: reach, width: width, height: level.height, compare)
          }
          forward.toggle()
        }
      }
    }
  }

  private mutating func improve(
    _ target: Int, step: Int, reach: Int, width: Int, height: Int, _ compare: PatchComparison
  ) {
    var best = Int(source[target])
    var least = cost[target]
    func attempt(_ candidate: Int) {
      guard candidate != best, candidate >= 0, candidate < isSource.count, isSource[candidate] else { return }
      let found = compare.cost(target, candidate, below: least)
      if found < least { (best, least) = (candidate, found) }
    }
    if source[target + step] >= 0 { attempt(Int(source[target + step]) - step) }
    if source[target + step * width] >= 0 { attempt(Int(source[target + step * width]) - step * width) }
    var radius = reach
    while radius >= 1 {
      let x = best % width + generator.below(2 * radius + 1) - radius
      let y = best / width + generator.below(2 * radius + 1) - radius
      if x >= 0, y >= 0, x < width, y < height { attempt(y * width + x) }
      radius /= 2
    }
    source[target] = Int32(best)
    cost[target] = least
  }

  /// Measures every match against the level's present colours.
  private mutating func rate(_ level: PatchLevel) {
    let weights = level.weights()
    level.pixels.withUnsafeBufferPointer { pixels in
      weights.withUnsafeBufferPointer { weights in
        guard let pixels = pixels.baseAddress, let weights = weights.baseAddress else { return }
        let compare = PatchComparison(pixels: pixels, weights: weights, width: level.width)
        for target in targets {
          cost[Int(target)] = compare.cost(Int(target), Int(source[Int(target)]), below: .infinity)
        }
      }
    }
  }

  /// Which pixels have an unknown pixel in their patch, by a summed-area table (Crow 1984).
  private static func touchesHole(_ level: PatchLevel) -> [Bool] {
    let stride = level.width + 1
    var table = [Int32](repeating: 0, count: stride * (level.height + 1))
    for y in 0..<level.height {
      var row: Int32 = 0
      for x in 0..<level.width {
        row += level.unknown[y * level.width + x] ? 1 : 0
        table[(y + 1) * stride + x + 1] = table[y * stride + x + 1] + row
      }
    }
    let radius = PatchLevel.radius
    return (0..<level.width * level.height).map { pixel in
      let (x, y) = (pixel % level.width, pixel / level.width)
      let (left, right) = (max(0, x - radius), min(level.width, x + radius + 1))
      let (top, bottom) = (max(0, y - radius), min(level.height, y + radius + 1))
      let inside =
        table[bottom * stride + right] - table[top * stride + right] - table[bottom * stride + left]
        + table[top * stride + left]
      return inside > 0
    }
  }
}

/// Compares two patches of one level; both must lie wholly inside it.
struct PatchComparison {
  let pixels: UnsafePointer<SIMD4<Float>>
  /// How much each pixel of the target patch counts.
  let weights: UnsafePointer<Float>
  let width: Int

  /// The weighted squared difference, or some value of at least `limit` as soon as that is reached.
  @inline(__always)
  func cost(_ target: Int, _ source: Int, below limit: Float) -> Float {
    var sum: Float = 0
    for row in -PatchLevel.radius...PatchLevel.radius {
      let first = pixels + target + row * width
      let second = pixels + source + row * width
      let weight = weights + target + row * width
      var line = SIMD4<Float>.zero
      for column in -PatchLevel.radius...PatchLevel.radius {
        let difference = first[column] - second[column]
        line += difference * difference * weight[column]
      }
      sum += line.sum()
      if sum >= limit { return sum }
    }
    return sum
  }
}
