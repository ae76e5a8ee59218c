/// What the strict check counts, found in one pass over an opaque picture (DESIGN section 5).
///
/// Made to run at the speed of memory: most of a layer is pure white, which is passed over 64 pixels at a time.
struct StrictScan {
  private(set) var white = 0
  private(set) var nearWhite = 0
  private(set) var content = 0
  /// Pixels that are not white in the top and in the bottom tenth of the rows, and how many pixels such a tenth has.
  private(set) var topNonwhite = 0
  private(set) var bottomNonwhite = 0
  private(set) var bandPixels: Int
  private(set) var background = 0
  private(set) var whiteBackground = 0
  private(set) var offWhite = 0

  /// What is background: nothing is asked, what a matte leaves out, or what can be reached from the picture's border.
  enum Background {
    case unasked
    case leftOut(by: Matte)
    case fromBorder

    fileprivate var isAsked: Bool {
      if case .unasked = self { return false }
      return true
    }
  }

  /// How many nearly white pixels are looked at one by one; with more the whole picture is haze.
  private let mostPale: Int

  /// Scans the picture over white.
  init(_ picture: Picture, background: Background) {
    bandPixels = max(1, picture.height / 10) * picture.width
    mostPale = max(4096, picture.pixelCount / 16)
    switch picture.overWhite().samples {
    case .eight(let values): scan(values, picture.size, background, contentBelow: 240)
    case .sixteen(let values): scan(values, picture.size, background, contentBelow: 240 * 257)
    }
    if background.isAsked, nearWhite > mostPale { countHaze(of: picture, background) }
  }

  /// The same by dilation, whose cost does not depend on how many pixels are nearly white.
  private mutating func countHaze(of picture: Picture, _ background: Background) {
    let classes = PixelClasses(picture)
    if case .leftOut(let matte) = background {
      offWhite = classes.offWhite(in: matte.alpha.map { $0 < 128 }).count { $0 }
    } else {
      let open = classes.background()
      offWhite = classes.offWhite(in: open).count { $0 }
      whiteBackground = classes.classes.indices.count { open[$0] && classes.classes[$0] == PixelClasses.Class.white }
    }
  }

  private mutating func scan<Sample: FixedWidthInteger>(
    _ values: [Sample], _ size: Size, _ background: Background, contentBelow: Sample
  ) {
    values.withUnsafeBufferPointer { values in
      let pixels = Pixels(values: values, size: size, contentBelow: contentBelow)
      switch background {
      case .unasked: count(pixels)
      case .leftOut(let matte): matte.alpha.withUnsafeBufferPointer { count(pixels, matte: $0) }
      case .fromBorder: countFromBorder(pixels)
      }
    }
  }

  /// Adds a row's classes; `y` tells the bands.
  private mutating func add(_ row: Tally, _ y: Int, of size: Size) {
    white += row.white
    content += row.content
    nearWhite += size.width - row.white - row.content
    let band = bandPixels / max(1, size.width)
    if y < band { topNonwhite += size.width - row.white }
    if y >= size.height - band { bottomNonwhite += size.width - row.white }
  }

  private mutating func count<Sample>(_ pixels: Pixels<Sample>) {
    for y in 0..<pixels.size.height {
      var row = Tally()
      pixels.chunks(of: y) { chunk in
        if pixels.isWhite(chunk) { row.white += chunk.count } else { row.add(chunk, of: pixels) }
      }
      add(row, y, of: pixels.size)
    }
  }

  private mutating func count<Sample>(_ pixels: Pixels<Sample>, matte: UnsafeBufferPointer<UInt8>) {
    // Nearly white, and the matte keeps it by less than half: haze, unless content is near.
    var veiled: [Int] = []
    for y in 0..<pixels.size.height {
      var row = Tally()
      pixels.chunks(of: y) { chunk in
        let isLeftOut = matte.are(0, chunk)
        if pixels.isWhite(chunk) {
          row.white += chunk.count
          let open = isLeftOut ? chunk.count : chunk.count { matte[$0] == 0 }
          background += open
          whiteBackground += open
        } else if !isLeftOut, matte.are(255, chunk) {
          row.add(chunk, of: pixels)
        } else {
          for pixel in chunk {
            let kind = pixels.kind(of: pixel)
            row.add(kind)
            if matte[pixel] == 0 {
              background += 1
              if kind == PixelClasses.Class.white { whiteBackground += 1 }
            }
            let isVeiled = kind == PixelClasses.Class.nearWhite && matte[pixel] < 128
            if isVeiled, veiled.count <= mostPale { veiled.append(pixel) }
          }
        }
      }
      add(row, y, of: pixels.size)
    }
    offWhite = veiled.count { !pixels.isContentNear($0) }
  }

