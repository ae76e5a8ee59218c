/// One channel of a box of a picture, each row run-length packed (TIFF 6.0, section 9, PackBits).
struct PackedChannel {
  private(set) var counts: [Int] = []
  private(set) var bytes: [UInt8] = []

  /// `channel` 3 is alpha, all 255 (65535) where the picture has none. 16-bit samples are big endian.
  init(_ picture: Picture, channel: Int, in box: Box) {
    counts.reserveCapacity(box.height)
    let (width, channels) = (picture.width, picture.channels)
    let isThere = channel < channels
    switch picture.samples {
    case .eight(let values):
      var row = [UInt8](repeating: 255, count: box.width)
      for y in box.y..<box.bottom {
        for x in 0..<box.width where isThere { row[x] = values[(y * width + box.x + x) * channels + channel] }
        pack(row)
      }
    case .sixteen(let values):
      var row = [UInt8](repeating: 255, count: box.width * 2)
      for y in box.y..<box.bottom {
        for x in 0..<box.width where isThere {
          let value = values[(y * width + box.x + x) * channels + channel]
          row[2 * x] = UInt8(value >> 8)
          row[2 * x + 1] = UInt8(truncatingIfNeeded: value)
        }
        pack(row)
      }
    }
  }

  private mutating func pack(_ row: [UInt8]) {
    let start = bytes.count
    row.withUnsafeBufferPointer { row in
      var at = 0
      while at < row.count {
        var run = 1
        while run < 128, at + run < row.count, row[at + run] == row[at] { run += 1 }
        if run >= 3 {
          bytes.append(UInt8(257 - run))
          bytes.append(row[at])
          at += run
          continue
        }
        // A literal goes on until three equal bytes begin.
        var end = at + run
        while end < row.count, end - at < 128 {
          if end + 2 < row.count, row[end] == row[end + 1], row[end] == row[end + 2] { break }
          end += 1
        }
        end = min(end, at + 128)
        bytes.append(UInt8(end - at - 1))
        bytes.append(contentsOf: row[at..<end])
        at = end
      }
    }
    counts.append(bytes.count - start)
  }
}

extension Picture {
  /// Bits a channel in memory: 8 or 16.
  package var depth: Int {
    if case .sixteen = samples { return 16 }
    return 8
  }

  /// How many pixels are not wholly transparent.
  package var visiblePixels: Int {
    guard hasAlpha else { return pixelCount }
    switch samples {
    case .eight(let values): return stride(from: 3, to: values.count, by: 4).count { values[$0] != 0 }
    case .sixteen(let values): return stride(from: 3, to: values.count, by: 4).count { values[$0] != 0 }
    }
  }

  /// The smallest box around all pixels that are not wholly transparent; empty where all are.
  var visibleBox: Box {
    guard hasAlpha else { return Box(x: 0, y: 0, width: width, height: height) }
    switch samples {
    case .eight(let values): return visibleBox(values)
    case .sixteen(let values): return visibleBox(values)
    }
  }

  private func visibleBox<Sample: FixedWidthInteger>(_ values: [Sample]) -> Box {
    var (left, right, top, bottom) = (width, -1, height, -1)
    values.withUnsafeBufferPointer { values in
      for y in 0..<height {
        for x in 0..<width where values[(y * width + x) * 4 + 3] != 0 {
          (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
        }
      }
    }
    return right < 0
      ? Box(x: 0, y: 0, width: 0, height: 0) : Box(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}
