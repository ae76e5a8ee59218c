import Imaging

/// Makes the matte of one object, or of everything, by one of several recipes.
struct MatteMaker {
  let engine: Engine
  let full: RGB
  let work: RGB

  /// All that stands out; `closeUp` looks again at the surroundings of what the first look found.
  func everything(closeUp: Bool) throws(EngineError) -> Matte {
    guard var alpha = try engine.foreground(of: work, in: full.size) else {
      return Matte(
        width: full.width, height: full.height, alpha: [UInt8](repeating: 0, count: full.width * full.height))
    }
    if closeUp, let box = alpha.mask(from: 0.5).bounds, let near = try closer(look: box) { alpha = near }
    return try refined(alpha).cleaned()
  }

  /// The object that `mask` marks, by recipe 0 (whole picture), 1 (closer look) or 2 (the mask's own edge).
  func matte(within mask: Mask, recipe: Int) throws(EngineError) -> Matte {
    guard let box = mask.bounds else {
      return Matte(
        width: full.width, height: full.height, alpha: [UInt8](repeating: 0, count: full.width * full.height))
    }
    let small = try Plane(mask.values, mask.size).resized(width: work.width, height: work.height)
    let smallBox = Box(
      x: box.x * work.width / full.width, y: box.y * work.height / full.height,
      width: max(1, box.width * work.width / full.width), height: max(1, box.height * work.height / full.height))
    for closeUp in recipe == 0 ? [false, true] : recipe == 1 ? [true] : [] {
      let look = closeUp ? try closer(look: smallBox) : try engine.foreground(of: work, in: full.size)
      guard let seen = look, covers(seen, small) else { continue }
      return try refined(product(seen, small)).limited(to: mask).cleaned()
    }
    return try refined(small).limited(to: mask).cleaned()
  }

  /// All looks have been taken: from here on the picture needs the memory.
  private func refined(_ alpha: Plane) throws(EngineError) -> Matte {
    engine.salience.makeRoom(for: full.size)
    return try ObjectFinder(full: full, work: work).refined(alpha)
  }

  /// The network's view of a box and its surroundings, laid back into the picture.
  private func closer(look box: Box) throws(EngineError) -> Plane? {
    let around = ObjectFinder.surroundings(of: box, in: work.size)
    let crop = work.cropped(to: around)
    guard let seen = try engine.foreground(of: crop, in: full.size) else { return nil }
    var alpha = Plane(width: work.width, height: work.height)
    for y in 0..<around.height {
      for x in 0..<around.width {
        alpha.values[(y + around.y) * work.width + x + around.x] = seen.values[y * around.width + x]
      }
    }
    return alpha
  }

  /// Whether what is seen fills enough of the mask to be what was meant: at least two fifths of it.
  private func covers(_ seen: Plane, _ mask: Plane) -> Bool {
    var (inside, area): (Float, Float) = (0, 0)
    for pixel in mask.values.indices where mask.values[pixel] > 0 {
      area += mask.values[pixel]
      inside += min(seen.values[pixel], mask.values[pixel])
    }
    return area > 0 && inside >= 0.4 * area
  }

  private func product(_ first: Plane, _ second: Plane) -> Plane {
    var product = first
    for pixel in product.values.indices { product.values[pixel] *= second.values[pixel] }
    return product
  }
}
