package import Imaging

/// What a decoding child is asked. The file's bytes lie in the shared input.
struct DecodingRequest: Codable, Sendable {
  var limits: DecodingLimits
  /// Else only the facts come back.
  var wantsPixels: Bool
  var byteCount = 0
}

/// What it answers: first how much it is about to decode, and after the word to go on, what came of it.
enum DecodingAnswer: Codable, Sendable {
  /// So many pixels, by the header; 0 where there is no telling.
  case about(pixels: Int)
  case decoded(PictureFacts)
  case refused(ImagingError)
}

/// All that there is to know of a decoded picture but its pixels.
package struct PictureFacts: Codable, Sendable {
  package var size: Size
  package var format: PictureFormat
  package var notes: [String]
  private var orientation: Int
  private var sourceBitDepth: Int
  private var lost: [String]
  private var channels: Int
  private var depth: Int
  private var density: Picture.Density?
  /// Bytes of the ICC profile, which comes before the samples; nil if there is none.
  private var profileCount: Int?

  init(_ file: DecodedFile) {
    let picture = file.picture
    size = picture.size
    (format, notes, lost) = (file.format, file.notes, file.lost)
    (orientation, sourceBitDepth) = (file.orientation, file.sourceBitDepth)
    channels = picture.channels
    depth = if case .sixteen = picture.samples { 16 } else { 8 }
    density = picture.density
    profileCount = picture.profile?.count
  }

  private var sampleCount: Int { size.width * size.height * channels }

  /// Bytes of the profile and the samples together; nil if a child that was taken over says something impossible.
  func payloadCount(within limits: DecodingLimits) -> Int? {
    guard size.width > 0, size.height > 0, channels == 3 || channels == 4, depth == 8 || depth == 16,
      size.width <= limits.maxPixels, size.height <= limits.maxPixels / size.width,
      (0...limits.maxBytes).contains(profileCount ?? 0)
    else { return nil }
    return (profileCount ?? 0) + sampleCount * depth / 8
  }

  /// The picture with its pixels. `payload` has as many bytes as `payloadCount` says.
  func file(_ payload: [UInt8]) throws -> DecodedFile {
    let start = profileCount ?? 0
    guard payload.count == start + sampleCount * depth / 8 else { throw ImagingError.emptyPicture }
    let samples: Picture.Samples =
      depth == 8
      ? .eight(Array(payload[start...]))
      : .sixteen(
        payload.withUnsafeBytes { raw in
          Array(unsafeUninitializedCapacity: sampleCount) { target, count in
            UnsafeMutableRawBufferPointer(target).copyMemory(from: UnsafeRawBufferPointer(rebasing: raw[start...]))
            count = sampleCount
          }
        })
    let picture = Picture(
      width: size.width, height: size.height, channels: channels, samples: samples,
      profile: profileCount.map { Array(payload[..<$0]) }, density: density)
    return DecodedFile(
      picture: picture, format: format, orientation: orientation, sourceBitDepth: sourceBitDepth, notes: notes,
      lost: lost)
  }
}
