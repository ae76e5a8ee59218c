import Imaging

/// A plain grey-blue picture with one rectangle of a colour, `share` of its width and height wide and high.
package func plainPicture(
  width: Int = 64, height: Int = 48, share: Double = 0.3, colour: [UInt8] = [190, 60, 40]
) throws -> [UInt8] {
  let (w, h) = (Int(Double(width) * share), Int(Double(height) * share))
  let (left, top) = ((width - w) / 2, (height - h) / 2)
  var samples: [UInt8] = []
  samples.reserveCapacity(width * height * 3)
  for y in 0..<height {
    for x in 0..<width {
      let inside = (left..<left + w).contains(x) && (top..<top + h).contains(y)
      samples += inside ? colour : [120, 140, 160]
    }
  }
  let picture = Picture(width: width, height: height, channels: 3, samples: .eight(samples))
  return try encodePNG(picture, preset: .fast)
}

/// A mask of the picture above: white on the rectangle.
package func plainMask(width: Int = 64, height: Int = 48, share: Double = 0.3) throws -> [UInt8] {
  let (w, h) = (Int(Double(width) * share), Int(Double(height) * share))
  let (left, top) = ((width - w) / 2, (height - h) / 2)
  let values = (0..<width * height).map { pixel -> UInt8 in
    (left..<left + w).contains(pixel % width) && (top..<top + h).contains(pixel / width) ? 255 : 0
  }
  return try encodePNG(Mask(width: width, height: height, thresholding: values))
}

/// The head of a PNG that says it is 30,000 × 30,000 pixels, and nothing else.
package let headerOnly: [UInt8] =
  [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
  + [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0, 0x2D, 0xFB, 0xCC, 0x71]
