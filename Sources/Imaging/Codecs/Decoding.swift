import CPNG
import CPhoto

/// Reads a whole file. Upright, RGB or RGBA, 8 or 16 bits.
///
/// `.truncated` says that the file may still be arriving; every other error is final.
package func decodePicture(_ bytes: [UInt8], limits: DecodingLimits = DecodingLimits()) throws(ImagingError)
  -> DecodedFile
{
  guard bytes.count <= limits.maxBytes else { throw .tooManyBytes(bytes.count, limit: limits.maxBytes) }
  guard let format = PictureFormat.detect(bytes) else { throw .notAPicture(guess: PictureFormat.guess(bytes)) }
  // The header decides before anything is decoded, also where the rest of the file is missing.
  if let size = (try? probePicture(bytes))?.size, size.pixels > limits.maxPixels {
    throw .tooManyPixels(format, size: size, limit: limits.maxPixels)
  }
  switch format {
  case .png: return try RawFile(png: bytes, limits: limits).finished()
  case .jpeg, .webp, .tiff, .heic, .avif:
    return try RawFile(photo: bytes, format: format, limits: limits).finished()
  }
}

/// Reads format and size from the first bytes of a file, without decoding.
package func probePicture(_ bytes: [UInt8]) throws(ImagingError) -> PictureHeader {
  guard let format = PictureFormat.detect(bytes) else { throw .notAPicture(guess: PictureFormat.guess(bytes)) }
  var width: UInt32 = 0
  var height: UInt32 = 0
  let found =
    switch format {
    case .png: cpng_header(bytes, bytes.count, &width, &height)
    case .jpeg, .webp: cphoto_header(bytes, bytes.count, &width, &height)
    case .tiff: cphoto_tiff_header(bytes, bytes.count, &width, &height)
    case .heic, .avif: cphoto_heif_header(bytes, bytes.count, &width, &height)
    }
  guard found == 1 else { throw .truncated(format) }
  return PictureHeader(format: format, size: Size(width: Int(width), height: Int(height)))
}

extension RawFile {
  fileprivate init(png bytes: [UInt8], limits: DecodingLimits) throws(ImagingError) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(ImagingError) in
      // The reader fills the image in until it is closed.
      let image = UnsafeMutablePointer<cpng_image>.allocate(capacity: 1)
      var reader: OpaquePointer?
      defer {
        cpng_close(reader)
        image.deallocate()
      }
      var code = cpng_open(bytes.baseAddress, bytes.count, UInt64(limits.maxPixels), image, &reader)
      try check(code, image, limits)
      let count = Int(image.pointee.width) * Int(image.pointee.height) * Int(image.pointee.channels)
      let samples: Picture.Samples =
        image.pointee.depth == 16
        ? .sixteen(filled(count) { code = cpng_read(reader, $0) })
        : .eight(filled(count) { code = cpng_read(reader, $0) })
      try check(code, image, limits)
      return RawFile(png: &image.pointee, samples)
    }
  }

  private init(png image: inout cpng_image, _ samples: Picture.Samples) {
    self.init(
      format: .png, size: Size(width: Int(image.width), height: Int(image.height)), channels: Int(image.channels),
      sourceBitDepth: Int(image.source_depth), samples: samples)
    if image.source_grey == 1 { colours = .grey }
    profile = array(image.profile, count: Int(image.profile_size))
    profileIsDamaged = image.profile_damaged == 1
    exif = array(image.exif, count: Int(image.exif_size))
    density = Picture.Density(image.density_x, image.density_y)
    trailing = image.trailing
    if image.animated == 1 { notes.append("Animated PNG: the default picture was taken.") }
    if let primaries = CodedColours(primaries: image.primaries, transfer: image.transfer), colours == .rgb {
      // It takes precedence over every other colour chunk (PNG, third edition, 4.3).
      if primaries.isHDR { lost.append(RawFile.lostHDR) } else { profile = primaries.profile ?? [] }
    } else if image.gamma > 0, colours == .rgb {
      profile = profileBytes(gamma: image.gamma, chromaticities: values(of: &image.chromaticities)) ?? []
    }
  }

  fileprivate init(photo bytes: [UInt8], format: PictureFormat, limits: DecodingLimits) throws(ImagingError) {
    var image = cphoto_image()
    let maximum = UInt64(limits.maxPixels)
    let code: Int32 =
      switch format {
      case .jpeg: cphoto_decode_jpeg(bytes, bytes.count, maximum, &image)
      case .tiff: cphoto_decode_tiff(bytes, bytes.count, maximum, &image)
      case .heic, .avif: cphoto_decode_heif(bytes, bytes.count, maximum, &image)
      case .webp, .png: cphoto_decode_webp(bytes, bytes.count, maximum, &image)
      }
    defer { cphoto_free(&image) }
    let size = Size(width: Int(image.width), height: Int(image.height))
    switch Int(code) {
    case CPHOTO_OK: break
    case CPHOTO_TRUNCATED: throw .truncated(format)
    case CPHOTO_TOO_LARGE: throw .tooManyPixels(format, size: size, limit: limits.maxPixels)
    case CPHOTO_NO_MEMORY: throw .outOfMemory
    default: throw .damaged(format, detail: text(of: &image.message, count: 256))
    }
    guard size.width > 0, size.height > 0 else { throw .emptyPicture }
    self.init(format: format, size: size, channels: Int(image.channels), depth: Int(image.depth), image.pixels)
    sourceBitDepth = Int(image.source_depth)
    if image.was_grey == 1 { colours = .grey }
    if image.was_cmyk == 1 { colours = .cmyk }
    profile = array(image.profile, count: image.profile_size)
    exif = array(image.exif, count: image.exif_size)
    density = Picture.Density(image.density_x, image.density_y)
    trailing = image.trailing
    if image.orientation > 0 { orientation = Int(image.orientation) }
    if image.frames > 1 { notes.append(format.note(ofMany: Int(image.frames))) }
    if image.is_hdr == 1 { lost.append(RawFile.lostHDR) }
    if profile.isEmpty, image.chromaticities.0 > 0 {
      profile = profileBytes(gamma: nil, chromaticities: values(of: &image.chromaticities)) ?? []
    }
  }

  private init(
    format: PictureFormat, size: Size, channels: Int, depth: Int, _ pixels: UnsafeMutablePointer<UInt8>?
  ) {
    let count = size.width * size.height * channels
    let raw = UnsafeRawPointer(pixels)
    self.init(
      format: format, size: size, channels: channels, sourceBitDepth: depth,
      samples: depth == 16 ? .sixteen(array(raw, count: count)) : .eight(array(raw, count: count)))
  }
}

