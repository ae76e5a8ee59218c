import Glibc

/// The picture that plate and layers make together, painted from the bottom up, at the plate's depth.
package struct Rebuild: Sendable {
  /// Opaque.
  package private(set) var picture: Picture

  package init(plate: Picture) {
    picture = plate.overWhite()
  }

  /// Begins with black of this picture's size and depth.
  package init(black like: Picture) {
    let count = like.pixelCount * 3
    picture = like.with(
      like.depth == 16 ? .sixteen([UInt16](repeating: 0, count: count)) : .eight([UInt8](repeating: 0, count: count)),
      channels: 3)
  }

  /// Lays a layer of the same size over what is there: C = αF + (1 − α)B (Porter and Duff 1984).
  package mutating func paint(_ layer: Picture) {
    precondition(layer.size == picture.size, "the layer is of another size")
    let layer = layer.at(depthOf: picture)
    guard layer.hasAlpha else { return picture.samples = layer.samples }
    let below = picture.samples
    picture.samples = .eight([])
    switch (below, layer.samples) {
    case (.eight(var base), .eight(let above)):
      Rebuild.blend(above, over: &base)
      picture.samples = .eight(base)
    case (.sixteen(var base), .sixteen(let above)):
      Rebuild.blend(above, over: &base)
      picture.samples = .sixteen(base)
    default: picture.samples = below
    }
  }

  private static func blend<Sample: FixedWidthInteger>(_ above: [Sample], over base: inout [Sample]) {
    let top = Int(Sample.max)
    base.withUnsafeMutableBufferPointer { base in
      above.withUnsafeBufferPointer { above in
        for pixel in 0..<above.count / 4 {
          let alpha = Int(above[4 * pixel + 3])
          if alpha == 0 { continue }
          for channel in 0..<3 {
            let mixed = Int(above[4 * pixel + channel]) * alpha + Int(base[3 * pixel + channel]) * (top - alpha)
            base[3 * pixel + channel] = Sample((mixed + top / 2) / top)
          }
        }
      }
    }
  }

  /// How well the picture gives `source` back, every pixel over white. Of another size it does not at all.
  package func proof(against source: Picture) -> RebuildProof {
    guard source.size == picture.size else { return RebuildProof(psnr: 0, maxError: 255) }
    let (made, wanted) = (picture.overWhite(), source.overWhite().at(depthOf: picture))
    switch (made.samples, wanted.samples) {
    case (.eight(let made), .eight(let wanted)): return RebuildProof(made, wanted, levels: 1)
    case (.sixteen(let made), .sixteen(let wanted)): return RebuildProof(made, wanted, levels: 257)
    default: return RebuildProof(psnr: 0, maxError: 255)
    }
  }

  /// Where and by how much the picture differs from `source`: black where it is equal, the brighter the larger the
  /// largest channel's difference, `gain` times as bright, from blue through red and yellow to white. 8 bits.
  package func differences(from source: Picture, gain: Int = 8) -> Picture {
    let (made, wanted) = (picture.eightBitRGB(), source.eightBitRGB())
    guard made.count == wanted.count else { return picture }
    var out = [UInt8](repeating: 0, count: made.count)
    for pixel in 0..<picture.pixelCount {
      var largest = 0
      for at in 3 * pixel..<3 * pixel + 3 { largest = max(largest, abs(Int(made[at]) - Int(wanted[at]))) }
      let heat = min(765, largest * gain * 3)
      out[3 * pixel] = UInt8(max(0, min(255, heat - 130)))
      out[3 * pixel + 1] = UInt8(max(0, min(255, heat - 385)))
      out[3 * pixel + 2] = UInt8(heat < 255 ? min(150, heat) : max(heat - 510, max(0, 150 - (heat - 255) / 2)))
    }
    return Picture(width: picture.width, height: picture.height, channels: 3, samples: .eight(out))
  }
}

/// How well plate and layers give the source back.
package struct RebuildProof: Sendable, Hashable {
  /// Peak signal-to-noise ratio in decibels over all channels; nil where the rebuild is exact.
  package var psnr: Double?
  /// The largest difference of one channel, 0...255 (of 16-bit pictures in steps of 1/257).
  package var maxError: Double

  init(psnr: Double?, maxError: Double) {
    self.psnr = psnr
    self.maxError = maxError
  }

  fileprivate init<Sample: FixedWidthInteger>(_ made: [Sample], _ wanted: [Sample], levels: Double) {
    var (sum, largest) = (0.0, 0)
    for index in made.indices {
      let difference = abs(Int(made[index]) - Int(wanted[index]))
      sum += Double(difference * difference)
      largest = max(largest, difference)
    }
    let meanSquare = sum / Double(max(1, made.count)) / (levels * levels)
    psnr = meanSquare == 0 ? nil : 10 * log10(255 * 255 / meanSquare)
    maxError = Double(largest) / levels
  }
}