  /// Background is whatever regions of white and near-white touch the border.
  private mutating func countFromBorder<Sample>(_ pixels: Pixels<Sample>) {
    var regions = PaleRegions(size: pixels.size)
    var pale: [(pixel: Int, region: Int)] = []
    for y in 0..<pixels.size.height {
      var row = Tally()
      pixels.chunks(of: y) { chunk in
        if pixels.isWhite(chunk) {
          row.white += chunk.count
          regions.extend(over: chunk, y)
          return
        }
        if pixels.isContent(chunk) {
          row.content += chunk.count
          return
        }
        for pixel in chunk {
          let kind = pixels.kind(of: pixel)
          row.add(kind)
          guard kind != PixelClasses.Class.content else { continue }
          let region = regions.extend(over: pixel..<pixel + 1, y)
          let isPale = kind == PixelClasses.Class.nearWhite
          if isPale, pale.count <= mostPale { pale.append((pixel, region)) }
        }
      }
      regions.endRow()
      add(row, y, of: pixels.size)
    }
    let isOpen = regions.touchingBorder()
    let open = pale.filter { isOpen[$0.region] }
    background = regions.pixels(where: isOpen)
    whiteBackground = background - open.count
    offWhite = open.count { !pixels.isContentNear($0.pixel) }
  }
}

/// The classes of one row, counted.
private struct Tally {
  var white = 0
  var content = 0

  mutating func add(_ kind: UInt8) {
    if kind == PixelClasses.Class.white { white += 1 }
    if kind == PixelClasses.Class.content { content += 1 }
  }

  @inline(__always)
  mutating func add<Sample>(_ chunk: Range<Int>, of pixels: borrowing Pixels<Sample>) {
    if pixels.isContent(chunk) {
      content += chunk.count
      return
    }
    var (white, content) = (0, 0)
    for pixel in chunk {
      let lowest = pixels.lowest(of: pixel)
      white &+= lowest == .max ? 1 : 0
      content &+= lowest < pixels.contentBelow ? 1 : 0
    }
    self.white += white
    self.content += content
  }
}

/// Interleaved opaque samples, looked at without bounds checks.
private struct Pixels<Sample: FixedWidthInteger> {
  let values: UnsafeBufferPointer<Sample>
  let size: Size
  let contentBelow: Sample

  /// Walks a row in pieces of 64 pixels.
  @inline(__always)
  func chunks(of y: Int, _ body: (Range<Int>) -> Void) {
    let end = (y + 1) * size.width
    var start = y * size.width
    while start < end {
      let next = min(end, start + 64)
      body(start..<next)
      start = next
    }
  }

  @inline(__always)
  func lowest(of pixel: Int) -> Sample { min(values[3 * pixel], values[3 * pixel + 1], values[3 * pixel + 2]) }

  @inline(__always)
  func kind(of pixel: Int) -> UInt8 {
    let lowest = lowest(of: pixel)
    return lowest == .max
      ? PixelClasses.Class.white
      : lowest >= contentBelow ? PixelClasses.Class.nearWhite : PixelClasses.Class.content
  }

  /// Whether every sample of these pixels is the largest.
  @inline(__always)
  func isWhite(_ chunk: Range<Int>) -> Bool {
    // The first sample alone tells most pieces that are not.
    guard values[3 * chunk.lowerBound] == .max else { return false }
    return bytes(of: chunk).are(0xFF)
  }

  /// Whether every sample of these pixels is below 15/16 of the largest, and so every pixel content; false is no answer.
  @inline(__always)
  func isContent(_ chunk: Range<Int>) -> Bool {
    let bytes = bytes(of: chunk)
    // The highest bit of each sample, of 8 or 16 bits; little endian.
    let highest: UInt64 = Sample.bitWidth == 8 ? 0x8080_8080_8080_8080 : 0x8000_8000_8000_8000
    var (bright, at) = (UInt64(0), 0)
    while at + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      bright |= word & (word << 1) & (word << 2) & (word << 3)
      at += 8
    }
    return bright & highest == 0 && at == bytes.count
  }

  @inline(__always)
  private func bytes(of chunk: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: values[3 * chunk.lowerBound..<3 * chunk.upperBound]))
  }

  /// Whether any pixel within 3 pixels in both directions is content.
  func isContentNear(_ pixel: Int) -> Bool {
    let (x, y) = (pixel % size.width, pixel / size.width)
    for row in max(0, y - 3)...min(size.height - 1, y + 3) {
      for column in max(0, x - 3)...min(size.width - 1, x + 3)
      where lowest(of: row * size.width + column) < contentBelow { return true }
    }
    return false
  }
}

extension UnsafeRawBufferPointer {
  /// Whether every byte is `value`, eight at a time.
  @inline(__always)
  fileprivate func are(_ value: UInt8) -> Bool {
    let pattern = UInt64(value) &* 0x0101_0101_0101_0101
    var (differing, at) = (UInt64(0), 0)
    while at + 8 <= count {
      differing |= loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ pattern
      at += 8
    }
    while at < count {
      differing |= UInt64(self[at] ^ value)
      at += 1
    }
    return differing == 0
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether all of these values are `value`.
  @inline(__always)
  fileprivate func are(_ value: UInt8, _ range: Range<Int>) -> Bool {
    self[range.lowerBound] == value && UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: self[range])).are(value)
  }
}
