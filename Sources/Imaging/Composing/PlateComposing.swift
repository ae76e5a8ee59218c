/// A plate made of a service's answer and the picture that the service was asked about.
package struct ComposedPlate: Sendable {
  /// Opaque, at the source's depth, profile and density.
  package var picture: Picture
  package var correction: Correction
  /// Where the answer's pixels are shown.
  package var changed: Mask
}

extension Picture {
  /// Composes a plate of this picture: the answer's pixels inside `mask`, this picture bit for bit elsewhere.
  ///
  /// A small shift of the answer is put back and its colour drift, measured outside the mask, is taken out. Without a
  /// mask the answer's pixels are taken where they differ from this picture by more than a service's noise. The answer
  /// must be of this size.
  package func plate(fromAnswer answer: Picture, mask: Mask?) -> ComposedPlate {
    let truth = inSRGB().overWhite()
    var seen = answer.inSRGB().overWhite()
    let kept = mask.map { $0.outside(by: 8) } ?? Mask(filling: size)
    var correction = Correction(measured: seen.registration(on: truth, where: kept))
    if let shift = correction.measured?.correctableShift(in: size) {
      seen = seen.moved(x: -shift.x, y: -shift.y)
      correction.putBack = shift
    }
    if let measured = correction.measured, measured.redrawn < 0.5, measured.hasCorrectableDrift {
      seen = seen.brightened(by: measured.drift.map { -$0 })
      correction.driftTakenOut = measured.drift
    }
    let changed = mask ?? seen.changes(against: truth).without(edgesMovedIn: correction.putBack)
    let fill = seen.at(depthOf: self).converted(to: profile)
    return ComposedPlate(
      picture: plate(filledFrom: fill, in: changed), correction: correction, changed: changed)
  }

  /// Where this answer shows something else than `source`: neighbourhoods that differ by more than 10 levels, without
  /// specks, grown by 6 pixels so that the seam lies where both agree.
  private func changes(against source: Picture) -> Mask {
    let (new, old) = (eightBitRGB(), source.eightBitRGB())
    var differences = Plane(width: width, height: height, values: [Float](repeating: 0, count: pixelCount))
    for pixel in 0..<pixelCount {
      var largest = 0
      for at in 3 * pixel..<3 * pixel + 3 { largest = max(largest, abs(Int(new[at]) - Int(old[at]))) }
      differences.values[pixel] = Float(largest)
    }
    let blurred = differences.blurred()
    let differs = blurred.values.map { $0 > 10 }
    // Opening by one pixel takes away lines and specks, which are noise and resampling, not removals.
    let eroded = dilated(differs.map { !$0 }, width: width, height: height, by: 1).map { !$0 }
    let grown = dilated(eroded, width: width, height: height, by: 7)
    return Mask(width: width, height: height, thresholding: grown.map { $0 ? 255 : 0 })
  }

  /// Every pixel changed by so many levels of 0...255 a channel, clipped.
  private func brightened(by levels: [Double]) -> Picture {
    switch samples {
    case .eight(let values): with(.eight(Picture.brightened(values, channels, levels)), channels: channels)
    case .sixteen(let values):
      with(.sixteen(Picture.brightened(values, channels, levels.map { $0 * 257 })), channels: channels)
    }
  }

  private static func brightened<Sample: FixedWidthInteger>(
    _ values: [Sample], _ channels: Int, _ steps: [Double]
  ) -> [Sample] {
    let steps = steps.map { Int($0.rounded()) }
    return values.indices.map { index in
      guard index % channels < 3 else { return values[index] }
      return Sample(max(0, min(Int(Sample.max), Int(values[index]) + steps[index % channels])))
    }
  }
}

extension Mask {
  /// Off where a picture that was put back by `shift` has nothing of its own to show.
  fileprivate func without(edgesMovedIn shift: Registration.Shift?) -> Mask {
    guard let shift else { return self }
    let (left, right) = (Int(max(0, -shift.x).rounded(.up)), Int(max(0, shift.x).rounded(.up)))
    let (top, bottom) = (Int(max(0, -shift.y).rounded(.up)), Int(max(0, shift.y).rounded(.up)))
    let kept = values.indices.map { pixel -> UInt8 in
      let (x, y) = (pixel % width, pixel / width)
      return x >= left && x < width - right && y >= top && y < height - bottom ? values[pixel] : 0
    }
    return Mask(width: width, height: height, thresholding: kept)
  }

  /// On everywhere.
  init(filling size: Size) {
    self.init(
      width: size.width, height: size.height,
      thresholding: [UInt8](repeating: 255, count: size.width * size.height))
  }

  /// What is more than `margin` pixels from the mask; where that is almost nothing, all outside the mask.
  fileprivate func outside(by margin: Int) -> Mask {
    func inverse(_ mask: Mask) -> Mask {
      Mask(width: width, height: height, thresholding: mask.values.map { 255 - $0 })
    }
    let far = inverse(grown(by: margin))
    return far.count < 400 ? inverse(self) : far
  }
}
