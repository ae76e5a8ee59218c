import Imaging

/// The same pseudo-random values on every run (SplitMix64, Steele et al. 2014).
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

/// A picture whose samples are computed, one call a pixel, from x and y; 8 bits.
func picture(_ width: Int, _ height: Int, _ colour: (Int, Int) -> (Int, Int, Int)) -> Picture {
  var samples: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      let (red, green, blue) = colour(x, y)
      samples += [UInt8(red), UInt8(green), UInt8(blue)]
    }
  }
  return Picture(width: width, height: height, channels: 3, samples: .eight(samples))
}

/// Random samples of 3 or 4 channels at 8 or 16 bits.
func noise(_ width: Int, _ height: Int, channels: Int = 3, depth: Int = 8, seed: UInt64 = 1) -> Picture {
  var dice = Dice(seed)
  let count = width * height * channels
  let samples: Picture.Samples =
    depth == 8
    ? .eight((0..<count).map { _ in .random(in: 0...255, using: &dice) })
    : .sixteen((0..<count).map { _ in .random(in: 0...65535, using: &dice) })
  return Picture(width: width, height: height, channels: channels, samples: samples)
}

extension Picture {
  /// The same picture with 16 bits, each value times 257 (PNG specification, 13.12).
  var widened: Picture {
    guard case .eight(let values) = samples else { return self }
    return with(.sixteen(values.map { UInt16($0) * 257 }), channels: channels)
  }

  /// The 8-bit RGB values of one pixel.
  func rgb(_ x: Int, _ y: Int) -> [Int] {
    let values = eightBitRGB()
    return (0..<3).map { Int(values[(y * width + x) * 3 + $0]) }
  }

  /// One pixel set, at the picture's own depth.
  func setting(_ x: Int, _ y: Int, to colour: [Int]) -> Picture {
    let at = (y * width + x) * channels
    switch samples {
    case .eight(var values):
      for (channel, value) in colour.enumerated() { values[at + channel] = UInt8(value) }
      return with(.eight(values), channels: channels)
    case .sixteen(var values):
      for (channel, value) in colour.enumerated() { values[at + channel] = UInt16(value) }
      return with(.sixteen(values), channels: channels)
    }
  }
}
