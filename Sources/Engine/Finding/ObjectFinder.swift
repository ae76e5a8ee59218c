import CVision
import Imaging

/// From one map of all that stands out to objects, front to back.
struct ObjectFinder {
  /// The picture at its own size, and at the size that work is done in.
  let full: RGB
  let work: RGB

  /// Radius of the guided filter as a share of the longer side, and its epsilon (measured on composited scenes
  /// with truth).
  static let guidedRadius = 0.008
  static let guidedEpsilon = 1e-4
  /// The side at which regions are cut apart.
  private static let splittingSide = 512

  /// `alpha` is of the working size. Without `splitting` every connected region is one object.
  func objects(in alpha: Plane, limit: Int, splitting: Bool = true) throws(EngineError) -> [FoundObject] {
    let small = try work.fitted(to: Self.splittingSide)
    let coarse = try alpha.resized(width: small.width, height: small.height)
    let mask = coarse.values.map { UInt8($0 >= 0.5 ? 255 : 0) }
    let regions =
      splitting
      ? try Splitting(picture: small, mask: mask).objects()
      : try Regions(mask, width: small.width, height: small.height)
    guard regions.count > 0 else { return [] }
    let territory = Territories(regions, reach: coarse)
    let largest = regions.areas.enumerated().dropFirst().sorted { $0.element > $1.element }.prefix(limit)
    var found: [FoundObject] = []
    for (label, _) in largest {
      let own = try part(of: alpha, label: Int32(label), territory: territory, small: small)
      if let object = try object(own) { found.append(object) }
    }
    return named(frontToBack(found), limit: limit)
  }

  /// The alpha of one object alone: what lies in its territory.
  private func part(of alpha: Plane, label: Int32, territory: Territories, small: RGB) throws(EngineError) -> Plane {
    let own = Plane(width: small.width, height: small.height, values: territory.owners.map { $0 == label ? 1 : 0 })
    let share = try own.resized(width: work.width, height: work.height)
    var part = alpha
    for pixel in part.values.indices { part.values[pixel] *= share.values[pixel] }
    return part
  }

  private func object(_ alpha: Plane) throws(EngineError) -> FoundObject? {
    let matte = try refined(alpha).cleaned()
    let solid = Mask(matte)
    guard let box = solid.bounds else { return nil }
    let share = Double(solid.count) / Double(full.width * full.height)
    guard share >= Splitting.smallestShare / 2 else { return nil }
    let soft = Mask(width: matte.width, height: matte.height, thresholding: matte.alpha.map { $0 > 0 ? 255 : 0 })
    let margin = max(3, max(full.width, full.height) / 250)
    return FoundObject(name: "", matte: matte, solid: solid, region: soft.grown(by: margin), box: box, share: share)
  }

  /// The alpha at the picture's own size, its edges drawn to the picture's.
  func refined(_ alpha: Plane) throws(EngineError) -> Matte {
    let radius = max(2, Int((Double(max(work.width, work.height)) * Self.guidedRadius).rounded()))
    var out = [UInt8](repeating: 0, count: full.width * full.height)
    let code = cvision_guided_upsample(
      work.values, alpha.values, Int32(work.width), Int32(work.height), Int32(radius), Self.guidedEpsilon,
      full.values, Int32(full.width), Int32(full.height), &out)
    guard code == 0 else { throw .filterFailed("guided filter") }
    // The filter's linear model overshoots a little; the ends of the range are pulled in.
    let stretched = out.map { value in UInt8(min(max((Int(value) - 10) * 255 / 235, 0), 255)) }
    return Matte(width: full.width, height: full.height, alpha: stretched)
  }

  /// What stands lower in the picture stands nearer (the ground plane of Hoiem et al. 2007).
  private func frontToBack(_ objects: [FoundObject]) -> [FoundObject] {
    objects.sorted { ($0.box.bottom, $0.share) > ($1.box.bottom, $1.share) }
  }

  private func named(_ objects: [FoundObject], limit: Int) -> [FoundObject] {
    let names = ObjectNames.names(of: objects.map { ($0.solid.values, $0.box) }, in: full)
    return zip(objects, names).map { object, name in
      var named = object
      named.name = name
      return named
    }
  }
}

/// Which object each soft pixel belongs to: the one whose body is nearest through the map.
struct Territories {
  /// Labels from 1 on, 0 for nobody's; one a pixel.
  private(set) var owners: [Int32]

  /// Grows the regions over everything where `reach` is above a trace, all at the same speed.
  init(_ regions: Regions, reach: Plane) {
    owners = regions.labels.map { max(0, $0) }
    var front = owners.indices.filter { owners[$0] > 0 }
    while !front.isEmpty {
      var next: [Int] = []
      for pixel in front {
        let x = pixel % regions.width
        let around = [
          x > 0 ? pixel - 1 : pixel, x + 1 < regions.width ? pixel + 1 : pixel, pixel - regions.width,
          pixel + regions.width,
        ]
        for other in around where owners.indices.contains(other) && owners[other] == 0 {
          guard reach.values[other] > 0.01 else { continue }
          owners[other] = owners[pixel]
          next.append(other)
        }
      }
      front = next
    }
  }
}
