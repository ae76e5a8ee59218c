import CColour

/// What kind of device an ICC profile describes.
enum ProfileKind {
  case rgb
  case grey
  case cmyk
  case other

  /// Nil if the bytes are no profile that Little CMS can use.
  init?(of profile: [UInt8]) {
    switch Int(ccolour_space(profile, profile.count)) {
    case CCOLOUR_RGB: self = .rgb
    case CCOLOUR_GREY: self = .grey
    case CCOLOUR_CMYK: self = .cmyk
    case CCOLOUR_OTHER: self = .other
    default: return nil
    }
  }
}

extension Picture {
  /// The same colours in sRGB, for services, previews and comparisons. Relative colorimetric with black point
  /// compensation; colours outside sRGB are clipped.
  package func inSRGB() -> Picture { converted(to: nil) }

  /// The same picture with its profile spelled out: programs take 16-bit PNGs without one for anything, Krita for linear
  /// light.
  package var withSpelledProfile: Picture {
    guard profile == nil, depth == 16 else { return self }
    var picture = self
    picture.profile = madeProfile(gamma: nil, chromaticities: srgbChromaticities)
    return picture
  }

  /// The same colours in another RGB profile, nil for sRGB. Bit-equal where the profiles are.
  package func converted(to target: [UInt8]?) -> Picture {
    guard profile != target else { return self }
    var converted: Picture
    switch samples {
    case .eight(let values):
      guard let values = Picture.convert(values, profile, target, channels, depth: 8) else { return self }
      converted = with(.eight(values), channels: channels)
    case .sixteen(let values):
      guard let values = Picture.convert(values, profile, target, channels, depth: 16) else { return self }
      converted = with(.sixteen(values), channels: channels)
    }
    converted.profile = target
    return converted
  }

  private static func convert<Sample: FixedWidthInteger>(
    _ values: [Sample], _ from: [UInt8]?, _ target: [UInt8]?, _ channels: Int, depth: Int32
  ) -> [Sample]? {
    var done = false
    let out = [Sample](unsafeUninitializedCapacity: values.count) { out, count in
      withProfile(from) { from in
        withProfile(target) { target in
          let pixels = values.count / channels
          done = ccolour_convert(from, target, values, out.baseAddress, pixels, Int32(channels), depth) == 1
        }
      }
      count = done ? values.count : 0
    }
    return done ? out : nil
  }

  /// A picture whose three channels are one grey of `profile`, in sRGB; nil if the profile cannot be used.
  func convertedFromGrey(_ profile: [UInt8]) -> Picture? {
    switch samples {
    case .eight(let values):
      return Picture.convertGrey(values, channels, profile, depth: 8).map { with(.eight($0), channels: channels) }
    case .sixteen(let values):
      return Picture.convertGrey(values, channels, profile, depth: 16).map { with(.sixteen($0), channels: channels) }
    }
  }

  private static func convertGrey<Sample: FixedWidthInteger>(
    _ values: [Sample], _ channels: Int, _ profile: [UInt8], depth: Int32
  ) -> [Sample]? {
    let grey = stride(from: 0, to: values.count, by: channels).map { values[$0] }
    var rgb = [Sample](repeating: 0, count: grey.count * 3)
    guard withProfile(profile, { ccolour_grey_to_srgb($0, grey, &rgb, grey.count, depth) }) == 1 else { return nil }
    guard channels == 4 else { return rgb }
    var out = values
    for pixel in grey.indices {
      for channel in 0..<3 { out[pixel * 4 + channel] = rgb[pixel * 3 + channel] }
    }
    return out
  }
}

/// Four inks a pixel (255 is full ink) as sRGB; nil if the profile cannot be used.
func rgbFromCMYK(_ inks: [UInt8], profile: [UInt8]) -> [UInt8]? {
  var rgb = [UInt8](repeating: 0, count: inks.count / 4 * 3)
  let done = withProfile(profile) { ccolour_cmyk_to_srgb($0, inks, &rgb, inks.count / 4) }
  return done == 1 ? rgb : nil
}

/// The same without a profile: every ink takes its part of the light.
func rgbFromCMYK(_ inks: [UInt8]) -> [UInt8] {
  var rgb = [UInt8](repeating: 0, count: inks.count / 4 * 3)
  for pixel in 0..<inks.count / 4 {
    let light = 255 - Int(inks[4 * pixel + 3])
    for channel in 0..<3 {
      rgb[3 * pixel + channel] = UInt8(((255 - Int(inks[4 * pixel + channel])) * light + 127) / 255)
    }
  }
  return rgb
}

/// An RGB profile for the gAMA and cHRM chunks of a PNG (PNG specification, 11.3.2), nil where they mean sRGB.
///
/// `gamma` is the file's exponent, about 0.45, or nil for the curve of sRGB; `chromaticities` are x and y of white, red, green and blue, or zeros
/// where the file names none.
func profileBytes(gamma: Double?, chromaticities: [Double]) -> [UInt8]? {
  let named = chromaticities.contains { $0 > 0 } ? chromaticities : srgbChromaticities
  let isStandard = zip(named, srgbChromaticities).allSatisfy { abs($0 - $1) < 0.002 }
  // 0.45455 is what sRGB writes for programs that know no more (PNG specification, 11.3.2.5).
  if isStandard, abs((gamma ?? 0.45455) - 0.45455) < 0.005 { return nil }
  return madeProfile(gamma: gamma, chromaticities: named)
}

/// Colours that are named by code points (ITU-T H.273), as the cICP chunk of a PNG does.
struct CodedColours {
  /// Whether brightness is absolute or beyond white: PQ and HLG.
  let isHDR: Bool
  private let chromaticities: [Double]

  /// Nil for code points that are not read here. Transfer functions 1, 6, 14 and 15 (Rec. 709 and its kin) are shown as
  /// sRGB, as browsers do.
  init?(primaries: Int32, transfer: Int32) {
    let white = [0.3127, 0.329]
    switch primaries {
    case 1: chromaticities = srgbChromaticities
    case 9: chromaticities = white + [0.708, 0.292, 0.17, 0.797, 0.131, 0.046]
    case 12: chromaticities = white + [0.68, 0.32, 0.265, 0.69, 0.15, 0.06]
    default: return nil
    }
    guard [1, 6, 13, 14, 15, 16, 18].contains(transfer) else { return nil }
    isHDR = transfer == 16 || transfer == 18
  }

  /// Nil for sRGB.
  var profile: [UInt8]? { profileBytes(gamma: nil, chromaticities: chromaticities) }
}

/// White (D65), red, green and blue of sRGB and Rec. 709, x and y.
private let srgbChromaticities = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06]

private func madeProfile(gamma: Double?, chromaticities: [Double]) -> [UInt8]? {
  var bytes: UnsafeMutablePointer<UInt8>?
  var size = 0
  guard ccolour_make_profile(gamma.map { 1 / $0 } ?? 0, chromaticities, &bytes, &size) == 1, let bytes else {
    return nil
  }
  defer { ccolour_free(bytes) }
  return Array(UnsafeBufferPointer(start: bytes, count: size))
}

/// Lends a profile to C; nil is sRGB.
private func withProfile<Result>(_ profile: [UInt8]?, _ body: (ccolour_profile) -> Result) -> Result {
  guard let profile else { return body(ccolour_profile(profile: nil, size: 0)) }
  return profile.withUnsafeBufferPointer { body(ccolour_profile(profile: $0.baseAddress, size: $0.count)) }
}
