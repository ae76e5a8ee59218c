/// The orientation, 1 to 8, in a TIFF block; 1 where there is none (EXIF 2.32, tag 0x0112; TIFF 6.0, section 2).
func exifOrientation(_ block: [UInt8]) -> Int {
  guard block.count >= 8 else { return 1 }
  let big = block[0] == 0x4D && block[1] == 0x4D
  guard big || (block[0] == 0x49 && block[1] == 0x49) else { return 1 }
  func number(_ at: Int, _ bytes: Int) -> Int? {
    guard at >= 0, at + bytes <= block.count else { return nil }
    let field = block[at..<at + bytes]
    return (big ? Array(field) : field.reversed()).reduce(0) { $0 << 8 | Int($1) }
  }
  guard let directory = number(4, 4), let entries = number(directory, 2) else { return 1 }
  for index in 0..<min(entries, 512) {
    let entry = directory + 2 + 12 * index
    guard let tag = number(entry, 2) else { return 1 }
    if tag == 0x0112, let value = number(entry + 8, 2), (1...8).contains(value) { return value }
  }
  return 1
}

extension Picture {
  /// The picture as EXIF `orientation` 1...8 says it is to be looked at (EXIF 2.32, 4.6.4.A).
  func turned(by orientation: Int) -> Picture {
    guard orientation > 1 else { return self }
    let swaps = orientation >= 5
    let size = swaps ? Size(width: height, height: width) : self.size
    switch samples {
    case .eight(let values): return rebuilt(size, .eight(turned(values, to: size, orientation)), swaps)
    case .sixteen(let values): return rebuilt(size, .sixteen(turned(values, to: size, orientation)), swaps)
    }
  }

  private func rebuilt(_ size: Size, _ samples: Samples, _ swaps: Bool) -> Picture {
    Picture(
      width: size.width, height: size.height, channels: channels, samples: samples, profile: profile,
      density: swaps ? density.map { Density(x: $0.y, y: $0.x) } : density)
  }

  private func turned<Sample>(_ values: [Sample], to size: Size, _ orientation: Int) -> [Sample] {
    let (right, bottom) = (width - 1, height - 1)
    return [Sample](unsafeUninitializedCapacity: values.count) { out, count in
      values.withUnsafeBufferPointer { from in
        for y in 0..<size.height {
          for x in 0..<size.width {
            let (sourceX, sourceY) =
              switch orientation {
              case 2: (right - x, y)
              case 3: (right - x, bottom - y)
              case 4: (x, bottom - y)
              case 5: (y, x)
              case 6: (y, bottom - x)
              case 7: (right - y, bottom - x)
              default: (right - y, x)
              }
            let (to, at) = ((y * size.width + x) * channels, (sourceY * width + sourceX) * channels)
            for channel in 0..<channels { out.initializeElement(at: to + channel, to: from[at + channel]) }
          }
        }
      }
      count = values.count
    }
  }
}
