import Imaging

/// Fills a hole in a picture from its surroundings: a smooth surface on plain backgrounds, patches elsewhere.
struct HoleFilling {
  let picture: RGB
  let hole: Mask
  /// The bounds of the hole.
  let box: Box
  /// Another seed gives another, equally likely texture.
  let seed: UInt64

  /// How far around the hole patches are taken from, relative to the hole's longer side.
  private static let surroundings = 0.6
  /// The share of the surroundings that must lie on one smooth surface for a smooth fill.
  private static let smoothSupport = 0.85

  /// The whole picture with the hole filled.
  func filled() -> RGB {
    let margin = max(64, Int(Double(max(box.width, box.height)) * Self.surroundings))
    let around = box.grown(by: margin, within: picture.size)
    let crop = picture.cropped(to: around)
    var unknown = [Bool](repeating: false, count: around.width * around.height)
    for y in 0..<around.height {
      for x in 0..<around.width {
        unknown[y * around.width + x] = hole.values[(y + around.y) * picture.width + x + around.x] != 0
      }
    }
    guard unknown.contains(false) else { return nothingKnown() }
    let colours = filled(crop, unknown)
    var result = picture
    for y in 0..<around.height {
      for x in 0..<around.width where unknown[y * around.width + x] {
        let from = colours[y * around.width + x]
        let to = ((y + around.y) * picture.width + x + around.x) * 3
        for channel in 0..<3 { result.values[to + channel] = UInt8(min(max(from[channel] + 0.5, 0), 255)) }
      }
    }
    return result
  }

  private func filled(_ crop: RGB, _ unknown: [Bool]) -> [SIMD4<Float>] {
    if let smooth = SmoothFill(crop, unknown, support: Self.smoothSupport) { return smooth.filled(seed: seed) }
    return PatchFill(crop, unknown, seed: seed).filled()
  }

  /// A hole that leaves nothing: middle grey, which the person who asked for it will see.
  private func nothingKnown() -> RGB {
    var grey = picture
    for pixel in 0..<hole.values.count where hole.values[pixel] != 0 {
      for channel in 0..<3 { grey.values[pixel * 3 + channel] = 128 }
    }
    return grey
  }
}

/// A small deterministic random generator (SplitMix64; Steele, Lea and Flood 2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to `bound`, by multiplication (Lemire 2019); the bias is below 2⁻³² × bound.
  mutating func below(_ bound: Int) -> Int { Int(UInt64(UInt32(truncatingIfNeeded: next())) * UInt64(bound) >> 32) }

  /// Roughly normal with deviation 1: the sum of twelve uniform numbers (Irwin and Hall).
  mutating func normal() -> Float {
    var sum: Float = -6
    for _ in 0..<12 { sum += Float(next() >> 40) / Float(1 << 24) }
    return sum
  }
}
