import CPNG
import CPhoto

/// How a PNG is compressed: a trade of time against size, never of pixels.
package enum PNGPreset: Sendable {
  /// For intermediate files and previews: level 1, SUB filter, run lengths; several times faster.
  case fast
  /// For what people keep.
  case compact

  /// Of zlib for `fast`, of libdeflate for `compact`: measured, the least that keeps within 5 % of libpng's default.
  fileprivate func level<Sample: FixedWidthInteger>(for values: [Sample]) -> Int32 {
    self == .fast || Sample.isNoisy(values) ? 1 : 4
  }
}

extension FixedWidthInteger {
  /// Whether the low bytes of 16-bit samples are their own, as of a real 16-bit picture: then looking for long matches takes
  /// time and finds none. Widened 8-bit pictures are multiples of 257 (PNG specification, 13.12).
  fileprivate static func isNoisy(_ values: [Self]) -> Bool {
    guard bitWidth == 16 else { return false }
    let looked = stride(from: 0, to: values.count, by: 997)
    return looked.count { values[$0] % 257 != 0 } * 8 > values.count / 997
  }
}

/// The picture as a whole PNG file with its profile (or sRGB) and density, at its own depth.
package func encodePNG(_ picture: Picture, preset: PNGPreset) throws(ImagingError) -> [UInt8] {
  switch picture.samples {
  case .eight(let values): return try encode(values, picture, depth: 8, preset)
  case .sixteen(let values): return try encode(values, picture, depth: 16, preset)
  }
}

/// The matte as a grey 8-bit PNG.
package func encodePNG(_ matte: Matte) throws(ImagingError) -> [UInt8] {
  try encodeGrey(matte.alpha, size: matte.size)
}

/// The mask as a grey 8-bit PNG of black and white.
package func encodePNG(_ mask: Mask) throws(ImagingError) -> [UInt8] {
  try encodeGrey(mask.values, size: mask.size)
}

/// The picture over white as a JPEG of `quality` 1...100, for what is sent and for previews.
package func encodeJPEG(_ picture: Picture, quality: Int) throws(ImagingError) -> [UInt8] {
  var bytes: UnsafeMutablePointer<UInt8>?
  var size = 0
  let code = cphoto_encode_jpeg(
    picture.eightBitRGB(), UInt32(picture.width), UInt32(picture.height), Int32(quality), &bytes, &size)
  defer { cphoto_free_bytes(bytes) }
  guard code == CPHOTO_OK, let bytes else { throw .cannotEncode("libjpeg") }
  return Array(UnsafeBufferPointer(start: bytes, count: size))
}

private func encodeGrey(_ values: [UInt8], size: Size) throws(ImagingError) -> [UInt8] {
  try values.withUnsafeBufferPointer { (pixels) throws(ImagingError) in
    var source = cpng_source()
    source.width = UInt32(size.width)
    source.height = UInt32(size.height)
    source.channels = 1
    source.depth = 8
    source.level = 1
    source.pixels = UnsafeRawPointer(pixels.baseAddress)
    return try finish(&source, .fast)
  }
}

private func encode<Sample: FixedWidthInteger>(
  _ values: [Sample], _ picture: Picture, depth: Int32, _ preset: PNGPreset
)
  throws(ImagingError) -> [UInt8]
{
  try values.withUnsafeBufferPointer { (pixels) throws(ImagingError) in
    try (picture.profile ?? []).withUnsafeBufferPointer { (profile) throws(ImagingError) in
      var source = cpng_source()
      source.width = UInt32(picture.width)
      source.height = UInt32(picture.height)
      source.channels = Int32(picture.channels)
      source.depth = depth
      source.level = preset.level(for: values)
      source.pixels = UnsafeRawPointer(pixels.baseAddress)
      source.profile = profile.baseAddress
      source.profile_size = UInt32(profile.count)
      source.density_x = picture.density?.x ?? 0
      source.density_y = picture.density?.y ?? 0
      return try finish(&source, preset)
    }
  }
}

private func finish(_ source: inout cpng_source, _ preset: PNGPreset) throws(ImagingError) -> [UInt8] {
  var bytes: UnsafeMutablePointer<UInt8>?
  var size = 0
  var message = [CChar](repeating: 0, count: 160)
  let code =
    preset == .fast
    ? cpng_encode(&source, &bytes, &size, &message) : cpng_encode_final(&source, &bytes, &size, &message)
  defer { cpng_free_bytes(bytes) }
  guard code == CPNG_OK, let bytes else {
    throw .cannotEncode(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
  return Array(UnsafeBufferPointer(start: bytes, count: size))
}
