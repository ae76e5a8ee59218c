/// An upright picture in memory.
///
/// Samples are interleaved, top row first, straight (never premultiplied) alpha last. Grey and palette
/// sources are widened to RGB by the decoders; 16-bit sources stay 16-bit.
package struct Picture: Sendable, Hashable {
  /// In pixels, after EXIF orientation was applied.
  package let width: Int
  package let height: Int
  /// 3 for RGB, 4 for RGBA.
  package let channels: Int
  /// `width * height * channels` values.
  package var samples: Samples
  /// The ICC profile of the file as it was, or nil for sRGB by assumption.
  package var profile: [UInt8]?
  /// The density of the file, or nil if it named none.
  package var density: Density?

  package init(
    width: Int, height: Int, channels: Int, samples: Samples, profile: [UInt8]? = nil, density: Density? = nil
  ) {
    precondition(channels == 3 || channels == 4, "a picture has 3 or 4 channels")
    precondition(samples.count == width * height * channels, "the samples do not fill the picture")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
    self.profile = profile
    self.density = density
  }

  /// The samples of a picture: 0...255 or 0...65535.
  package enum Samples: Sendable, Hashable {
    case eight([UInt8])
    case sixteen([UInt16])

    package var count: Int {
      switch self {
      case .eight(let values): values.count
      case .sixteen(let values): values.count
      }
    }
  }

  /// Pixels per metre, as PNG's pHYs chunk counts them (PNG specification, 11.3.5.3).
  package struct Density: Codable, Sendable, Hashable {
    package var x: UInt32
    package var y: UInt32

    package init(x: UInt32, y: UInt32) {
      self.x = x
      self.y = y
    }
  }
}

extension Picture {
  package var hasAlpha: Bool { channels == 4 }
  package var pixelCount: Int { width * height }
  package var size: Size { Size(width: width, height: height) }
}

/// Width and height in pixels.
package struct Size: Codable, Sendable, Hashable, CustomStringConvertible {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Width times height; `Int.max` where a file's header promises more than can be counted.
  package var pixels: Int {
    let (product, isTooMuch) = width.multipliedReportingOverflow(by: height)
    return isTooMuch ? .max : product
  }

  /// For example `4000 × 3000`, as people are shown it.
  package var description: String { "\(width) × \(height)" }
}
