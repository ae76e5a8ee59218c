/// Finds out what of a service's opaque answer is layer, with the source as witness.
///
/// Two explanations compete for every pixel: "background" (the answer is its own white there) and "subject" (the answer
/// shows what the source shows). White on white is settled by the region it belongs to. Edges get a share of both.
struct AnswerMatte {
  private let answer: [UInt8]
  private let source: [UInt8]
  private let width: Int
  private let height: Int
  private let white: [Int]

  /// How far from its white an answer's background may be, in levels: JPEG rings this much beside an edge.
  private static let noise = 14
  /// Seen through white, the source must be at least this much darker to be called removed.
  private static let removed = 24

  private enum Kind {
    static let subject: UInt8 = 0
    static let background: UInt8 = 1
    /// White in the answer, and white in the source.
    static let open: UInt8 = 2
  }

  /// Both of one size and in sRGB; the answer already lies on the source.
  init(answer: Picture, source: Picture) {
    self.answer = answer.eightBitRGB()
    self.source = source.eightBitRGB()
    width = answer.width
    height = answer.height
    white = AnswerMatte.whiteOfBorder(self.answer, width: answer.width, height: answer.height)
  }

  func matte() -> Matte {
    var kinds = classified()
    settleOpenRegions(&kinds)
    dropSpecks(&kinds)
    return withEdges(kinds)
  }

  /// What the answer shows as the source does, whatever it painted elsewhere; without soft edges.
  func likeness() -> Matte {
    var kinds = (0..<width * height).map { pixel in
      let samples = 3 * pixel..<3 * pixel + 3
      let isLike = samples.allSatisfy { abs(Int(answer[$0]) - Int(source[$0])) < AnswerMatte.removed }
      return isLike ? Kind.subject : Kind.background
    }
    dropSpecks(&kinds)
    return Matte(width: width, height: height, alpha: kinds.map { $0 == Kind.subject ? 255 : 0 })
  }

  /// The median of the border's nearly white pixels in each channel; pure white where few are nearly white.
  private static func whiteOfBorder(_ rgb: [UInt8], width: Int, height: Int) -> [Int] {
    var border: [Int] = []
    for x in 0..<width { border += [x, (height - 1) * width + x] }
    for y in 0..<height { border += [y * width, y * width + width - 1] }
    let pale = border.filter { pixel in
      let values = rgb[3 * pixel..<3 * pixel + 3]
      guard let low = values.min(), let high = values.max() else { return false }
      return low >= 225 && high - low <= 14
    }
    guard pale.count * 5 >= border.count else { return [255, 255, 255] }
    return (0..<3).map { channel in Int(pale.map { rgb[3 * $0 + channel] }.sorted()[pale.count / 2]) }
  }

