extension Matte {
  /// The matte of a service's answer: its alpha where it has one, else what is not background.
  ///
  /// Of an opaque answer on white, background is what can be reached from the picture's border through white
  /// and near-white pixels, so that white inside a figure stays.
  package init(ofAnswer answer: Picture) {
    if answer.transparencyVaries {
      self.init(width: answer.width, height: answer.height, alpha: answer.alphaChannel())
    } else {
      let background = PixelClasses(answer).background()
      let alpha = background.map { $0 ? UInt8(0) : 255 }
      self.init(width: answer.width, height: answer.height, alpha: alpha)
    }
  }

  /// The matte of a service's answer to a picture: its alpha where it has one, else what the comparison with
  /// `source` says (white in a white subject stays, holes that show background are holes, edges are soft).
  ///
  /// Both of one size and in sRGB, the answer already lying on the source.
  package init(ofAnswer answer: Picture, to source: Picture) {
    self = answer.transparencyVaries ? Matte(ofAnswer: answer) : AnswerMatte(answer: answer, source: source).matte()
  }

  /// More than this around a mask is no neighbouring object but a background that was not cleared.
  static let mostPaintedAround = 0.5

  /// How much of the 12 pixels around `mask` this matte keeps, 0...1.
  func share(around mask: Mask) -> Double {
    let ring = mask.grown(by: 12).subtracting(mask)
    let kept = alpha.indices.count { ring.values[$0] != 0 && alpha[$0] >= 128 }
    return Double(kept) / Double(max(1, ring.count))
  }

  /// Not more than what of `picture` can be seen: a source with transparency has layers within its own shape.
  package func limited(toAlphaOf picture: Picture) -> Matte {
    guard picture.hasAlpha else { return self }
    var limited = self
    for (pixel, visible) in picture.alphaChannel().enumerated() { limited.alpha[pixel] = min(alpha[pixel], visible) }
    return limited
  }

  /// The matte moved right by `x` and down by `y` pixels; what comes in at the edges repeats the edge.
  package func moved(x: Double, y: Double) -> Matte {
    let samples = alpha.flatMap { [$0, $0, $0] }
    let moved = Picture(width: width, height: height, channels: 3, samples: .eight(samples)).moved(x: x, y: y)
    guard case .eight(let values) = moved.samples else { return self }
    return Matte(width: width, height: height, alpha: stride(from: 0, to: values.count, by: 3).map { values[$0] })
  }

  /// What the layer keeps wholly, two pixels in from its edge; where that leaves almost nothing, up to the edge.
  package var interior: Mask {
    let firm = alpha.map { $0 == 255 }
    let outside = dilated(firm.map { !$0 }, width: width, height: height, by: 2)
    let inner = Mask(width: width, height: height, thresholding: outside.map { $0 ? 0 : 255 })
    guard inner.count < 400 else { return inner }
    return Mask(width: width, height: height, thresholding: firm.map { $0 ? 255 : 0 })
  }

  /// The matte without what could only be haze in a layer.
  ///
  /// Alpha below 12 changes white by less than 5 % even under black, so all of it is near-white; where it is
  /// more than `reach` pixels (Chebyshev) from alpha of at least 128 it is no edge but a veil, and so is
  /// alpha below 32 twice as far out. Both become 0. Soft edges keep their ramp.
  package func cleaned(reach: Int = 3) -> Matte {
    guard let box = Box(around: alpha, width: width, height: height) else { return self }
    var firm: [Bool] = []
    firm.reserveCapacity(box.width * box.height)
    for y in box.y..<box.bottom { firm += alpha[y * width + box.x..<y * width + box.right].lazy.map { $0 >= 128 } }
    let near = dilated(firm, width: box.width, height: box.height, by: reach)
    let wide = dilated(firm, width: box.width, height: box.height, by: reach * 2)
    var cleaned = self
    cleaned.alpha.withUnsafeMutableBufferPointer { alpha in
      for pixel in firm.indices where !near[pixel] {
        let at = (pixel / box.width + box.y) * width + pixel % box.width + box.x
        if alpha[at] < 12 || (alpha[at] < 32 && !wide[pixel]) { alpha[at] = 0 }
      }
    }
    return cleaned
  }

  /// Nothing outside `mask` (DESIGN section 4, locality); the matte itself without one.
  package func limited(to mask: Mask?) -> Matte {
    guard let mask else { return self }
    precondition(mask.size == size, "the mask is of another size")
    var limited = self
    for pixel in alpha.indices where mask.values[pixel] == 0 { limited.alpha[pixel] = 0 }
    return limited
  }
}
