extension Picture {
  /// A wider canvas made of a service's answer and this picture: its own pixels bit for bit in the middle, the answer's
  /// around them, at this picture's depth, profile and density.
  ///
  /// Nil where the answer does not show this picture in its middle: it was scaled, moved or painted anew there, and
  /// what goes on around it would not meet it.
  package func reframed(fromAnswer answer: Picture) -> Picture? {
    guard answer.width >= width, answer.height >= height else { return nil }
    let (left, top) = ((answer.width - width) / 2, (answer.height - height) / 2)
    let seen = answer.inSRGB().overWhite()
    guard shows(seen.eightBitRGB(), wide: seen.width, left, top) else { return nil }
    var canvas = seen.at(depthOf: self).converted(to: profile)
    canvas.density = density
    let middle = overWhite()
    switch (canvas.samples, middle.samples) {
    case (.eight(let around), .eight(let own)):
      canvas.samples = .eight(laid(own, onto: around, wide: canvas.width, left, top))
    case (.sixteen(let around), .sixteen(let own)):
      canvas.samples = .sixteen(laid(own, onto: around, wide: canvas.width, left, top))
    default: return nil
    }
    return canvas
  }

  /// How much a sample of an answer may differ on average, in levels of 0...255: JPEG does less, painting anew more.
  private static let mostRepainted = 8

  private func shows(_ answer: [UInt8], wide: Int, _ left: Int, _ top: Int) -> Bool {
    let own = inSRGB().eightBitRGB()
    var sum = 0
    for y in 0..<height {
      let start = ((y + top) * wide + left) * 3
      for at in 0..<width * 3 { sum += abs(Int(own[y * width * 3 + at]) - Int(answer[start + at])) }
    }
    return sum <= Picture.mostRepainted * own.count
  }

  private func laid<Sample>(
    _ own: [Sample], onto around: [Sample], wide: Int, _ left: Int, _ top: Int
  ) -> [Sample] {
    var canvas = around
    for y in 0..<height {
      let start = ((y + top) * wide + left) * 3
      canvas.replaceSubrange(start..<start + width * 3, with: own[y * width * 3..<(y + 1) * width * 3])
    }
    return canvas
  }
}
