package import Imaging

/// How a picture, or a part of it, was fitted into the size that a service takes: scaled, then padded by repeating
/// its edge. As a value it can be undone exactly on whatever comes back.
package struct Letterbox: Sendable, Hashable {
  /// The size of the whole picture.
  package let source: Size
  /// The part of it that is sent.
  package let region: Box
  /// What is sent.
  package let canvas: Size
  /// Where the region lies on the canvas.
  package let inner: Box

  /// Fits `region` (the whole picture by default) as large as it goes into the middle of `canvas`.
  package init(_ source: Size, region: Box? = nil, into canvas: Size) {
    let region = region ?? Box(x: 0, y: 0, width: source.width, height: source.height)
    let scale = min(Double(canvas.width) / Double(region.width), Double(canvas.height) / Double(region.height))
    let width = min(canvas.width, max(1, Int((Double(region.width) * scale).rounded())))
    let height = min(canvas.height, max(1, Int((Double(region.height) * scale).rounded())))
    self.source = source
    self.region = region
    self.canvas = canvas
    inner = Box(x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width: width, height: height)
  }

  /// The picture's region as it is sent: `canvas` pixels, 8-bit RGB, alpha over white.
  package func applied(to picture: Picture) -> Picture {
    precondition(picture.size == source, "the picture is of another size")
    let opaque = picture.with(.eight(picture.eightBitRGB()), channels: 3)
    return opaque.resampled(pulledBack, to: canvas)
  }

  /// The mask's region as it is sent, nearest sample; the padding is off.
  package func applied(to mask: Mask) -> Mask {
    precondition(mask.size == source, "the mask is of another size")
    var grey = [UInt8](repeating: 0, count: canvas.width * canvas.height)
    for y in 0..<inner.height {
      let row = region.y + min(region.height - 1, (2 * y + 1) * region.height / (2 * inner.height))
      for x in 0..<inner.width {
        let column = region.x + min(region.width - 1, (2 * x + 1) * region.width / (2 * inner.width))
        grey[(inner.y + y) * canvas.width + inner.x + x] = mask.values[row * mask.width + column]
      }
    }
    return Mask(width: canvas.width, height: canvas.height, thresholding: grey)
  }

  /// The answer's pixels at the region's place and size; nil where the answer's shape says that the service framed
  /// the picture anew, so that nothing is known of where its pixels belong.
  ///
  /// A service may answer in another resolution. Shapes within 3 % of the canvas's count as the canvas scaled: the
  /// vendors' tables of sizes for one named ratio differ by as much. Where that was wrong the pixels are off by some,
  /// which the check against the source then finds.
  package func undone(on answer: Picture) -> Picture? {
    let across = Double(answer.width) / Double(canvas.width)
    let down = Double(answer.height) / Double(canvas.height)
    guard abs(across / down - 1) <= 0.03 else { return nil }
    let extent = Extent(
      x: Double(inner.x) * across, y: Double(inner.y) * down, width: Double(inner.width) * across,
      height: Double(inner.height) * down)
    return answer.resampled(extent, to: Size(width: region.width, height: region.height))
  }

  /// The region of the source that the whole canvas shows, beyond its edges where there is padding.
  private var pulledBack: Extent {
    let across = Double(region.width) / Double(inner.width)
    let down = Double(region.height) / Double(inner.height)
    return Extent(
      x: Double(region.x) - Double(inner.x) * across, y: Double(region.y) - Double(inner.y) * down,
      width: Double(canvas.width) * across, height: Double(canvas.height) * down)
  }

  /// Whether the whole picture is sent, not a part.
  package var isWhole: Bool { region.width == source.width && region.height == source.height }
}

extension Letterbox: Codable {
  /// As four pairs of numbers, so that a journal can keep it with the answer it belongs to.
  package init(from decoder: any Decoder) throws {
    let numbers = try decoder.singleValueContainer().decode([Int].self)
    guard numbers.count == 12, numbers.allSatisfy({ (0...1_000_000).contains($0) }) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no letterbox"))
    }
    source = Size(width: numbers[0], height: numbers[1])
    region = Box(x: numbers[2], y: numbers[3], width: numbers[4], height: numbers[5])
    canvas = Size(width: numbers[6], height: numbers[7])
    inner = Box(x: numbers[8], y: numbers[9], width: numbers[10], height: numbers[11])
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode([
      source.width, source.height, region.x, region.y, region.width, region.height, canvas.width, canvas.height,
      inner.x, inner.y, inner.width, inner.height,
    ])
  }
}