extension PictureFormat {
  /// Which of several pictures in a file was taken.
  fileprivate func note(ofMany count: Int) -> String {
    switch self {
    case .tiff: "The first of \(count) pages was taken."
    case .heic, .avif: "The main one of \(count) pictures was taken."
    case .png, .jpeg, .webp: "Animation: the first of \(count) frames was taken."
    }
  }
}

extension Picture.Density {
  /// Nil where a file names none, which the C targets say with 0.
  fileprivate init?(_ x: UInt32, _ y: UInt32) {
    guard x > 0, y > 0 else { return nil }
    self.init(x: x, y: y)
  }
}

/// Throws unless the reader is content.
private func check(
  _ code: Int32, _ image: UnsafeMutablePointer<cpng_image>, _ limits: DecodingLimits
) throws(ImagingError) {
  switch Int(code) {
  case CPNG_OK: break
  case CPNG_TRUNCATED: throw .truncated(.png)
  case CPNG_TOO_LARGE:
    let size = Size(width: Int(image.pointee.width), height: Int(image.pointee.height))
    throw .tooManyPixels(.png, size: size, limit: limits.maxPixels)
  case CPNG_NO_MEMORY: throw .outOfMemory
  default: throw .damaged(.png, detail: text(of: &image.pointee.message, count: 160))
  }
}

/// An array whose memory C fills in.
private func filled<Value>(_ count: Int, _ fill: (UnsafeMutableRawPointer?) -> Void) -> [Value] {
  [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
    fill(UnsafeMutableRawPointer(buffer.baseAddress))
    initialized = count
  }
}

/// A copy of `count` values at `pointer`; empty for nil.
private func array<Value>(_ pointer: UnsafeRawPointer?, count: Int) -> [Value] {
  guard let pointer, count > 0 else { return [] }
  return Array(UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Value.self), count: count))
}

private func array(_ pointer: UnsafeMutablePointer<UInt8>?, count: Int) -> [UInt8] {
  array(UnsafeRawPointer(pointer), count: count)
}

/// The C string in a fixed array of a C struct.
private func text<Tuple>(of message: inout Tuple, count: Int) -> String {
  withUnsafeBytes(of: &message) { String(decoding: $0.prefix(count).prefix { $0 != 0 }, as: UTF8.self) }
}

private func values<Tuple>(of numbers: inout Tuple) -> [Double] {
  withUnsafeBytes(of: &numbers) { Array($0.bindMemory(to: Double.self)) }
}
