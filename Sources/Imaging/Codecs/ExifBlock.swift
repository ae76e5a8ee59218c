/// The few tags of an EXIF block that concern us (EXIF 2.32; TIFF 6.0, section 2).
struct ExifBlock {
  /// 1 to 8; 1 where the block names none (tag 0x0112).
  private(set) var orientation = 1
  /// From XResolution, YResolution and ResolutionUnit (tags 0x011A, 0x011B, 0x0128); nil without all three.
  private(set) var density: Picture.Density?
  /// Whether it says more than how the picture lies and how large it prints, such as camera, date or place.
  private(set) var saysMore = false

  /// What is honoured or says nothing of a picture in RGB: orientation, resolution, YCbCrPositioning.
  private static let honoured: Set<Int> = [0x0112, 0x011A, 0x011B, 0x0128, 0x0213]

  /// Reads the first directory of a TIFF block; what makes no sense is passed over.
  init(_ block: [UInt8]) {
    guard block.count >= 8 else { return }
    let big = block[0] == 0x4D && block[1] == 0x4D
    guard big || (block[0] == 0x49 && block[1] == 0x49) else { return }
    func number(_ at: Int, _ bytes: Int) -> Int? {
      guard at >= 0, at + bytes <= block.count else { return nil }
      let field = block[at..<at + bytes]
      return (big ? Array(field) : field.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    func fraction(_ entry: Int) -> Double? {
      guard let at = number(entry + 8, 4), let above = number(at, 4), let below = number(at + 4, 4), below > 0 else {
        return nil
      }
      return Double(above) / Double(below)
    }
    guard let directory = number(4, 4), let entries = number(directory, 2) else { return }
    var (x, y, unit): (Double?, Double?, Int?) = (nil, nil, nil)
    for index in 0..<min(entries, 512) {
      let entry = directory + 2 + 12 * index
      if let tag = number(entry, 2), !Self.honoured.contains(tag) { saysMore = true }
      switch number(entry, 2) {
      case 0x0112: if let value = number(entry + 8, 2), (1...8).contains(value) { orientation = value }
      case 0x011A: x = fraction(entry)
      case 0x011B: y = fraction(entry)
      case 0x0128: unit = number(entry + 8, 2)
      default: break
      }
    }
    // Unit 2 is the inch, 3 the centimetre.
    guard let x, let y, let scale = unit == 2 ? 1 / 0.0254 : unit == 3 ? 100 : nil else { return }
    guard (1...1_000_000).contains(x), (1...1_000_000).contains(y) else { return }
    density = Picture.Density(x: UInt32((x * scale).rounded()), y: UInt32((y * scale).rounded()))
  }
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
