import CVision
import Glibc
import Imaging

/// Cuts one map of everything that stands out into objects.
///
/// Connected regions first. A region is cut further where it narrows to a neck between two bodies of different
/// colour: seeds at the peaks of the distance transform, watershed between them (Meyer 1992), parts merged back
/// where the neck is too wide for how much their colours differ.
struct Splitting {
  let picture: RGB
  /// 0 or 255, of the picture's size.
  let mask: [UInt8]
  /// Regions smaller than this share of the picture are no objects of their own.
  var smallestShare = Self.usualSmallestShare

  /// What a network sees that is smaller than this is a speck as often as not.
  static let usualSmallestShare = 0.002
  /// On a plain background there are no specks to be taken for objects, down to this share.
  static let plainSmallestShare = 0.0006
  /// Regions from this share on belong to the object that they lie beside, such as the basket under a balloon.
  private static let fragmentShare = 0.0004
  /// How far beside, as a share of the longer side; and how many such regions are looked at.
  private static let besideShare = 0.02
  private static let mostFragments = 40

  /// The objects as labels from 1 on.
  func objects() throws(EngineError) -> Regions {
    let regions = try Regions(mask, width: picture.width, height: picture.height)
    let areas = regions.areas
    var labels = [Int32](repeating: 0, count: mask.count)
    var next: Int32 = 1
    for region in 1..<max(1, regions.count + 1) where share(areas[region]) >= Self.usualSmallestShare {
      let parts = try parts(of: regions.mask(region))
      let numbers = Set(parts.filter { $0 > 0 }).sorted()
      for number in numbers {
        for pixel in parts.indices where parts[pixel] == number { labels[pixel] = next }
        next += 1
      }
    }
    let small = areas.indices.dropFirst()
      .filter { share(areas[$0]) >= Self.fragmentShare && share(areas[$0]) < Self.usualSmallestShare }
      .sorted { areas[$0] > areas[$1] }
    for region in small.prefix(Self.mostFragments) {
      let fragment = regions.mask(region)
      let owner = neighbour(of: fragment, in: labels) ?? (share(areas[region]) >= smallestShare ? next : 0)
      for pixel in fragment.indices where fragment[pixel] != 0 { labels[pixel] = owner }
      next = max(next, owner + 1)
    }
    return Regions(labels: labels, width: picture.width, height: picture.height)
  }

  /// How much of the picture so many pixels are, 0...1.
  private func share(_ area: Int) -> Double { Double(area) / Double(mask.count) }

  /// The object of which most lies beside a small region; nil where none does.
  private func neighbour(of fragment: [UInt8], in labels: [Int32]) -> Int32? {
    let reach = max(1, Int(Double(max(picture.width, picture.height)) * Self.besideShare))
    let around = Mask(width: picture.width, height: picture.height, thresholding: fragment).grown(by: reach)
    var shares: [Int32: Int] = [:]
    for pixel in labels.indices where around.values[pixel] != 0 && labels[pixel] > 0 {
      shares[labels[pixel], default: 0] += 1
    }
    return shares.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// The parts of one region as labels.
  private func parts(of region: [UInt8]) throws(EngineError) -> [Int32] {
    let whole = region.map { Int32($0 == 0 ? 0 : 1) }
    var distance = [Float](repeating: 0, count: region.count)
    guard cvision_distance(region, Int32(picture.width), Int32(picture.height), &distance) == 0 else {
      throw .filterFailed("distance transform")
    }
    let seeds = try seeds(in: distance)
    guard seeds.count > 1 else { return whole }
    var labels = try grow(seeds, in: region)
    merge(&labels, distance: distance)
    return labels
  }

  /// Peaks of the distance transform: regions above three quarters of the highest value, found again lower
  /// down for what is not reached yet.
  private func seeds(in distance: [Float]) throws(EngineError) -> Regions {
    let peak = distance.max() ?? 0
    var kept = [UInt8](repeating: 0, count: distance.count)
    for level in [Float(0.75), 0.55, 0.4, 0.28] {
      let above = try Regions(
        distance.map { $0 >= level * peak ? 255 : 0 }, width: picture.width, height: picture.height)
      var isReached = [Bool](repeating: false, count: above.count + 1)
      for pixel in kept.indices where kept[pixel] != 0 { isReached[Int(above.labels[pixel])] = true }
      let areas = above.areas
      for pixel in kept.indices {
        let label = Int(above.labels[pixel])
        if label > 0, !isReached[label], areas[label] >= 12 { kept[pixel] = 255 }
      }
    }
    return try Regions(kept, width: picture.width, height: picture.height)
  }

  /// Watershed on the picture, background as its own seed.
  private func grow(_ seeds: Regions, in region: [UInt8]) throws(EngineError) -> [Int32] {
    let outside = Int32(seeds.count + 1)
    var labels = seeds.labels
    for pixel in labels.indices where region[pixel] == 0 { labels[pixel] = outside }
    guard cvision_watershed(picture.values, Int32(picture.width), Int32(picture.height), &labels) == 0 else {
      throw .filterFailed("watershed")
    }
    // Border pixels (-1) go to a neighbour, so that parts fill the region.
    for pixel in labels.indices where region[pixel] != 0 && (labels[pixel] < 1 || labels[pixel] == outside) {
      let around = [pixel - 1, pixel + 1, pixel - picture.width, pixel + picture.width]
      labels[pixel] =
        around.compactMap { labels.indices.contains($0) ? labels[$0] : nil }
        .first { $0 > 0 && $0 != outside } ?? 1
    }
    return labels.enumerated().map { region[$0.offset] == 0 ? 0 : $0.element }
  }

  /// Joins parts until every remaining neck parts two bodies that differ enough in colour for its width.
  private func merge(_ labels: inout [Int32], distance: [Float]) {
    while true {
      let facts = PartFacts(labels, distance: distance, picture: picture)
      let joint = facts.necks.filter { facts.joins($0.key, $0.value) }
        .max { ($0.value, $1.key.first) < ($1.value, $0.key.first) }
      guard let pair = joint?.key else { return }
      for pixel in labels.indices where labels[pixel] == pair.second { labels[pixel] = pair.first }
    }
  }
}

/// What merging needs to know of the parts of one region.
private struct PartFacts {
  struct Pair: Hashable {
    let first: Int32
    let second: Int32
  }

