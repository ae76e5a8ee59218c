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
  /// How far from its outline a matte is soft, as a share of the longer side; from three times as far on it keeps all or
  /// nothing. What a network is in doubt about is no veil: the nearer end is the likelier one, and half of a thing that
  /// is there, or of one that is not, looks wrong on any ground.
  static let softEdge = 0.0015
  /// What is smaller, as a share of the picture, is no object.
  var smallestShare = Splitting.usualSmallestShare

  /// The side at which regions are cut apart.
  private static let splittingSide = 512
  /// Closer looks are taken at the largest objects alone: each costs as much as the first look.
  private static let closeLooks = 2
  /// A closer look counts where it overlaps the first one at least this much (intersection over union).
  private static let agreement = 0.6

  /// `alpha` is of the working size. Without `splitting` every connected region is one object. `closer` may look
  /// again at the largest ones, by their boxes in the working picture, and answers with a map of each box or nil.
  func objects(
    in alpha: Plane, limit: Int, splitting: Bool = true,
    closer: ([Box?]) throws(EngineError) -> [Plane?] = { boxes throws(EngineError) in boxes.map { _ in nil } }
  ) throws(EngineError) -> [FoundObject] {
    let small = try work.fitted(to: Self.splittingSide)
    let coarse = try alpha.resized(width: small.width, height: small.height)
    let mask = coarse.values.map { UInt8($0 >= 0.5 ? 255 : 0) }
    let regions =
      splitting
      ? try Splitting(picture: small, mask: mask, smallestShare: smallestShare).objects()
      : try Regions(mask, width: small.width, height: small.height)
    guard regions.count > 0 else { return [] }
    let territory = Territories(regions, reach: coarse)
    let largest = regions.areas.enumerated().dropFirst().sorted { $0.element > $1.element }.prefix(limit)
    let labels = largest.map { Int32($0.offset) }
    var parts = try labels.map { (label) throws(EngineError) in
      try part(of: alpha, label: label, territory: territory, small: small)
    }
    let boxes = parts.prefix(Self.closeLooks).map { $0.mask(from: 0.5).bounds }
    for (rank, seen) in try closer(boxes).enumerated() {
      guard let seen, let box = boxes[rank] else { continue }
      let ground = territory.ground(of: labels[rank])
      parts[rank] = try sharpened(parts[rank], in: box, seen: seen, ground: ground, small: small)
    }
    let found = try parts.map { (own) throws(EngineError) in try object(own) }
    return named(frontToBack(found.compactMap { $0 }), limit: limit)
  }

  /// The box in which a closer look is taken: the object with a quarter of its size around it.
  static func surroundings(of box: Box, in size: Size) -> Box {
    box.grown(by: max(16, max(box.width, box.height) / 4), within: size)
  }

  /// The alpha of one object alone: what lies in its territory.
  private func part(of alpha: Plane, label: Int32, territory: Territories, small: RGB) throws(EngineError) -> Plane {
    let own = Plane(width: small.width, height: small.height, values: territory.owners.map { $0 == label ? 1 : 0 })
    let share = try own.resized(width: work.width, height: work.height)
    var part = alpha
    for pixel in part.values.indices { part.values[pixel] *= share.values[pixel] }
    return part
  }

  /// The object as the closer look saw it, where that agrees with the first look; else as it was.
  private func sharpened(
    _ own: Plane, in box: Box, seen: Plane, ground: [Bool], small: RGB
  ) throws(EngineError) -> Plane {
    let around = Self.surroundings(of: box, in: work.size)
    let open = Plane(width: small.width, height: small.height, values: ground.map { $0 ? 1 : 0 })
    let share = try open.resized(width: work.width, height: work.height)
    var closer = Plane(width: work.width, height: work.height)
    var (both, either) = (0, 0)
    for y in 0..<around.height {
      for x in 0..<around.width {
        let pixel = (y + around.y) * work.width + x + around.x
        closer.values[pixel] = seen.values[y * around.width + x] * share.values[pixel]
        let (now, before) = (closer.values[pixel] >= 0.5, own.values[pixel] >= 0.5)
        both += now && before ? 1 : 0
        either += now || before ? 1 : 0
      }
    }
    guard Double(both) >= Self.agreement * Double(either) else { return own }
    return keepingWhatWasSure(of: own, in: closer)
  }

  /// The closer look with the thick parts that it does not see and the first one was sure of, such as the metal top of
  /// a lighter: of what fills its view a network may take one part for the object and the rest for ground.
  private func keepingWhatWasSure(of own: Plane, in closer: Plane) -> Plane {
    let thickness = max(2, max(work.width, work.height) / 128)
    let lost = own.values.indices.map { own.values[$0] >= 0.8 && closer.values[$0] < 0.5 ? UInt8(255) : 0 }
    let thin = Mask(width: work.width, height: work.height, thresholding: lost.map { ~$0 }).grown(by: thickness)
    let thick = Mask(width: work.width, height: work.height, thresholding: thin.values.map { ~$0 })
    guard thick.bounds != nil else { return closer }
    let kept = thick.grown(by: 2 * thickness)
    var whole = closer
    for pixel in whole.values.indices where kept.values[pixel] != 0 {
      whole.values[pixel] = max(closer.values[pixel], own.values[pixel])
    }
    return whole
  }

  private func object(_ alpha: Plane) throws(EngineError) -> FoundObject? {
    let matte = try refined(alpha).cleaned()
    let solid = Mask(matte)
    guard let box = solid.bounds else { return nil }
    let share = Double(solid.count) / Double(full.width * full.height)
    guard share >= smallestShare / 2 else { return nil }
    let soft = Mask(width: matte.width, height: matte.height, thresholding: matte.alpha.map { $0 > 0 ? 255 : 0 })
    let margin = max(3, max(full.width, full.height) / 250)
    return FoundObject(name: "", matte: matte, solid: solid, region: soft.grown(by: margin), box: box, share: share)
  }

  /// The alpha at the picture's own size, its edges drawn to the picture's and soft there alone.
  func refined(_ alpha: Plane) throws(EngineError) -> Matte {
    let radius = max(2, Int((Double(max(work.width, work.height)) * Self.guidedRadius).rounded()))
    let empty = Matte(
      width: full.width, height: full.height, alpha: [UInt8](repeating: 0, count: full.width * full.height))
    guard let box = alpha.mask(from: 0.004).bounds else { return empty }
    // Only where there is anything: the filter sees four radii around it, and no more matters to it.
    let near = box.grown(by: 4 * radius, within: work.size)
    let far = scaled(near)
    let (guide, wide) = (work.cropped(to: near), full.cropped(to: far))
    var out = [UInt8](repeating: 0, count: far.width * far.height)
    let code = cvision_guided_upsample(
      guide.values, alpha.cropped(to: near).values, Int32(near.width), Int32(near.height), Int32(radius),
      Self.guidedEpsilon, wide.values, Int32(far.width), Int32(far.height), &out)
    guard code == 0 else { throw .filterFailed("guided filter") }
    // The filter's linear model overshoots a little; the ends of the range are pulled in.
    for pixel in out.indices { out[pixel] = UInt8(min(max((Int(out[pixel]) - 10) * 255 / 235, 0), 255)) }
    let soft = Double(max(full.width, full.height)) * Self.softEdge
    guard cvision_settle(&out, Int32(far.width), Int32(far.height), soft, 3 * soft) == 0 else {
      throw .filterFailed("settling of the matte")
    }
    var matte = empty
    for y in 0..<far.height {
      let start = (y + far.y) * full.width + far.x
      matte.alpha.replaceSubrange(start..<start + far.width, with: out[y * far.width..<(y + 1) * far.width])
    }
    return matte
  }

  /// A box of the working picture in the full one.
  private func scaled(_ box: Box) -> Box {
    let left = box.x * full.width / work.width
    let top = box.y * full.height / work.height
    return Box(
      x: left, y: top, width: box.right * full.width / work.width - left,
      height: box.bottom * full.height / work.height - top)
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
