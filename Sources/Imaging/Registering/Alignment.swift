/// How an answer lies on its source: answer pixel p shows what the source has at
/// q = p + move + stretch · (p − centre), plus a constant offset in brightness.
struct Alignment: Sendable, Hashable {
  /// In pixels.
  var moveX: Float = 0
  var moveY: Float = 0
  /// Without unit; 0.01 means that the answer shows the source 1 % smaller.
  var stretchX: Float = 0
  var stretchY: Float = 0
  /// In levels of 0...255.
  var offset: Float = 0

  /// The same alignment in a picture `factor` times as large.
  func scaled(by factor: Float) -> Alignment {
    var scaled = self
    (scaled.moveX, scaled.moveY) = (moveX * factor, moveY * factor)
    return scaled
  }
}

/// What an answer may have done to its source.
enum Freedom {
  /// Moved, and become brighter or darker.
  case move
  /// Also zoomed, alike across and down.
  case zoom
  /// Also stretched, across and down by themselves.
  case stretch
}

/// Finds the alignment of two planes by Gauss-Newton steps on the brightness difference, from coarse to fine
/// (Lucas and Kanade 1981; Baker and Matthews 2004), with Tukey's weights against what was redrawn.
struct Aligner {
  let answer: Plane
  let source: Plane
  /// 0...1: how much each answer pixel counts.
  let weights: Plane

  /// Standard errors of the last step, in the units of `Alignment`; infinite where nothing could be told.
  struct Certainty {
    var move: Float = .infinity
    var stretch: Float = .infinity
  }

  /// The alignment, and how certain it is. A stretch must explain clearly more than a zoom: what shows little in one
  /// direction would else be read as stretched by what its shading says.
  func align() -> (Alignment, Certainty) {
    let (zoomed, stretched) = (align(.zoom), align(.stretch))
    return finest.unexplained(by: stretched.0) < 0.9 * finest.unexplained(by: zoomed.0) ? stretched : zoomed
  }

  /// The alignment of no more than this freedom, and how certain it is.
  func align(_ freedom: Freedom) -> (Alignment, Certainty) {
    let answers = answer.pyramid(downTo: 48)
    let sources = source.pyramid(downTo: 48)
    let counts = weights.pyramid(downTo: 48)
    guard let coarsest = answers.indices.last else { return (Alignment(), Certainty()) }
    let start = Level(answer: answers[coarsest], source: sources[coarsest], weights: counts[coarsest])
    var alignment = start.bestStart(freedom)
    var certainty = Certainty()
    for index in answers.indices.reversed() {
      if index != coarsest { alignment = alignment.scaled(by: 2) }
      let level = Level(answer: answers[index], source: sources[index], weights: counts[index])
      // A level with too few pixels that count says nothing; the next finer one may.
      if let refined = level.refined(alignment, freedom) { (alignment, certainty) = refined }
    }
    return finest.best(of: (alignment, certainty), freedom)
  }

  private var finest: Level { Level(answer: answer, source: source, weights: weights) }
}

/// One resolution of an `Aligner`.
private struct Level {
  let answer: Plane
  let source: Plane
  let weights: Plane
  /// Only every so many pixels are looked at where there are very many.
  let step: Int

  init(answer: Plane, source: Plane, weights: Plane) {
    self.answer = answer
    self.source = source
    self.weights = weights
    step = answer.values.count > 600_000 ? 2 : 1
  }

  private var centre: (x: Float, y: Float) { (Float(answer.width - 1) / 2, Float(answer.height - 1) / 2) }

  /// The best of a grid of whole-pixel moves up to an eighth of the picture, at a few stretches.
  func bestStart(_ freedom: Freedom) -> Alignment {
    let reach = (x: answer.width / 8, y: answer.height / 8)
    var best = (cost: cost(of: Alignment()) * 0.98, alignment: Alignment())
    for stretch in freedom == .move ? [0] : [0, -0.1, -0.05, 0.05, 0.1] as [Float] {
      for y in -reach.y...reach.y {
        for x in -reach.x...reach.x {
          let tried = Alignment(moveX: Float(x), moveY: Float(y), stretchX: stretch, stretchY: stretch)
          let cost = cost(of: tried)
          if cost < best.cost { best = (cost, tried) }
        }
      }
    }
    return best.alignment
  }

  /// The standard deviation of the difference; infinite where too little overlaps.
  private func cost(of alignment: Alignment) -> Float {
    var (sum, squares, count): (Float, Float, Float) = (0, 0, 0)
    var all: Float = 0
    visit(alignment) { weight, difference, _, _, _, _ in
      guard let difference else { return all += weight }
      sum += weight * difference
      squares += weight * difference * difference
      count += weight
      all += weight
    }
    guard count > 0.6 * all, count > 0 else { return .infinity }
    return (squares / count - sum / count * (sum / count)).squareRoot()
  }

  /// `found`, what is found from no move at all, or no move: whichever explains most. Strong edges that were redrawn can
  /// lead the search astray, and noise is always explained a little better by a little move.
  func best(of found: (Alignment, Aligner.Certainty), _ freedom: Freedom) -> (Alignment, Aligner.Certainty) {
    var best = found
    var least = unexplained(by: found.0)
    if let near = refined(Alignment(), freedom) {
      let cost = unexplained(by: near.0)
      if cost < least { (best, least) = (near, cost) }
    }
    let still = Alignment(offset: best.0.offset)
    let gain = unexplained(by: still) / max(least, 0.01)
    if gain <= 1.01 { return (still, best.1) }
    // Of a smooth subject noise alone can be explained that much better: nothing is known.
    return gain <= 1.3 ? (still, Aligner.Certainty()) : best
  }

