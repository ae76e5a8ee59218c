import CVision
import Imaging

/// Fills a hole in a picture from its surroundings: a smooth surface on plain backgrounds, patches elsewhere.
struct HoleFilling {
  let picture: RGB
  let hole: Mask
  /// The bounds of the hole.
  let box: Box
  /// What is no background either, such as other objects: it stays, and nothing is taken from it.
  var foreign: Mask?
  /// Another seed gives another, equally likely texture.
  let seed: UInt64

  /// How far around the hole patches are taken from, relative to the hole's longer side.
  private static let surroundings = 0.6
  /// The share of the surroundings that must lie on one smooth surface for a smooth fill.
  private static let smoothSupport = 0.85

  /// The whole picture with the hole filled.
  func filled() throws(EngineError) -> RGB {
    let around = box.grown(by: margin, within: picture.size)
    var crop = picture.cropped(to: around)
    let roles = roles(in: around)
    guard roles.contains(0) else { return nothingKnown() }
    guard !fillSmoothly(&crop, roles) else { return whole(with: crop, at: around, roles) }
    let code = cvision_patch_fill(&crop.values, roles, Int32(crop.width), Int32(crop.height), seed)
    guard code >= 0 else { throw .filterFailed("hole filling") }
    if code == 1 {
      let isOpen = roles.map { $0 != 0 }
      place(membrane(over: crop, isOpen), into: &crop, where: isOpen)
    }
    return whole(with: crop, at: around, roles)
  }

  /// Fills a hole on a plain background; false on any other.
  private func fillSmoothly(_ crop: inout RGB, _ roles: [UInt8]) -> Bool {
    let isOpen = roles.map { $0 != 0 }
    guard let smooth = SmoothFill(crop, isOpen, support: Self.smoothSupport) else { return false }
    place(smooth.filled(seed: seed), into: &crop, where: isOpen)
    return true
  }

  private var margin: Int { max(64, Int(Double(max(box.width, box.height)) * Self.surroundings)) }

  /// As `cvision_patch_fill` wants them: 0 = background, 1 = foreign, 2 = to fill.
  private func roles(in around: Box) -> [UInt8] {
    var roles = [UInt8](repeating: 0, count: around.width * around.height)
    for y in 0..<around.height {
      for x in 0..<around.width {
        let pixel = (y + around.y) * picture.width + x + around.x
        if hole.values[pixel] != 0 {
          roles[y * around.width + x] = 2
        } else if let foreign, foreign.values[pixel] != 0 {
          roles[y * around.width + x] = 1
        }
      }
    }
    return roles
  }

  /// Where there is no whole patch to copy: a smooth surface alone.
  private func membrane(over crop: RGB, _ isOpen: [Bool]) -> [SIMD4<Float>] {
    var values = isOpen.indices.map { pixel in
      SIMD4<Float>(
        Float(crop.values[pixel * 3]), Float(crop.values[pixel * 3 + 1]), Float(crop.values[pixel * 3 + 2]), 0)
    }
    Membrane.interpolate(&values, unknown: isOpen, width: crop.width, height: crop.height)
    return values
  }

  private func place(_ colours: [SIMD4<Float>], into crop: inout RGB, where isOpen: [Bool]) {
    for pixel in isOpen.indices where isOpen[pixel] {
      for channel in 0..<3 { crop.values[pixel * 3 + channel] = UInt8(min(max(colours[pixel][channel] + 0.5, 0), 255)) }
    }
  }

  private func whole(with crop: RGB, at around: Box, _ roles: [UInt8]) -> RGB {
    var result = picture
    for y in 0..<around.height {
      for x in 0..<around.width where roles[y * around.width + x] == 2 {
        let from = (y * around.width + x) * 3
        let to = ((y + around.y) * picture.width + x + around.x) * 3
        for channel in 0..<3 { result.values[to + channel] = crop.values[from + channel] }
      }
    }
    return result
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

  /// Roughly normal with deviation 1: the sum of twelve uniform numbers (Irwin and Hall).
  mutating func normal() -> Float {
    var sum: Float = -6
    for _ in 0..<12 { sum += Float(next() >> 40) / Float(1 << 24) }
    return sum
  }
}
