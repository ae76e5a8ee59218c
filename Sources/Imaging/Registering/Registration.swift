/// How a service's answer lies on its source, and how its colours differ: the numbers behind "it moved".
///
/// Measured where both show the same thing: inside what was extracted, or outside what was removed.
package struct Registration: Sendable, Hashable {
  /// How far the answer lies to the right of and below the source, in pixels at the centre; nil where there is too
  /// little to go by. Good to a tenth of a pixel.
  package var shift: Shift?
  /// The answer's size over the source's; nil where there is too little to go by. Good to 0.1 %.
  package var scale: Scale?
  /// Red, green and blue of the answer less those of the source, in levels of 0...255.
  package var drift: [Double]
  /// The share of the compared pixels that show something else than the source, 0...1.
  package var redrawn: Double

  package struct Shift: Sendable, Hashable {
    package var x: Double
    package var y: Double

    /// The longer of the two.
    package var length: Double { max(x.magnitude, y.magnitude) }
  }

  package struct Scale: Sendable, Hashable {
    package var x: Double
    package var y: Double

    /// The larger deviation from 1 of the two.
    package var error: Double { max((x - 1).magnitude, (y - 1).magnitude) }
  }

  /// An answer that is the source, bit for bit.
  package static let exact = Registration(
    shift: Shift(x: 0, y: 0), scale: Scale(x: 1, y: 1), drift: [0, 0, 0], redrawn: 0)

  /// The largest of the three channels' drifts, without sign.
  package var largestDrift: Double { drift.map(\.magnitude).max() ?? 0 }
}

extension Picture {
  /// Compares this answer with its `source` where `mask` is on, in sRGB. All three are of one size.
  ///
  /// Nil where nothing is on.
  package func registration(on source: Picture, where mask: Mask) -> Registration? {
    precondition(size == source.size && size == mask.size, "answer, source and mask differ in size")
    guard mask.values.contains(255) else { return nil }
    if profile == source.profile, isEqual(to: source, where: mask) { return .exact }
    let (answer, truth) = (inSRGB().eightBitRGB(), source.inSRGB().eightBitRGB())
    // A tenth of a pixel needs no more than this many pixels to go by.
    let factor = (max(width, height) + 1399) / 1400
    let pair = Comparison(
      answer: (0..<3).map { Plane(channel: $0, of: answer, size: size).reduced(by: factor) },
      source: (0..<3).map { Plane(channel: $0, of: truth, size: size).reduced(by: factor) },
      weights: Plane(width: width, height: height, values: mask.values.map { Float($0) / 255 }).reduced(by: factor))
    return pair.registration(factor: Float(factor))
  }

  /// Whether all pixels that are on are equal, bit for bit, over white.
  private func isEqual(to other: Picture, where mask: Mask) -> Bool {
    switch (overWhite().samples, other.overWhite().samples) {
    case (.eight(let first), .eight(let second)): Picture.equal(first, second, where: mask)
    case (.sixteen(let first), .sixteen(let second)): Picture.equal(first, second, where: mask)
    default: false
    }
  }

  private static func equal<Sample: Equatable>(_ first: [Sample], _ second: [Sample], where mask: Mask) -> Bool {
    for pixel in mask.values.indices where mask.values[pixel] != 0 {
      for at in 3 * pixel..<3 * pixel + 3 where first[at] != second[at] { return false }
    }
    return true
  }
}

/// Answer and source in three channels, and where they are compared.
private struct Comparison {
  let answer: [Plane]
  let source: [Plane]
  let weights: Plane

  func registration(factor: Float) -> Registration {
    let aligner = Aligner(answer: luminance(of: answer), source: luminance(of: source), weights: weights)
    var (alignment, certainty) = aligner.align()
    // Known is what is measured finely enough, or is far from nothing.
    let stretch = max(alignment.stretchX.magnitude, alignment.stretchY.magnitude)
    let isScaleKnown = certainty.stretch < 0.001 || stretch > 5 * certainty.stretch
    if !isScaleKnown { (alignment, certainty) = aligner.align(.move) }
    let move = max(alignment.moveX.magnitude, alignment.moveY.magnitude)
    let isShiftKnown = certainty.move * factor < 0.1 || move > 5 * certainty.move
    if !isShiftKnown { alignment = Alignment() }
    let drift = differences(alignment)
    return Registration(
      shift: isShiftKnown
        ? .init(x: Double(-alignment.moveX * factor), y: Double(-alignment.moveY * factor)) : nil,
      scale: isScaleKnown && isShiftKnown
        ? .init(x: Double(1 / (1 + alignment.stretchX)), y: Double(1 / (1 + alignment.stretchY))) : nil,
      drift: drift.map(\.middle), redrawn: redrawn(drift))
  }

