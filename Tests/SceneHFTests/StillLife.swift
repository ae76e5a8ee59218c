import Imaging

/// A picture whose truth is known: a dappled disc with a white patch, a dappled square behind it, on a plain ground.
struct StillLife {
  let size: Size
  private let scale: Double

  /// The ground's colour.
  static let ground: [UInt8] = [188, 196, 204]

  /// Drawn for a square of 1024 pixels, scaled to `side` and cut or widened to the size.
  init(width: Int = 1024, height: Int = 1024) {
    size = Size(width: width, height: height)
    scale = Double(min(width, height)) / 1024
  }

  enum Thing: CaseIterable {
    case disc
    case square
  }

  /// How far a pixel lies inside a thing, in pixels; negative outside.
  func depth(_ x: Int, _ y: Int, in thing: Thing) -> Double {
    let (x, y) = ((Double(x) + 0.5) / scale, (Double(y) + 0.5) / scale)
    switch thing {
    case .disc: return (240 - ((x - 300) * (x - 300) + (y - 700) * (y - 700)).squareRoot()) * scale
    case .square: return min(x - 520, 980 - x, y - 30, 490 - y) * scale
    }
  }

  func colour(_ x: Int, _ y: Int) -> [UInt8] {
    if depth(x, y, in: .disc) > 0 {
      let (across, down) = (Double(x) / scale, Double(y) / scale)
      if (260..<340).contains(across), (600..<680).contains(down) { return [252, 251, 253] }
      return dapple(x, y, seed: 1, [150, 90, 60])
    }
    return depth(x, y, in: .square) > 0 ? dapple(x, y, seed: 2, [70, 100, 140]) : Self.ground
  }

  /// Spots of 8 pixels with soft edges and a grain, around a colour.
  private func dapple(_ x: Int, _ y: Int, seed: Int, _ colour: [Int]) -> [UInt8] {
    func spot(_ column: Int, _ row: Int) -> Int {
      (((column &* 73_856_093) ^ (row &* 19_349_663) ^ (seed &* 83_492_791)) >> 3) & 63
    }
    let (column, row, acrossShare, downShare) = (x / 8, y / 8, x % 8, y % 8)
    let upper = spot(column, row) * (8 - acrossShare) + spot(column + 1, row) * acrossShare
    let lower = spot(column, row + 1) * (8 - acrossShare) + spot(column + 1, row + 1) * acrossShare
    let level = (upper * (8 - downShare) + lower * downShare) / 64 - 32 + spot(x &* 31, y &* 17) / 8
    return colour.map { UInt8($0 + level) }
  }

  func picture() -> Picture {
    var samples: [UInt8] = []
    samples.reserveCapacity(size.width * size.height * 3)
    for y in 0..<size.height {
      for x in 0..<size.width { samples += colour(x, y) }
    }
    return Picture(width: size.width, height: size.height, channels: 3, samples: .eight(samples))
  }

  /// How many pixels of a layer are not as the truth has them: missing or of another colour more than `edge` pixels inside
  /// the thing, not white more than `edge` pixels outside.
  func faults(of layer: Picture, _ thing: Thing, edge: Double = 3) -> Int {
    let values = layer.eightBitRGB()
    var count = 0
    for y in 0..<size.height {
      for x in 0..<size.width {
        let (depth, at) = (depth(x, y, in: thing), (y * size.width + x) * 3)
        if depth > edge, !values[at..<at + 3].elementsEqual(colour(x, y)) { count += 1 }
        if depth < -edge, values[at..<at + 3].contains(where: { $0 != 255 }) { count += 1 }
      }
    }
    return count
  }

  /// The largest difference of a plate from the bare ground.
  func worstOfGround(_ plate: Picture) -> Int {
    let values = plate.eightBitRGB()
    return values.indices.reduce(0) { max($0, abs(Int(values[$1]) - Int(Self.ground[$1 % 3]))) }
  }
}
