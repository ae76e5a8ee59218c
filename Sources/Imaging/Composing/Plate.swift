extension Picture {
  /// This picture with the pixels of `fill` where the mask is on; bit-equal to this picture elsewhere.
  ///
  /// The result keeps this picture's depth: an 8-bit fill widens by 257 (PNG specification, 13.12).
  package func plate(filledFrom fill: Picture, in mask: Mask) -> Picture {
    precondition(fill.size == size && mask.size == size, "picture, fill and mask differ in size")
    let opaque = overWhite()
    switch (opaque.samples, fill.overWhite().samples) {
    case (.eight(let base), .eight(let new)):
      return opaque.with(.eight(Picture.replaced(base, new, mask) { $0 }), channels: 3)
    case (.eight(let base), .sixteen(let new)):
      return opaque.with(.eight(Picture.replaced(base, new, mask) { UInt8($0 >> 8) }), channels: 3)
    case (.sixteen(let base), .eight(let new)):
      return opaque.with(.sixteen(Picture.replaced(base, new, mask) { UInt16($0) * 257 }), channels: 3)
    case (.sixteen(let base), .sixteen(let new)):
      return opaque.with(.sixteen(Picture.replaced(base, new, mask) { $0 }), channels: 3)
    }
  }

  private static func replaced<Base, New>(
    _ base: [Base], _ new: [New], _ mask: Mask, convert: (New) -> Base
  ) -> [Base] {
    var result = base
    result.withUnsafeMutableBufferPointer { out in
      for pixel in 0..<mask.values.count where mask.values[pixel] != 0 {
        for channel in pixel * 3..<pixel * 3 + 3 { out[channel] = convert(new[channel]) }
      }
    }
    return result
  }
}
