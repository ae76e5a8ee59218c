import Glibc
import Imaging

/// A picture painted by the test, with its truth: discs on a background.
struct PaintedScene {
  enum Background {
    case plain(UInt8, UInt8, UInt8)
    /// From light at the top to darker at the bottom, with a little grain.
    case gradient
    /// Stripes of two scales and grain, as wood or cloth.
    case texture
  }

  struct Disc {
    var x: Int
    var y: Int
    var radius: Int
    var colour: SIMD3<Float>
  }

  let width: Int
  let height: Int
  let background: Background
  var discs: [Disc]
  /// Strength of a soft shadow below and right of each disc, 0...1.
  var shadow: Float = 0

  init(_ width: Int, _ height: Int, _ background: Background, discs: [Disc] = [], shadow: Float = 0) {
    (self.width, self.height, self.background, self.discs) = (width, height, background, discs)
    self.shadow = shadow
  }

  /// One, two or three discs of different colours, well apart.
  static func discs(_ count: Int, width: Int, height: Int) -> [Disc] {
    let colours: [SIMD3<Float>] = [[200, 40, 40], [40, 70, 190], [230, 160, 20]]
    return (0..<count).map { index in
      Disc(
        x: width * (2 * index + 1) / (2 * count), y: height * (5 + index % 2) / 10, radius: min(width, height) / 7,
        colour: colours[index])
    }
  }

  var picture: Picture {
    Picture(width: width, height: height, channels: 3, samples: .eight(values(withDiscs: true)))
  }

  /// The same without the discs and their shadows.
  var clean: Picture { Picture(width: width, height: height, channels: 3, samples: .eight(values(withDiscs: false))) }

  /// The same at 16 bits, with low bytes that an 8-bit copy would lose.
  var deepPicture: Picture {
    let samples = values(withDiscs: true).enumerated().map { UInt16($0.element) << 8 | UInt16($0.offset % 251) }
    return Picture(width: width, height: height, channels: 3, samples: .sixteen(samples))
  }

  /// The pixels of the discs, of one or of all.
  func mask(of disc: Int? = nil, grownBy margin: Int = 0) -> Mask {
    var values = [UInt8](repeating: 0, count: width * height)
    for disc in disc.map({ [discs[$0]] }) ?? discs {
      for y in 0..<height {
        for x in 0..<width where distance(x, y, disc) <= Float(disc.radius + margin) { values[y * width + x] = 255 }
      }
    }
    return Mask(width: width, height: height, thresholding: values)
  }

  private func values(withDiscs: Bool) -> [UInt8] {
    var values: [UInt8] = []
    values.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        var colour = behind(x, y)
        if withDiscs {
          for disc in discs { shade(&colour, x, y, disc) }
          for disc in discs { paint(&colour, x, y, disc) }
        }
        for channel in 0..<3 { values.append(UInt8(min(max(colour[channel] + 0.5, 0), 255))) }
      }
    }
    return values
  }

  private func behind(_ x: Int, _ y: Int) -> SIMD3<Float> {
    let grain = Float((x &* 7919 &+ y &* 104_729 &+ (x &* y) &* 31) % 7) - 3
    switch background {
    case .plain(let red, let green, let blue): return [Float(red), Float(green), Float(blue)]
    case .gradient:
      let level = 230 - 60 * Float(y) / Float(max(1, height - 1)) + grain / 3
      return [level, level, level + 8]
    case .texture:
      let wave = 18 * sinf(Float(y) / 5 + sinf(Float(x) / 60)) + 12 * sinf(Float(x) / 23 + Float(y) / 11)
      return [150 + wave + 2 * grain, 110 + wave * 0.8 + 2 * grain, 70 + wave * 0.5 + 2 * grain]
    }
  }

  private func distance(_ x: Int, _ y: Int, _ disc: Disc) -> Float {
    hypotf(Float(x - disc.x), Float(y - disc.y))
  }

  private func shade(_ colour: inout SIMD3<Float>, _ x: Int, _ y: Int, _ disc: Disc) {
    let far = hypotf(Float(x - disc.x - disc.radius / 5), Float(y - disc.y - disc.radius / 4))
    let soft = Float(disc.radius) / 4
    colour *= 1 - shadow / (1 + expf((far - Float(disc.radius)) / soft * 4))
  }

  private func paint(_ colour: inout SIMD3<Float>, _ x: Int, _ y: Int, _ disc: Disc) {
    let alpha = min(max(Float(disc.radius) + 0.5 - distance(x, y, disc), 0), 1)
    let light = 1 - 0.4 * Float(x + y - disc.x - disc.y) / Float(2 * disc.radius)
    colour = colour * (1 - alpha) + disc.colour * light * alpha
  }
}

extension Mask {
  /// Intersection over union with another mask of the size, 0...1.
  func overlap(with other: Mask) -> Double {
    var (both, either) = (0, 0)
    for pixel in values.indices {
      both += values[pixel] & other.values[pixel] == 0 ? 0 : 1
      either += values[pixel] | other.values[pixel] == 0 ? 0 : 1
    }
    return either == 0 ? 1 : Double(both) / Double(either)
  }
}

extension Picture {
  /// The largest difference of a sample, and the root mean square, inside the mask; 8-bit scale.
  func difference(from other: Picture, in mask: Mask) -> (largest: Int, rootMeanSquare: Double) {
    let (mine, theirs) = (eightBitRGB(), other.eightBitRGB())
    var (largest, squares, count) = (0, 0, 0)
    for pixel in mask.values.indices where mask.values[pixel] != 0 {
      for at in pixel * 3..<pixel * 3 + 3 {
        let difference = abs(Int(mine[at]) - Int(theirs[at]))
        largest = max(largest, difference)
        squares += difference * difference
        count += 1
      }
    }
    return (largest, count == 0 ? 0 : (Double(squares) / Double(count)).squareRoot())
  }
}
