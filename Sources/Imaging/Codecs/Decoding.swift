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
  if let size = (try? probePicture(bytes))?.size, size.width * size.height > limits.maxPixels {
    throw .tooManyPixels(format, size: size, limit: limits.maxPixels)
  }
  switch format {
  case .png: return try decodePNG(bytes, limits: limits)
  case .jpeg, .webp: return try decodePhoto(bytes, format: format, limits: limits)
  }
}

/// Reads format and size from the first bytes of a file, without decoding.
package func probePicture(_ bytes: [UInt8]) throws(ImagingError) -> PictureHeader {
  guard let format = PictureFormat.detect(bytes) else { throw .notAPicture(guess: PictureFormat.guess(bytes)) }
  var width: UInt32 = 0
  var height: UInt32 = 0
  let found =
    format == .png
    ? cpng_header(bytes, bytes.count, &width, &height) : cphoto_header(bytes, bytes.count, &width, &height)
  guard found == 1 else { throw .truncated(format) }
  return PictureHeader(format: format, size: Size(width: Int(width), height: Int(height)))
}

private func decodePNG(_ bytes: [UInt8], limits: DecodingLimits) throws(ImagingError) -> DecodedFile {
  var image = cpng_image()
  let code = Int(cpng_decode(bytes, bytes.count, UInt64(limits.maxPixels), &image))
  defer { cpng_free(&image) }
  switch code {
  case CPNG_OK: break
  case CPNG_TRUNCATED: throw .truncated(.png)
  case CPNG_TOO_LARGE:
    let size = Size(width: Int(image.width), height: Int(image.height))
    throw .tooManyPixels(.png, size: size, limit: limits.maxPixels)
  case CPNG_NO_MEMORY: throw .outOfMemory
  default: throw .damaged(.png, detail: text(of: &image.message, count: 160))
  }
  let count = Int(image.width) * Int(image.height) * Int(image.channels)
  let raw = UnsafeRawPointer(image.pixels)
  let samples: Picture.Samples =
    image.depth == 16 ? .sixteen(array(raw, count: count)) : .eight(array(raw, count: count))
  var picture = Picture(
    width: Int(image.width), height: Int(image.height), channels: Int(image.channels), samples: samples)
  var notes: [String] = []
  var lost: [String] = []
  let profile: [UInt8] = array(UnsafeRawPointer(image.profile), count: Int(image.profile_size))
  if !profile.isEmpty {
    if image.source_grey == 1 {
      lost.append("grey ICC profile (the picture is RGB now)")
    } else {
      picture.profile = profile
    }
  }
  if image.density_x > 0, image.density_y > 0 {
    picture.density = Picture.Density(x: image.density_x, y: image.density_y)
  }
  if image.animated == 1 { notes.append("Animated PNG: the default picture was taken.") }
  if image.trailing > 0 { notes.append("\(image.trailing) bytes after the end were ignored.") }
  let orientation = exifOrientation(array(UnsafeRawPointer(image.exif), count: Int(image.exif_size)))
  if orientation > 1 { notes.append("Turned upright (EXIF orientation \(orientation)).") }
  return DecodedFile(
    picture: picture.turned(by: orientation), format: .png, orientation: orientation,
    sourceBitDepth: Int(image.source_depth), notes: notes, lost: lost)
}

private func decodePhoto(_ bytes: [UInt8], format: PictureFormat, limits: DecodingLimits) throws(ImagingError)
  -> DecodedFile
{
  var image = cphoto_image()
  let maximum = UInt64(limits.maxPixels)
  let code = Int(
    format == .jpeg
      ? cphoto_decode_jpeg(bytes, bytes.count, maximum, &image)
      : cphoto_decode_webp(bytes, bytes.count, maximum, &image))
  defer { cphoto_free(&image) }
  switch code {
  case CPHOTO_OK: break
  case CPHOTO_TRUNCATED: throw .truncated(format)
  case CPHOTO_TOO_LARGE:
    let size = Size(width: Int(image.width), height: Int(image.height))
    throw .tooManyPixels(format, size: size, limit: limits.maxPixels)
  case CPHOTO_NO_MEMORY: throw .outOfMemory
  default: throw .damaged(format, detail: text(of: &image.message, count: 256))
  }
  let count = Int(image.width) * Int(image.height) * Int(image.channels)
  guard count > 0 else { throw .emptyPicture }
  var picture = Picture(
    width: Int(image.width), height: Int(image.height), channels: Int(image.channels),
    samples: .eight(array(UnsafeRawPointer(image.pixels), count: count)))
  var notes: [String] = []
  var lost: [String] = []
  let profile: [UInt8] = array(UnsafeRawPointer(image.profile), count: image.profile_size)
  if !profile.isEmpty {
    if image.was_cmyk == 1 || image.was_grey == 1 {
      lost.append("\(image.was_cmyk == 1 ? "CMYK" : "grey") ICC profile (the picture is RGB now)")
    } else {
      picture.profile = profile
    }
  }
  if image.was_cmyk == 1 { notes.append("CMYK was converted to RGB without its profile; colours may differ.") }
  if image.frames > 1 { notes.append("Animation: the first of \(image.frames) frames was taken.") }
  if image.trailing > 0 { notes.append("\(image.trailing) bytes after the end were ignored.") }
  if image.density_x > 0, image.density_y > 0 {
    picture.density = Picture.Density(x: image.density_x, y: image.density_y)
  }
  let orientation = exifOrientation(array(UnsafeRawPointer(image.exif), count: image.exif_size))
  if orientation > 1 { notes.append("Turned upright (EXIF orientation \(orientation)).") }
  return DecodedFile(
    picture: picture.turned(by: orientation), format: format, orientation: orientation, sourceBitDepth: 8,
    notes: notes, lost: lost)
}

/// A copy of `count` values at `pointer`; empty for nil.
private func array<Value>(_ pointer: UnsafeRawPointer?, count: Int) -> [Value] {
  guard let pointer, count > 0 else { return [] }
  return Array(UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Value.self), count: count))
}

/// The C string in a fixed array of a C struct.
private func text<Tuple>(of message: inout Tuple, count: Int) -> String {
  withUnsafeBytes(of: &message) { String(decoding: $0.prefix(count).prefix { $0 != 0 }, as: UTF8.self) }
}
