import Glibc

/// How well plate and layers give the source back.
package struct RebuildError: Sendable, Hashable {
  /// Peak signal-to-noise ratio in decibels over all channels; nil where the rebuild is exact.
  package var psnr: Double?
  /// The largest difference of one channel, 0...255 (16-bit sources in 8-bit steps).
  package var maxError: Double
}

extension Picture {
  /// Lays the cut-outs over the plate, the last of `layersFrontToBack` first, and compares with this picture.
  package func rebuildError(plate: Picture, layersFrontToBack: [(cutout: Picture, matte: Matte)]) -> RebuildError {
    guard plate.size == size, layersFrontToBack.allSatisfy({ $0.cutout.size == size }) else {
      return RebuildError(psnr: 0, maxError: 255)
    }
    var rebuilt = plate.eightBitRGB().map { Float($0) }
    for layer in layersFrontToBack.reversed() {
      let colours = Picture.opaque(layer.cutout)
      for pixel in 0..<pixelCount where layer.matte.alpha[pixel] > 0 {
        let alpha = Float(layer.matte.alpha[pixel]) / 255
        for channel in pixel * 3..<pixel * 3 + 3 {
          rebuilt[channel] += (Float(colours[channel]) - rebuilt[channel]) * alpha
        }
      }
    }
    let source = eightBitRGB()
    var (sum, largest) = (0.0, 0.0)
    for index in source.indices {
      let difference = Double((rebuilt[index].rounded() - Float(source[index])).magnitude)
      sum += difference * difference
      largest = max(largest, difference)
    }
    let meanSquare = sum / Double(source.count)
    return RebuildError(psnr: meanSquare == 0 ? nil : 10 * log10(255 * 255 / meanSquare), maxError: largest)
  }

  /// The colours of an RGBA picture at 8 bits, the alpha left out.
  private static func opaque(_ picture: Picture) -> [UInt8] {
    guard picture.hasAlpha else { return picture.eightBitRGB() }
    var rgb = [UInt8]()
    rgb.reserveCapacity(picture.pixelCount * 3)
    switch picture.samples {
    case .eight(let values):
      for pixel in 0..<picture.pixelCount { rgb += values[pixel * 4..<pixel * 4 + 3] }
    case .sixteen(let values):
      for pixel in 0..<picture.pixelCount { rgb += values[pixel * 4..<pixel * 4 + 3].map { UInt8($0 >> 8) } }
    }
    return rgb
  }
}
