/// How much of each pixel belongs to a layer: 0 not at all, 255 wholly; one value a pixel, top row first.
package struct Matte: Sendable, Hashable {
  package let width: Int
  package let height: Int
  /// `width * height` values.
  package var alpha: [UInt8]

  package init(width: Int, height: Int, alpha: [UInt8]) {
    precondition(alpha.count == width * height, "the values do not fill the matte")
    self.width = width
    self.height = height
    self.alpha = alpha
  }

  package var size: Size { Size(width: width, height: height) }
}

/// Which pixels a step works on: every value is 0 (off) or 255 (on); one a pixel, top row first.
package struct Mask: Sendable, Hashable {
  package let width: Int
  package let height: Int
  /// `width * height` values, each 0 or 255.
  package private(set) var values: [UInt8]

  /// On where `grey` is at least 128, the contract's threshold (DESIGN section 6).
  package init(width: Int, height: Int, thresholding grey: [UInt8]) {
    precondition(grey.count == width * height, "the values do not fill the mask")
    self.width = width
    self.height = height
    values = grey.map { $0 >= 128 ? 255 : 0 }
  }

  package var size: Size { Size(width: width, height: height) }
}
