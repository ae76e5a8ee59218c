import Imaging

/// Which object each soft pixel belongs to: the one whose body is nearest through the map.
struct Territories {
  /// Labels from 1 on, 0 for nobody's; one a pixel.
  private(set) var owners: [Int32]

  /// Grows the regions over everything where `reach` is above a trace, all at the same speed.
  init(_ regions: Regions, reach: Plane) {
    owners = regions.labels.map { max(0, $0) }
    let width = regions.width
    var front = owners.indices.filter { owners[$0] > 0 }
    while !front.isEmpty {
      var next: [Int] = []
      for pixel in front {
        let x = pixel % width
        func take(_ other: Int) {
          guard owners[other] == 0, reach.values[other] > 0.01 else { return }
          owners[other] = owners[pixel]
          next.append(other)
        }
        if x > 0 { take(pixel - 1) }
        if x + 1 < width { take(pixel + 1) }
        if pixel >= width { take(pixel - width) }
        if pixel + width < owners.count { take(pixel + width) }
      }
      front = next
    }
  }

  /// Where nobody else is.
  func ground(of label: Int32) -> [Bool] { owners.map { $0 == label || $0 == 0 } }
}
