import CVision
import Imaging

/// An opaque 8-bit picture as the engine works on it: interleaved RGB, top row first.
struct RGB: Sendable {
  let width: Int
  let height: Int
  var values: [UInt8]

  init(width: Int, height: Int, values: [UInt8]) {
    self.width = width
    self.height = height
    self.values = values
  }

  init(_ picture: Picture) {
    self.init(width: picture.width, height: picture.height, values: picture.eightBitRGB())
  }

  var size: Size { Size(width: width, height: height) }

  /// Area-averaged when smaller, bilinear when larger; this picture itself when of the size already.
  func resized(width newWidth: Int, height newHeight: Int) throws(EngineError) -> RGB {
    if newWidth == width, newHeight == height { return self }
    var out = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    let code = cvision_resize_u8(values, Int32(width), Int32(height), 3, &out, Int32(newWidth), Int32(newHeight))
    guard code == 0 else { throw .filterFailed("resizing") }
    return RGB(width: newWidth, height: newHeight, values: out)
  }

  /// Bilinear without averaging, so that edges stay as sharp as they are: what networks are trained on.
  func sampled(width newWidth: Int, height newHeight: Int) throws(EngineError) -> RGB {
    var out = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    let code = cvision_sample_u8(values, Int32(width), Int32(height), &out, Int32(newWidth), Int32(newHeight))
    guard code == 0 else { throw .filterFailed("resizing") }
    return RGB(width: newWidth, height: newHeight, values: out)
  }

  /// So that the longer side is at most `side`.
  func fitted(to side: Int) throws(EngineError) -> RGB {
    let longest = max(width, height)
    guard longest > side else { return self }
    return try resized(width: max(1, width * side / longest), height: max(1, height * side / longest))
  }

  /// Whether more than a tenth of the mask's pixels are not white.
  func hasColour(in mask: Mask) -> Bool {
    let coloured = mask.values.indices.count { pixel in
      mask.values[pixel] != 0 && values[pixel * 3..<pixel * 3 + 3].contains { $0 < 250 }
    }
    return 10 * coloured > mask.count
  }

  func cropped(to box: Box) -> RGB {
    var out = [UInt8]()
    out.reserveCapacity(box.width * box.height * 3)
    for y in box.y..<box.bottom {
      out += values[(y * width + box.x) * 3..<(y * width + box.right) * 3]
    }
    return RGB(width: box.width, height: box.height, values: out)
  }
}

/// Planes through OpenCV.
extension Plane {
  init(width: Int, height: Int, repeating value: Float = 0) {
    self.init(width: width, height: height, values: [Float](repeating: value, count: width * height))
  }

  /// A mask or matte as 0...1.
  init(_ alpha: [UInt8], _ size: Size) {
    self.init(width: size.width, height: size.height, values: alpha.map { Float($0) / 255 })
  }

  func resized(width newWidth: Int, height newHeight: Int) throws(EngineError) -> Plane {
    if newWidth == width, newHeight == height { return self }
    var out = [Float](repeating: 0, count: newWidth * newHeight)
    let code = cvision_resize_f32(values, Int32(width), Int32(height), &out, Int32(newWidth), Int32(newHeight))
    guard code == 0 else { throw .filterFailed("resizing") }
    return Plane(width: newWidth, height: newHeight, values: out)
  }

  func blurred(sigma: Double) throws(EngineError) -> Plane {
    var out = self
    guard cvision_blur_f32(&out.values, Int32(width), Int32(height), sigma) == 0 else { throw .filterFailed("blur") }
    return out
  }

  /// As a matte, 1 becoming 255.
  var matte: Matte {
    Matte(width: width, height: height, alpha: values.map { UInt8(min(max($0, 0), 1) * 255 + 0.5) })
  }

  /// On where at least `threshold`.
  func mask(from threshold: Float) -> Mask {
    Mask(width: width, height: height, thresholding: values.map { $0 >= threshold ? 255 : 0 })
  }

  func cropped(to box: Box) -> Plane {
    var out = [Float]()
    out.reserveCapacity(box.width * box.height)
    for y in box.y..<box.bottom { out += values[y * width + box.x..<y * width + box.right] }
    return Plane(width: box.width, height: box.height, values: out)
  }
}
