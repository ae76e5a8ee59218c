/// How a service's answer was brought onto its source.
package struct Correction: Sendable, Hashable {
  /// The answer as it came; nil where there is nothing to compare.
  package var measured: Registration?
  /// What was put back, in pixels; nil where nothing was.
  package var putBack: Registration.Shift?
  /// The colour drift that was taken out, in levels of 0...255; nil where none was.
  package var driftTakenOut: [Double]?
  /// The share of a mask's surroundings that an answer did not clear though it should have, 0...1; nil without a mask.
  package var paintedAround: Double?

  package init(measured: Registration? = nil) {
    self.measured = measured
  }

  /// What remains to be judged: the measurement without what was put right.
  package var remaining: Registration? {
    guard var remaining = measured else { return nil }
    if putBack != nil { remaining.shift = .init(x: 0, y: 0) }
    if driftTakenOut != nil { remaining.drift = [0, 0, 0] }
    return remaining
  }
}

extension Registration {
  /// A shift below this is none: it is what measuring is good to.
  static let leastShift = 0.1
  /// As for shifts: the scale is good to 0.1 %.
  static let leastScale = 0.0015
  /// What one level more or less comes to after rounding.
  private static let leastDrift = 0.5
  /// More than this is no drift but another picture.
  private static let mostDrift = 16.0

  /// Whether the colours are off by so little that taking it out restores them.
  var hasCorrectableDrift: Bool { (Self.leastDrift...Self.mostDrift).contains(largestDrift) }

  /// The shift that may be put back: the answer is of the right size, and it moved by little.
  func correctableShift(in size: Size) -> Shift? {
    guard let shift, shift.length >= Self.leastShift else { return nil }
    guard (scale?.error ?? 0) < Self.leastScale, redrawn < 0.5 else { return nil }
    guard shift.length <= max(8, Double(max(size.width, size.height)) * 0.02) else { return nil }
    // Nobody moves a picture by 2.96 pixels: what is nearly whole is whole, and stays bit for bit.
    func settled(_ value: Double) -> Double { (value - value.rounded()).magnitude < 0.15 ? value.rounded() : value }
    return Shift(x: settled(shift.x), y: settled(shift.y))
  }
}
