import Imaging
import Model
import Transport

/// A request's picture and mask as a service takes them.
struct Prepared: Sendable {
  /// 8-bit RGB of the canvas's size.
  let picture: Picture
  /// Where to work, of the same size; nil where words alone say it.
  let mask: Mask?

  init(_ request: ImageRequest, _ framing: Framing) {
    let letterbox = framing.letterbox
    guard let offset = framing.placement.offset else {
      picture = letterbox.applied(to: request.picture)
      mask = request.mask.map(letterbox.applied(to:))
      return
    }
    let wider = request.picture.with(.eight(request.picture.eightBitRGB()), channels: 3).resampled(
      Extent(
        x: Double(-offset[0]), y: Double(-offset[1]), width: Double(letterbox.source.width),
        height: Double(letterbox.source.height)), to: letterbox.source)
    picture = letterbox.applied(to: wider)
    mask = letterbox.applied(to: Self.margin(of: letterbox.source, around: request.picture.size, at: offset))
  }

  /// On everywhere but where the picture lies.
  private static func margin(of size: Size, around picture: Size, at offset: [Int]) -> Mask {
    var margin = [UInt8](repeating: 255, count: size.width * size.height)
    for y in offset[1]..<offset[1] + picture.height {
      for x in offset[0]..<offset[0] + picture.width { margin[y * size.width + x] = 0 }
    }
    return Mask(width: size.width, height: size.height, thresholding: margin)
  }
}

extension Prepared {
  /// The picture as a file to send: PNG, or a JPEG of high quality where the PNG would have more than `limit` bytes.
  func file(limit: Int) throws(ServiceError) -> (bytes: [UInt8], type: String) {
    do {
      let png = try encodePNG(picture, preset: .compact)
      if png.count <= limit { return (png, "image/png") }
      return (try encodeJPEG(picture, quality: 95), "image/jpeg")
    } catch {
      throw ServiceError(.askPerson, "\(error)")
    }
  }

  /// The mask as a grey PNG: white is where to work.
  func maskFile() throws(ServiceError) -> [UInt8]? {
    guard let mask else { return nil }
    do {
      return try encodePNG(mask)
    } catch {
      throw ServiceError(.askPerson, "\(error)")
    }
  }

  /// The picture with the mask laid over it in magenta, for models that take no mask but understand pictures.
  func marked() throws(ServiceError) -> [UInt8]? {
    guard let mask else { return nil }
    var values = picture.eightBitRGB()
    for pixel in mask.values.indices where mask.values[pixel] != 0 {
      let at = pixel * 3
      values[at] = UInt8((Int(values[at]) + 3 * 255) / 4)
      values[at + 1] /= 4
      values[at + 2] = UInt8((Int(values[at + 2]) + 3 * 255) / 4)
    }
    do {
      return try encodeJPEG(picture.with(.eight(values), channels: 3), quality: 90)
    } catch {
      throw ServiceError(.askPerson, "\(error)")
    }
  }
}
