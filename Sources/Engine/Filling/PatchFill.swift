/// Fills by patches of the surroundings, coarse to fine (Wexler, Shechtman and Irani, PAMI 2007, with the
/// nearest-neighbour search of Barnes et al., SIGGRAPH 2009, and a texture feature after Newson et al. 2014).
///
/// On each level every patch that touches the hole finds its most similar whole patch outside; every hole
/// pixel then becomes the weighted mean of what the patches over it say. On the last level it takes the best
/// one, which keeps grain, and the difference that remains at the rim is spread smoothly inside.
struct PatchFill {
  private var levels: [PatchLevel]
  private let seed: UInt64

  /// Above this side a level only refines what the coarser one found.
  private static let searchSide = 640
  /// The pyramid ends where the hole is as thin as this, in pixels to its middle.
  private static let thinHole = PatchLevel.radius + 2

  init(_ picture: RGB, _ unknown: [Bool], seed: UInt64) {
    self.seed = seed
    levels = [PatchLevel(picture, unknown)]
    while let last = levels.last, last.deepest > Self.thinHole || max(last.width, last.height) > Self.searchSide,
      min(last.width, last.height) >= 10 * PatchLevel.radius, let coarser = last.halved()
    {
      levels.append(coarser)
    }
  }

  /// RGB in the first three lanes, for every pixel.
  func filled() -> [SIMD4<Float>] {
    var matches: PatchMatches?
    var coarser: PatchLevel?
    for (number, start) in levels.enumerated().reversed() {
      var level = start
      var current: PatchMatches
      if let known = matches, let coarser {
        guard let carried = PatchMatches(level, from: known, of: coarser, seed: seed &+ UInt64(number)) else { break }
        current = carried
        level.vote(current, sharp: false)
      } else {
        level.interpolate()
        guard let random = PatchMatches(level, seed: seed &+ UInt64(number)) else {
          coarser = level
          continue
        }
        current = random
      }
      refine(&level, &current, number: number, isFirst: matches == nil)
      (matches, coarser) = (current, level)
    }
    guard var finest = coarser, finest.width == levels[0].width else { return interpolated() }
    if let matches { finest.levelSeam(matches) }
    return finest.pixels
  }

  private func refine(_ level: inout PatchLevel, _ matches: inout PatchMatches, number: Int, isFirst: Bool) {
    let side = max(level.width, level.height)
    let isLarge = side > Self.searchSide
    let rounds = isLarge ? 1 : isFirst ? 10 : side <= 160 ? 6 : side <= 320 ? 4 : 3
    for round in 0..<rounds {
      matches.search(
        level, sweeps: isLarge ? 1 : isFirst ? 5 : 2, reach: isLarge ? 8 : isFirst ? side : max(16, side / 6))
      level.vote(matches, sharp: number == 0 && round == rounds - 1)
    }
  }

  /// Where no level has a whole patch outside the hole: the membrane alone.
  private func interpolated() -> [SIMD4<Float>] {
    var level = levels[0]
    level.interpolate()
    return level.pixels
  }
}
