extension Mask {
  /// A mask from a picture file. White, or what is painted on a transparent layer, is on.
  ///
  /// Where the picture has transparency the alpha decides, else the luminance; at least 128 is on (DESIGN
  /// section 6). A mask of another size than `expected` is refused, never stretched.
  package init(
    decoding bytes: [UInt8], expecting expected: Size, limits: DecodingLimits = DecodingLimits()
  ) throws(ImagingError) {
    try self.init(painted: try decodePicture(bytes, limits: limits).picture, expecting: expected)
  }

  /// The same from a picture that was decoded already.
  package init(painted picture: Picture, expecting expected: Size) throws(ImagingError) {
    guard picture.size == expected else { throw .maskSize(picture.size, expected: expected) }
    let grey = picture.transparencyVaries ? picture.alphaChannel() : picture.luminance()
    self.init(width: picture.width, height: picture.height, thresholding: grey)
  }

  /// A mask from values that are 0 or 255 already, or any greys.
  package init(_ matte: Matte) {
    self.init(width: matte.width, height: matte.height, thresholding: matte.alpha)
  }

  /// How many pixels are on.
  package var count: Int { values.reduce(into: 0) { $0 += $1 == 0 ? 0 : 1 } }
}

extension Matte {
  /// A matte from the grey PNG that `encodePNG(_ matte:)` writes.
  package init(decoding bytes: [UInt8], limits: DecodingLimits = DecodingLimits()) throws(ImagingError) {
    let picture = try decodePicture(bytes, limits: limits).picture
    self.init(width: picture.width, height: picture.height, alpha: picture.luminance())
  }
}