  /// The mean squared difference, cut off at 12 levels: what was redrawn counts, but not by how much.
  func unexplained(by alignment: Alignment) -> Float {
    var (sum, count): (Float, Float) = (0, 0)
    visit(alignment) { weight, difference, _, _, _, _ in
      guard let difference else { return }
      let left = min(12, (difference - alignment.offset).magnitude)
      sum += weight * left * left
      count += weight
    }
    return sum / max(1, count)
  }

  /// Gauss-Newton until a step moves less than a thousandth of a pixel; nil where nothing can be told.
  func refined(_ start: Alignment, _ freedom: Freedom) -> (Alignment, Aligner.Certainty)? {
    var alignment = start
    var certainty = Aligner.Certainty()
    let half = Float(max(answer.width, answer.height)) / 2
    for round in 0..<60 {
      let spread = max(2, spread(of: alignment))
      var system = NormalEquations(unknowns: freedom.unknowns)
      visit(alignment) { weight, difference, gradientX, gradientY, x, y in
        guard let difference else { return }
        // Tukey's biweight: what differs by more than 4.685 spreads does not count.
        let ratio = (difference - alignment.offset) / (4.685 * spread)
        guard ratio.magnitude < 1 else { return }
        let trust = (1 - ratio * ratio) * (1 - ratio * ratio) * weight
        var row = SIMD8<Float>(gradientX, gradientY, 1, gradientX * x / half, gradientY * y / half, 0, 0, 0)
        if freedom == .zoom { row[3] += row[4] }
        system.add(SIMD8<Double>(row), Double(difference - alignment.offset), weight: Double(trust))
      }
      guard let (change, errors) = system.solved() else { return round == 0 ? nil : (alignment, certainty) }
      alignment.moveX += change[0]
      alignment.moveY += change[1]
      alignment.offset += change[2]
      certainty.move = max(errors[0], errors[1])
      if freedom != .move {
        let down = freedom == .zoom ? 3 : 4
        alignment.stretchX += change[3] / half
        alignment.stretchY += change[down] / half
        certainty.stretch = max(errors[3], errors[down]) / half
      }
      guard alignment.isPlausible(half: half) else { return nil }
      let moved = (0..<freedom.unknowns).filter { $0 != 2 }
      if moved.allSatisfy({ change[$0].magnitude < 0.0005 }) { break }
    }
    return (alignment, certainty)
  }

  /// 1.4826 times the median absolute difference, the robust standard deviation, from a histogram.
  private func spread(of alignment: Alignment) -> Float {
    var histogram = [Float](repeating: 0, count: 512)
    visit(alignment) { weight, difference, _, _, _, _ in
      guard let difference else { return }
      histogram[min(511, Int((difference - alignment.offset).magnitude * 2))] += weight
    }
    let half = histogram.reduce(0, +) / 2
    var sum: Float = 0
    let median = histogram.firstIndex { count in
      sum += count
      return sum >= half
    }
    return 1.4826 * Float(median ?? 0) / 2
  }

  /// Every answer pixel that counts: its weight, answer minus source (nil where the source has no such place), the
  /// source's gradient there, and the pixel's place from the centre.
  private func visit(
    _ alignment: Alignment, _ body: (Float, Float?, Float, Float, Float, Float) -> Void
  ) {
    let (width, height) = (source.width, source.height)
    let centre = centre
    source.values.withUnsafeBufferPointer { source in
      answer.values.withUnsafeBufferPointer { answer in
        weights.values.withUnsafeBufferPointer { weights in
          for y in stride(from: 0, to: height, by: step) {
            for x in stride(from: 0, to: width, by: step) {
              let weight = weights[y * width + x]
              if weight < 0.05 { continue }
              let (fromX, fromY) = (Float(x) - centre.x, Float(y) - centre.y)
              let atX = Float(x) + alignment.moveX + alignment.stretchX * fromX
              let atY = Float(y) + alignment.moveY + alignment.stretchY * fromY
              let (left, top) = (Int(atX.rounded(.down)), Int(atY.rounded(.down)))
              guard left >= 1, top >= 1, left + 2 < width, top + 2 < height else {
                body(weight, nil, 0, 0, fromX, fromY)
                continue
              }
              let (shareX, shareY) = (atX - Float(left), atY - Float(top))
              func sample(_ column: Int, _ row: Int) -> Float {
                let at = row * width + column
                let upper = source[at] + (source[at + 1] - source[at]) * shareX
                let lower = source[at + width] + (source[at + width + 1] - source[at + width]) * shareX
                return upper + (lower - upper) * shareY
              }
              let gradientX = (sample(left + 1, top) - sample(left - 1, top)) / 2
              let gradientY = (sample(left, top + 1) - sample(left, top - 1)) / 2
              body(weight, answer[y * width + x] - sample(left, top), gradientX, gradientY, fromX, fromY)
            }
          }
        }
      }
    }
  }
}

extension Freedom {
  /// Move across and down, brightness, and the stretches.
  fileprivate var unknowns: Int {
    switch self {
    case .move: 3
    case .zoom: 4
    case .stretch: 5
    }
  }
}

extension Alignment {
  fileprivate func isPlausible(half: Float) -> Bool {
    moveX.magnitude < half * 0.6 && moveY.magnitude < half * 0.6 && stretchX.magnitude < 0.3
      && stretchY.magnitude < 0.3
  }
}
