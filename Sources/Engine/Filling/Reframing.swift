import Imaging

/// Widens the canvas to another aspect and fills what is new from what is there.
struct Reframing {
  let picture: Picture
  /// Width over height of the result.
  let aspect: Double

  /// The canvas: this picture's size on one side, more on the other.
  var size: Size {
    let wanted = Size(
      width: Int((Double(picture.height) * aspect).rounded()), height: Int((Double(picture.width) / aspect).rounded()))
    return wanted.width >= picture.width
      ? Size(width: wanted.width, height: picture.height) : Size(width: picture.width, height: wanted.height)
  }

  /// The picture in the middle of the canvas, the rest grey; and the rest as a mask.
  func canvas() -> (picture: Picture, hole: Mask) {
    let size = size
    let (left, top) = ((size.width - picture.width) / 2, (size.height - picture.height) / 2)
    var hole = [UInt8](repeating: 255, count: size.width * size.height)
    for y in top..<top + picture.height {
      let start = y * size.width + left
      hole.replaceSubrange(start..<start + picture.width, with: repeatElement(0, count: picture.width))
    }
    let opaque = picture.overWhite()
    let samples: Picture.Samples =
      switch opaque.samples {
      case .eight(let values): .eight(laid(values, grey: 128, size, left, top))
      case .sixteen(let values): .sixteen(laid(values, grey: 32_896, size, left, top))
      }
    let canvas = Picture(
      width: size.width, height: size.height, channels: 3, samples: samples, profile: opaque.profile,
      density: opaque.density)
    return (canvas, Mask(width: size.width, height: size.height, thresholding: hole))
  }

  private func laid<Sample>(_ values: [Sample], grey: Sample, _ size: Size, _ left: Int, _ top: Int) -> [Sample] {
    var canvas = [Sample](repeating: grey, count: size.width * size.height * 3)
    for y in 0..<picture.height {
      let start = ((y + top) * size.width + left) * 3
      canvas.replaceSubrange(
        start..<start + picture.width * 3, with: values[y * picture.width * 3..<(y + 1) * picture.width * 3])
    }
    return canvas
  }
}
