package import Imaging

/// Where the pixels of an answer belong: what must be undone to lay it over the step's input again.
package struct Placement: Sendable, Hashable, Codable {
  package let letterbox: Letterbox
  /// What lies around the part that was sent.
  package let surroundings: Surroundings
  /// For a REFRAME: how far the input lies from the left and the top of the wider picture.
  package let offset: [Int]?

  package enum Surroundings: String, Sendable, Codable {
    /// Nothing: white, or transparent where the answer has transparency. For layers.
    case nothing
    /// The input itself. For plates.
    case input
  }

  package init(_ letterbox: Letterbox, surroundings: Surroundings, offset: [Int]? = nil) {
    self.letterbox = letterbox
    self.surroundings = surroundings
    self.offset = offset
  }

  /// The answer at the input's size (for a REFRAME: at the wider size with the input's own pixels in it), 8 bits
  /// a channel; nil where the service framed the picture anew and no pixel's place is known.
  package func placed(_ answer: Picture, onto input: Picture) -> Picture? {
    guard let part = letterbox.undone(on: answer) else { return nil }
    if let offset { return part.overWhite().replacing(input, atX: offset[0], y: offset[1]) }
    if letterbox.isWhole { return part }
    switch surroundings {
    case .input: return input.replacing(part.overWhite(), atX: letterbox.region.x, y: letterbox.region.y)
    case .nothing:
      let channels = part.transparencyVaries ? 4 : 3
      let blank = [UInt8](repeating: channels == 4 ? 0 : 255, count: input.pixelCount * channels)
      return Picture(width: input.width, height: input.height, channels: channels, samples: .eight(blank))
        .replacing(channels == 4 ? part : part.overWhite(), atX: letterbox.region.x, y: letterbox.region.y)
    }
  }
}

extension Picture {
  /// This picture at 8 bits with `piece`, which lies wholly inside, at this place.
  func replacing(_ piece: Picture, atX left: Int, y top: Int) -> Picture {
    let count = piece.hasAlpha && hasAlpha ? 4 : 3
    var values = count == 4 ? eightBitRGBA() : eightBitRGB()
    let from = count == 4 ? piece.eightBitRGBA() : piece.eightBitRGB()
    for row in 0..<piece.height {
      let start = ((top + row) * width + left) * count
      let slice = from[row * piece.width * count..<(row + 1) * piece.width * count]
      values.replaceSubrange(start..<start + piece.width * count, with: slice)
    }
    return with(.eight(values), channels: count)
  }

  /// Straight RGBA at 8 bits.
  private func eightBitRGBA() -> [UInt8] {
    guard hasAlpha, case .eight(let values) = samples else {
      let (rgb, alpha) = (eightBitRGB(), alphaChannel())
      var values: [UInt8] = []
      values.reserveCapacity(pixelCount * 4)
      for pixel in 0..<pixelCount {
        values += rgb[pixel * 3..<pixel * 3 + 3]
        values.append(alpha[pixel])
      }
      return values
    }
    return values
  }
}
