/// The three classes of DESIGN section 5 for every pixel of a picture.
struct PixelClasses {
  /// What a pixel is.
  enum Class {
    /// Every channel 255 (65535).
    static let white: UInt8 = 0
    /// Not white, but every channel at least 240 (61680).
    static let nearWhite: UInt8 = 1
    /// Some channel below 240 (61680).
    static let content: UInt8 = 2
  }

  let width: Int
  let height: Int
  /// One class a pixel, top row first.
  let classes: [UInt8]

  /// Classifies the picture over white.
  init(_ picture: Picture) {
    width = picture.width
    height = picture.height
    switch picture.overWhite().samples {
    case .eight(let values): classes = Self.classify(values, contentBelow: 240)
    case .sixteen(let values): classes = Self.classify(values, contentBelow: 240 * 257)
    }
  }

  private static func classify<Sample: FixedWidthInteger>(_ values: [Sample], contentBelow: Sample) -> [UInt8] {
    let pixels = values.count / 3
    return [UInt8](unsafeUninitializedCapacity: pixels) { out, count in
      values.withUnsafeBufferPointer { from in
        for pixel in 0..<pixels {
          let lowest = min(from[3 * pixel], from[3 * pixel + 1], from[3 * pixel + 2])
          out.initializeElement(
            at: pixel, to: lowest == .max ? Class.white : lowest >= contentBelow ? Class.nearWhite : Class.content)
        }
      }
      count = pixels
    }
  }

  /// How many pixels are of this class.
  func count(_ wanted: UInt8) -> Int { classes.reduce(into: 0) { $0 += $1 == wanted ? 1 : 0 } }

  /// The pixels that can be reached from the border through white and near-white ones, over edges and
  /// corners (8-connected: haze must not hide behind a diagonal line one pixel wide).
  func background() -> [Bool] {
    var reached = [Bool](repeating: false, count: classes.count)
    var stack: [Int] = []
    func visit(_ pixel: Int) {
      if !reached[pixel], classes[pixel] != Class.content {
        reached[pixel] = true
        stack.append(pixel)
      }
    }
    for x in 0..<width {
      visit(x)
      visit((height - 1) * width + x)
    }
    for y in 0..<height {
      visit(y * width)
      visit(y * width + width - 1)
    }
    while let pixel = stack.popLast() {
      let (x, y) = (pixel % width, pixel / width)
      for row in max(0, y - 1)...min(height - 1, y + 1) {
        for column in max(0, x - 1)...min(width - 1, x + 1) { visit(row * width + column) }
      }
    }
    return reached
  }

  /// The near-white pixels of `background` that are more than 3 pixels (Chebyshev) from any content.
  func offWhite(in background: [Bool]) -> [Bool] {
    let near = dilated(classes.map { $0 == Class.content }, width: width, height: height, by: 3)
    return classes.indices.map { classes[$0] == Class.nearWhite && background[$0] && !near[$0] }
  }
}