  /// The widest place of each border between two parts, half its width in pixels.
  private(set) var necks: [Pair: Float] = [:]
  /// By label: half the width of the widest place, the pixels, and a histogram of colours.
  private var peaks: [Float]
  /// Of thinner parts, half a width in pixels, a neck cannot be told: a rod's outline wavers by as much.
  private let thinnest: Float
  private var areas: [Float]
  private var histograms: [Float]

  /// Four levels a channel.
  private static let bins = 64

  init(_ labels: [Int32], distance: [Float], picture: RGB) {
    let count = Int(labels.max() ?? 0) + 1
    thinnest = Float(max(picture.width, picture.height)) / 50
    peaks = [Float](repeating: 0, count: count)
    areas = peaks
    histograms = [Float](repeating: 0, count: count * Self.bins)
    for pixel in labels.indices where labels[pixel] > 0 {
      let label = Int(labels[pixel])
      peaks[label] = max(peaks[label], distance[pixel])
      areas[label] += 1
      let at = pixel * 3
      let bin =
        Int(picture.values[at] >> 6) * 16 + Int(picture.values[at + 1] >> 6) * 4 + Int(picture.values[at + 2] >> 6)
      histograms[label * Self.bins + bin] += 1
      if pixel % picture.width + 1 < picture.width { meet(labels, pixel, pixel + 1, distance) }
      if pixel + picture.width < labels.count { meet(labels, pixel, pixel + picture.width, distance) }
    }
  }

  private mutating func meet(_ labels: [Int32], _ pixel: Int, _ other: Int, _ distance: [Float]) {
    guard labels[other] > 0, labels[other] != labels[pixel] else { return }
    let pair = Pair(first: min(labels[pixel], labels[other]), second: max(labels[pixel], labels[other]))
    necks[pair] = max(necks[pair] ?? 0, max(distance[pixel], distance[other]))
  }

  /// Whether two parts are one thing. The numbers were chosen on composited objects of the bench's first set.
  func joins(_ pair: Pair, _ neck: Float) -> Bool {
    let (first, second) = (Int(pair.first), Int(pair.second))
    let smaller = min(peaks[first], peaks[second])
    guard smaller >= thinnest else { return true }
    // A part much smaller than the whole is a limb, not an object; and where the outline does not narrow at all, as
    // between a shirt and trousers, colours say nothing.
    let width = neck / smaller
    if min(areas[first], areas[second]) < 0.16 * areas.reduce(0, +) || width >= 0.95 { return true }
    // The wider the neck, the more the colours must differ.
    return colourDistance(first, second) <= 0.28 + 0.6 * max(0, width - 0.6)
  }

  /// Bhattacharyya distance of the colour histograms (Comaniciu, Ramesh and Meer 2003).
  private func colourDistance(_ first: Int, _ second: Int) -> Float {
    var overlap: Float = 0
    for bin in 0..<Self.bins {
      overlap += sqrtf(
        histograms[first * Self.bins + bin] / areas[first] * histograms[second * Self.bins + bin] / areas[second])
    }
    return sqrtf(max(0, 1 - overlap))
  }
}
