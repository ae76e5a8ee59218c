extension Picture {
  /// The picture moved right by `x` and down by `y` pixels; what comes in at the edges repeats the edge.
  ///
  /// Whole pixels are copied bit for bit; anything between is bilinear.
  package func moved(x: Double, y: Double) -> Picture {
    guard x != 0 || y != 0 else { return self }
    switch samples {
    case .eight(let values): return with(.eight(moved(values, x, y)), channels: channels)
    case .sixteen(let values): return with(.sixteen(moved(values, x, y)), channels: channels)
    }
  }

  private func moved<Sample: FixedWidthInteger>(_ values: [Sample], _ moveX: Double, _ moveY: Double) -> [Sample] {
    let columns = (0..<width).map { Neighbours(Double($0) - moveX, within: width) }
    return [Sample](unsafeUninitializedCapacity: values.count) { out, count in
      values.withUnsafeBufferPointer { from in
        for y in 0..<height {
          let row = Neighbours(Double(y) - moveY, within: height)
          for x in 0..<width {
            let column = columns[x]
            for channel in 0..<channels {
              func sample(_ x: Int, _ y: Int) -> Int { Int(from[(y * width + x) * channels + channel]) }
              // Shares are in 1/256 of a pixel, so that whole moves stay exact.
              let upper =
                sample(column.first, row.first) * column.share + sample(column.second, row.first) * column.rest
              let lower =
                sample(column.first, row.second) * column.share + sample(column.second, row.second) * column.rest
              let mixed = (upper * row.share + lower * row.rest + 32_768) >> 16
              out.initializeElement(at: (y * width + x) * channels + channel, to: Sample(mixed))
            }
          }
        }
      }
      count = values.count
    }
  }
}

/// The two samples that a place between them is mixed of.
private struct Neighbours {
  let first: Int
  let second: Int
  /// How much the first and the second count, of 256.
  let share: Int
  let rest: Int

  init(_ place: Double, within count: Int) {
    let floor = place.rounded(.down)
    rest = Int(((place - floor) * 256).rounded())
    share = 256 - rest
    first = max(0, min(count - 1, Int(floor)))
    second = max(0, min(count - 1, Int(floor) + 1))
  }
}