  private func classified() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: width * height) { out, count in
      for pixel in 0..<width * height {
        var (fromWhite, fromSource) = (0, 0)
        for channel in 0..<3 {
          let value = Int(answer[3 * pixel + channel])
          fromWhite = max(fromWhite, abs(value - white[channel]))
          fromSource = max(fromSource, abs(value - Int(source[3 * pixel + channel])))
        }
        let isWhite = fromWhite <= AnswerMatte.noise
        out.initializeElement(
          at: pixel,
          to: !isWhite ? Kind.subject : fromSource >= AnswerMatte.removed ? Kind.background : Kind.open)
      }
      count = width * height
    }
  }

  /// White in both: a region that touches the picture's border or mostly background is background; one that the
  /// subject encloses, or whose texture the answer repeats, is subject.
  private func settleOpenRegions(_ kinds: inout [UInt8]) {
    for region in regions(of: Kind.open, in: kinds) {
      var (subject, background, onBorder) = (0, 0, false)
      var (likeSource, likeWhite) = (0, 0)
      for pixel in region {
        let (x, y) = (pixel % width, pixel / width)
        if x == 0 || y == 0 || x == width - 1 || y == height - 1 { onBorder = true }
        neighbours(of: pixel) { other in
          if kinds[other] == Kind.subject { subject += 1 }
          if kinds[other] == Kind.background { background += 1 }
        }
        for channel in 0..<3 {
          likeSource += abs(Int(answer[3 * pixel + channel]) - Int(source[3 * pixel + channel]))
          likeWhite += abs(Int(answer[3 * pixel + channel]) - white[channel])
        }
      }
      let repeatsTexture = likeSource * 2 < likeWhite && likeWhite >= region.count * 3
      let isSubject = !onBorder && (repeatsTexture || subject > background)
      for pixel in region { kinds[pixel] = isSubject ? Kind.subject : Kind.background }
    }
  }

  /// Specks of a few pixels are noise, in either direction.
  private func dropSpecks(_ kinds: inout [UInt8]) {
    let least = max(4, width * height / 100_000)
    for kind in [Kind.background, Kind.subject] {
      for region in regions(of: kind, in: kinds) where region.count < least {
        for pixel in region { kinds[pixel] = kind == Kind.subject ? Kind.background : Kind.subject }
      }
    }
  }

  /// 8-connected regions of one kind.
  private func regions(of kind: UInt8, in kinds: [UInt8]) -> [[Int]] {
    var seen = [Bool](repeating: false, count: kinds.count)
    var regions: [[Int]] = []
    for start in kinds.indices where kinds[start] == kind && !seen[start] {
      seen[start] = true
      var region = [start]
      var next = 0
      while next < region.count {
        neighbours(of: region[next]) { other in
          if kinds[other] == kind, !seen[other] {
            seen[other] = true
            region.append(other)
          }
        }
        next += 1
      }
      regions.append(region)
    }
    return regions
  }

  private func neighbours(of pixel: Int, _ body: (Int) -> Void) {
    let (x, y) = (pixel % width, pixel / width)
    for row in max(0, y - 1)...min(height - 1, y + 1) {
      for column in max(0, x - 1)...min(width - 1, x + 1) where row != y || column != x { body(row * width + column) }
    }
  }

  /// Within two pixels of the outline the answer is a mixture of its white W and the subject's colour F, taken from the
  /// source nearby: α = (W − A)·(W − F) / |W − F|², the projection of the compositing equation.
  private func withEdges(_ kinds: [UInt8]) -> Matte {
    let isSubject = kinds.map { $0 == Kind.subject }
    let nearBackground = dilated(isSubject.map { !$0 }, width: width, height: height, by: 2)
    let nearSubject = dilated(isSubject, width: width, height: height, by: 2)
    var alpha = isSubject.map { $0 ? UInt8(255) : 0 }
    for pixel in alpha.indices where nearBackground[pixel] && nearSubject[pixel] {
      guard let colour = firmColour(near: pixel, firm: { isSubject[$0] && !nearBackground[$0] }) else { continue }
      var (along, length) = (0.0, 0.0)
      for channel in 0..<3 {
        let span = Double(white[channel]) - colour[channel]
        along += (Double(white[channel]) - Double(answer[3 * pixel + channel])) * span
        length += span * span
      }
      // A nearly white subject says nothing about how much of it there is.
      guard length > 60 * 60 else { continue }
      let share = along / length
      // What JPEG rings beside an edge is no part of it.
      alpha[pixel] = share < (isSubject[pixel] ? 0.06 : 0.1) ? 0 : share > 0.94 ? 255 : UInt8(share * 255)
    }
    return Matte(width: width, height: height, alpha: alpha)
  }

  /// The mean source colour of the firm pixels within 4 pixels; nil where there is none.
  private func firmColour(near pixel: Int, firm: (Int) -> Bool) -> [Double]? {
    let (x, y) = (pixel % width, pixel / width)
    var (sums, count) = ([0.0, 0, 0], 0.0)
    for row in max(0, y - 4)...min(height - 1, y + 4) {
      for column in max(0, x - 4)...min(width - 1, x + 4) where firm(row * width + column) {
        for channel in 0..<3 { sums[channel] += Double(source[3 * (row * width + column) + channel]) }
        count += 1
      }
    }
    return count == 0 ? nil : sums.map { $0 / count }
  }
}
