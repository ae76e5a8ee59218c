extension Mask {
  /// The mask that somebody painted over a copy of the source: on where the two differ.
  ///
  /// Nil if `painting` is no such copy, that is, if less than half of it still looks like the source. Both
  /// pictures have the same size. A lossy painting may differ a little everywhere without being painted on.
  package init?(paintedOver source: Picture, _ painting: DecodedFile) {
    let before = source.eightBitRGB()
    let after = painting.picture.eightBitRGB()
    // JPEG at the usual qualities moves a channel by up to some 30 at edges; lossless files by rounding only.
    let tolerance = painting.format == .png ? 4 : 40
    var values = [UInt8](repeating: 0, count: source.pixelCount)
    var painted = 0
    for pixel in values.indices {
      var difference = 0
      for channel in pixel * 3..<pixel * 3 + 3 {
        difference = max(difference, abs(Int(before[channel]) - Int(after[channel])))
      }
      guard difference > tolerance else { continue }
      values[pixel] = 255
      painted += 1
    }
    guard painted * 2 <= values.count else { return nil }
    let mask = Mask(width: source.width, height: source.height, thresholding: values)
    self = painting.format == .png ? mask : mask.withoutSpecks()
  }

  /// Without what no brush made: all that is farther than 6 pixels from a square of 9 × 9 that is on. Lossy formats
  /// leave specks along edges of colour, because they keep colour at half the resolution. A mask of nothing but
  /// finer things stays as it is.
  func withoutSpecks() -> Mask {
    let off = dilated(values.map { $0 == 0 }, width: width, height: height, by: 4)
    guard off.contains(false) else { return self }
    let near = dilated(off.map { !$0 }, width: width, height: height, by: 6)
    let kept = zip(values, near).map { $1 ? $0 : 0 }
    return Mask(width: width, height: height, thresholding: kept)
  }
}

extension Picture {
  /// Whether there is no colour and next to no grey in it, or its alpha says what is meant: a mask already.
  package var isBlackAndWhite: Bool {
    if transparencyVaries { return true }
    let rgb = eightBitRGB()
    var strange = 0
    for at in stride(from: 0, to: rgb.count, by: 3) {
      let (low, high) = (min(rgb[at], rgb[at + 1], rgb[at + 2]), max(rgb[at], rgb[at + 1], rgb[at + 2]))
      if high - low > 24 || (high > 40 && low < 215) { strange += 1 }
    }
    // Soft brushes leave some grey.
    return strange * 5 < pixelCount
  }
}
