/// A layer made of a service's answer and the picture that the service was asked about.
package struct ComposedLayer: Sendable {
  /// Opaque, on white, at the source's depth, profile and density.
  package var picture: Picture
  package var matte: Matte
  package var correction: Correction
}

extension Picture {
  /// Composes a layer of this picture: the answer decides where, and `colours` says whose pixels are shown.
  ///
  /// The answer is laid onto this picture first: a small shift is put back, the matte is estimated against this picture,
  /// limited to `mask`, and cleaned of haze. `whiteTolerance` in levels of 0...255. The answer must be of this size.
  /// `standsAlone` says that the layer should be told from the white around it without its matte, if that can be.
  package func layer(
    fromAnswer answer: Picture, mask: Mask?, colours: LayerColours, whiteTolerance: Int, standsAlone: Bool = false
  ) -> ComposedLayer {
    let truth = inSRGB().overWhite()
    var seen = answer.inSRGB()
    var (matte, painted) = Picture.matte(ofAnswer: seen, to: truth, mask: mask)
    var correction = Correction(measured: seen.registration(on: truth, where: matte.limited(to: mask).interior))
    if let shift = correction.measured?.correctableShift(in: size) {
      seen = seen.moved(x: -shift.x, y: -shift.y)
      (matte, painted) = Picture.matte(ofAnswer: seen, to: truth, mask: mask)
      correction.putBack = shift
    }
    correction.paintedAround = painted
    let shown: Picture
    switch colours {
    case .source:
      shown = self
      if let measured = correction.measured, measured.hasCorrectableDrift { correction.driftTakenOut = measured.drift }
    case .answer:
      shown = seen.overWhite().like(self)
    }
    matte = matte.limited(to: mask).limited(toAlphaOf: self).cleaned()
    let soft = shown.finished(under: matte, whiteTolerance)
    let made = standsAlone && answer.transparencyVaries ? shown.closed(soft, whiteTolerance) : soft
    return ComposedLayer(picture: made.layer, matte: made.matte, correction: correction)
  }

  /// The layer with its edge colours, free of haze.
  private func finished(under matte: Matte, _ whiteTolerance: Int) -> (layer: Picture, matte: Matte) {
    var matte = matte
    var layer = foregroundColours(under: matte).layer(matte)
    layer.enforceWhite(tolerance: whiteTolerance, matte: matte)
    layer.clearHaze(under: &matte)
    return (layer, matte)
  }

  /// The same layer with a firm edge, if only so the file passes the strict check without its matte.
  ///
  /// The soft edge of a pale thing is pale itself: whoever has the file alone cannot tell the thing from the white around
  /// it, where an edge of the source's own colours is a line between the two. A white thing without such a line keeps
  /// its soft edge.
  private func closed(_ soft: (layer: Picture, matte: Matte), _ whiteTolerance: Int) -> (layer: Picture, matte: Matte) {
    guard StrictScan(soft.layer, background: .fromBorder).offWhite > 0 else { return soft }
    var firm = soft.matte
    for pixel in firm.alpha.indices { firm.alpha[pixel] = firm.alpha[pixel] < 128 ? 0 : 255 }
    let hard = finished(under: firm, whiteTolerance)
    return StrictScan(hard.layer, background: .fromBorder).offWhite == 0 ? hard : soft
  }

  /// The answer's matte, and how much of the mask's surroundings it did not clear. An answer that painted all around the
  /// mask has no white to go by: then subject is what still looks like the source.
  private static func matte(ofAnswer answer: Picture, to source: Picture, mask: Mask?) -> (Matte, Double?) {
    let matte = Matte(ofAnswer: answer, to: source)
    guard let mask else { return (matte, nil) }
    let painted = matte.share(around: mask)
    guard painted > Matte.mostPaintedAround, !answer.transparencyVaries else { return (matte, painted) }
    return (AnswerMatte(answer: answer, source: source).likeness(), painted)
  }

  /// The same picture with samples as deep as those of `other`.
  func at(depthOf other: Picture) -> Picture { at(depth: other.depth) }

  /// The same picture at 8 or 16 bits: widened by 257, narrowed with rounding (PNG specification, 13.12).
  package func at(depth: Int) -> Picture {
    switch (samples, depth) {
    case (.eight(let values), 16): with(.sixteen(values.map { UInt16($0) * 257 }), channels: channels)
    case (.sixteen(let values), 8):
      with(.eight(values.map { UInt8((UInt32($0) * 255 + 32_895) >> 16) }), channels: channels)
    default: self
    }
  }

  /// This picture at the depth, in the profile and with the density of `other`.
  package func like(_ other: Picture) -> Picture {
    at(depthOf: other).converted(to: other.profile).with(densityOf: other)
  }

  fileprivate func with(densityOf other: Picture) -> Picture {
    var picture = self
    picture.density = other.density
    return picture
  }
}

/// Whose pixels a layer shows (DESIGN section 4).
package enum LayerColours: Sendable {
  case source
  /// Those of the service, for hidden parts that it completed.
  case answer
}
