import Imaging

/// Small pictures for the tests, drawn by formula.
enum Drawn {
  /// A smooth picture of `size` whose every pixel is told apart from its neighbours: two ramps and a slow wave.
  static func ramps(_ size: Size) -> Picture {
    var values = [UInt8](repeating: 0, count: size.width * size.height * 3)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let at = (y * size.width + x) * 3
        values[at] = UInt8(x * 255 / max(1, size.width - 1))
        values[at + 1] = UInt8(y * 255 / max(1, size.height - 1))
        values[at + 2] = UInt8((x + y) * 127 / max(1, size.width + size.height - 2) + 64)
      }
    }
    return Picture(width: size.width, height: size.height, channels: 3, samples: .eight(values))
  }

  /// A red disc on a grey-blue wall, with the disc's mask: something that stands out.
  static func disc(_ size: Size, radius: Int, x centreX: Int, y centreY: Int) -> (picture: Picture, mask: Mask) {
    var values = [UInt8](repeating: 0, count: size.width * size.height * 3)
    var grey = [UInt8](repeating: 0, count: size.width * size.height)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let isDisc = (x - centreX) * (x - centreX) + (y - centreY) * (y - centreY) <= radius * radius
        let at = y * size.width + x
        grey[at] = isDisc ? 255 : 0
        let colour: (UInt8, UInt8, UInt8) = isDisc ? (200, 30, 40) : (120, 140, 160)
        (values[at * 3], values[at * 3 + 1], values[at * 3 + 2]) = colour
      }
    }
    return (
      Picture(width: size.width, height: size.height, channels: 3, samples: .eight(values)),
      Mask(width: size.width, height: size.height, thresholding: grey)
    )
  }
}

extension Picture {
  /// The largest difference of one channel over all pixels but a frame of `margin`.
  func largestDifference(to other: Picture, margin: Int = 0) -> Int {
    let (left, right) = (eightBitRGB(), other.eightBitRGB())
    var largest = 0
    for y in margin..<height - margin {
      for index in (y * width + margin) * 3..<((y + 1) * width - margin) * 3 {
        largest = max(largest, abs(Int(left[index]) - Int(right[index])))
      }
    }
    return largest
  }
}
