extension Picture {
  /// How many pixels differ from `source` where the mask is off, over white, at the finer depth of the two.
  func pixels(differingFrom source: Picture, outside mask: Mask) -> Int {
    switch (overWhite().samples, source.overWhite().samples) {
    case (.eight(let new), .eight(let old)): differences(new, old, mask)
    case (.sixteen(let new), .sixteen(let old)): differences(new, old, mask)
    case (.eight(let new), .sixteen(let old)): differences(new.map { UInt16($0) * 257 }, old, mask)
    case (.sixteen(let new), .eight(let old)): differences(new, old.map { UInt16($0) * 257 }, mask)
    }
  }
}

private func differences<Sample: FixedWidthInteger>(_ new: [Sample], _ old: [Sample], _ mask: Mask) -> Int {
  guard new.count == old.count, mask.values.count * 3 == new.count else { return max(new.count, old.count) / 3 }
  var count = 0
  new.withUnsafeBytes { newBytes in
    old.withUnsafeBytes { oldBytes in
      // Most of a plate is its source: pieces of 64 pixels are compared at once.
      for start in stride(from: 0, to: mask.values.count, by: 64) {
        let pixels = start..<min(mask.values.count, start + 64)
        let size = 3 * MemoryLayout<Sample>.size
        if equal(newBytes, oldBytes, pixels.lowerBound * size..<pixels.upperBound * size) { continue }
        for pixel in pixels where mask.values[pixel] == 0 {
          let at = 3 * pixel
          if new[at] != old[at] || new[at + 1] != old[at + 1] || new[at + 2] != old[at + 2] { count += 1 }
        }
      }
    }
  }
  return count
}

/// Whether both hold the same bytes there, eight at a time.
private func equal(_ new: UnsafeRawBufferPointer, _ old: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
  var (differing, at) = (UInt64(0), range.lowerBound)
  while at + 8 <= range.upperBound {
    differing |=
      new.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ old.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    at += 8
  }
  while at < range.upperBound {
    differing |= UInt64(new[at] ^ old[at])
    at += 1
  }
  return differing == 0
}