  private func luminance(of channels: [Plane]) -> Plane {
    var sum = channels[0]
    for index in sum.values.indices {
      sum.values[index] =
        0.299 * channels[0].values[index] + 0.587 * channels[1].values[index] + 0.114 * channels[2].values[index]
    }
    return sum
  }

  /// One channel's differences, and their robust mean.
  private struct Difference {
    var plane: Plane
    var middle: Double
  }

  /// Answer less aligned source; NaN where either is not compared.
  private func differences(_ alignment: Alignment) -> [Difference] {
    (0..<3).map { channel in
      var plane = answer[channel]
      let aligned = source[channel].sampled(alignment)
      for index in plane.values.indices {
        plane.values[index] = weights.values[index] < 0.5 ? .nan : plane.values[index] - aligned.values[index]
      }
      return Difference(plane: plane, middle: Comparison.robustMean(plane.values))
    }
  }

  /// The mean of what lies within three levels of the median.
  private static func robustMean(_ values: [Float]) -> Double {
    var histogram = [Int](repeating: 0, count: 1024)
    for value in values where !value.isNaN { histogram[max(0, min(1023, Int(value * 2 + 512)))] += 1 }
    let half = histogram.reduce(0, +) / 2
    var seen = 0
    let bin = histogram.firstIndex { count in
      seen += count
      return seen > half
    }
    guard let bin else { return 0 }
    let median = (Float(bin) - 511.5) / 2
    var (sum, count) = (0.0, 0)
    for value in values where (value - median).magnitude <= 3 {
      sum += Double(value)
      count += 1
    }
    return count == 0 ? Double(median) : sum / Double(count)
  }

  /// A pixel is redrawn where the mean of its neighbourhood is more than 24 levels off, once the drift is taken away.
  private func redrawn(_ differences: [Difference]) -> Double {
    var largest = differences[0].plane
    for index in largest.values.indices {
      largest.values[index] = differences.reduce(0) { worst, difference in
        max(worst, (difference.plane.values[index] - Float(difference.middle)).magnitude)
      }
    }
    let compared = largest.values.indices.filter { !differences[0].plane.values[$0].isNaN }
    for index in largest.values.indices where differences[0].plane.values[index].isNaN { largest.values[index] = 0 }
    let blurred = largest.blurred()
    return Double(compared.count { blurred.values[$0] > 24 }) / Double(max(1, compared.count))
  }
}

extension Plane {
  /// One channel of interleaved 8-bit RGB.
  fileprivate init(channel: Int, of rgb: [UInt8], size: Size) {
    self.init(
      width: size.width, height: size.height,
      values: stride(from: channel, to: rgb.count, by: 3).map { Float(rgb[$0]) })
  }

  /// What an aligned answer would show at each pixel; NaN where the source has no such place. Bilinear.
  fileprivate func sampled(_ alignment: Alignment) -> Plane {
    var out = self
    let centre = (x: Float(width - 1) / 2, y: Float(height - 1) / 2)
    for y in 0..<height {
      let atY = Float(y) + alignment.moveY + alignment.stretchY * (Float(y) - centre.y)
      for x in 0..<width {
        let atX = Float(x) + alignment.moveX + alignment.stretchX * (Float(x) - centre.x)
        out.values[y * width + x] = value(atX, atY)
      }
    }
    return out
  }

  private func value(_ x: Float, _ y: Float) -> Float {
    let (left, top) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    guard left >= 0, top >= 0, left < width, top < height else { return .nan }
    let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
    let (shareX, shareY) = (x - Float(left), y - Float(top))
    let upper = values[top * width + left] + (values[top * width + right] - values[top * width + left]) * shareX
    let lower =
      values[bottom * width + left] + (values[bottom * width + right] - values[bottom * width + left]) * shareX
    return upper + (lower - upper) * shareY
  }
}
