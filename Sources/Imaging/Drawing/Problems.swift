package import Model

extension Picture {
  /// This picture with what failed its validation marked, and the verdict written under it with a key to the marks.
  ///
  /// Haze is painted magenta and thickened until it can be seen; too much content is striped and framed red; emptiness
  /// is striped and framed amber; a shift or another scale is shown by blue arrows from where things are in the source
  /// to where they are here. `input` is the picture that the step worked on and `mask` where it might work: with both,
  /// what changed outside is painted cyan.
  package func problems(
    of validation: ValidationResult, matte: Matte?, input: Picture? = nil, mask: Mask? = nil
  ) -> Picture {
    var drawing = ProblemDrawing(self, validation)
    drawing.markAmount()
    drawing.markHaze(matte: matte)
    if let input, let mask, input.size == size, mask.size == size { drawing.markOutside(mask, input) }
    drawing.markDisplacement()
    return drawing.withLegend()
  }
}

/// A picture on which problems are being marked, and the key that grows with the marks.
private struct ProblemDrawing {
  private let picture: Picture
  private let validation: ValidationResult
  private let classes: PixelClasses
  private var canvas: Canvas
  private var key: [Legend.Entry] = []

  init(_ picture: Picture, _ validation: ValidationResult) {
    self.picture = picture
    self.validation = validation
    classes = PixelClasses(picture)
    canvas = Canvas(picture)
  }

  private var side: Int { max(picture.width, picture.height) }
  /// Of frames and of what must be seen in a small preview.
  private var thickness: Int { max(2, side / 150) }

  private func number(_ metric: String) -> Double? { validation.metrics[metric]?.double }

  /// Too much or too little that is not white.
  mutating func markAmount() {
    guard let share = number("nonwhite_ratio") else { return }
    if share > number("max_nonwhite") ?? 1 {
      stripe(.red) { $0 != PixelClasses.Class.white }
      key.append(.init("more than this step allows", .red))
    } else if share < number("min_nonwhite") ?? 0 {
      stripe(.amber) { $0 == PixelClasses.Class.white }
      key.append(.init("emptiness: less than this step needs", .amber))
    }
  }

  /// A frame, and diagonal stripes as wide as the picture is large where the class of a pixel is `wanted`.
  private mutating func stripe(_ colour: Canvas.Colour, _ wanted: (UInt8) -> Bool) {
    let period = max(12, side / 40)
    for pixel in classes.classes.indices where wanted(classes.classes[pixel]) {
      let isStripe = (pixel % picture.width + pixel / picture.width) % period < period / 3
      canvas.blend(pixel, colour, strength: isStripe ? 0.7 : 0.1)
    }
    let whole = Box(x: 0, y: 0, width: picture.width, height: picture.height)
    canvas.outline(whole, colour, thickness: thickness)
  }

  mutating func markHaze(matte: Matte?) {
    let matte = matte?.size == picture.size ? matte : nil
    // Only layers are looked through for haze.
    guard let count = number("off_white_pixels"), count > 0 else { return }
    paint(classes.offWhite(in: matte?.alpha.map { $0 < 128 } ?? classes.background()), .magenta)
    key.append(.init("haze: \(Int(count)) pixels nearly white", .magenta))
  }

  mutating func markOutside(_ mask: Mask, _ input: Picture) {
    guard let count = number("changed_outside_mask"), count > 0 else { return }
    let (new, old) = (picture.eightBitRGB(), input.eightBitRGB())
    let changed = mask.values.indices.map { pixel in
      mask.values[pixel] == 0 && (0..<3).contains { new[pixel * 3 + $0] != old[pixel * 3 + $0] }
    }
    paint(changed, .cyan)
    let edge = mask.grown(by: thickness).subtracting(mask)
    for pixel in edge.values.indices where edge.values[pixel] != 0 { canvas.blend(pixel, .green, strength: 1) }
    key.append(.init("changed outside the mask: \(Int(count)) pixels", .cyan))
    key.append(.init("the mask ends here", .green))
  }

  /// Thickened until single pixels can be seen.
  private mutating func paint(_ marked: [Bool], _ colour: Canvas.Colour) {
    let visible = dilated(marked, width: picture.width, height: picture.height, by: max(1, side / 400))
    for pixel in visible.indices where visible[pixel] { canvas.blend(pixel, colour, strength: 0.85) }
  }

  /// Arrows on a grid, drawn longer than they are where they would not be seen.
  mutating func markDisplacement() {
    let shift = (x: number("shift_x") ?? 0, y: number("shift_y") ?? 0)
    let growth = (number("scale") ?? 1) - 1
    let isShifted = (shift.x * shift.x + shift.y * shift.y).squareRoot() >= Registration.leastShift
    let isScaled = growth.magnitude >= Registration.leastScale
    guard isShifted || isScaled else { return }
    let cell = Double(max(1, min(picture.width, picture.height))) / 4
    let middle = (x: Double(picture.width) / 2, y: Double(picture.height) / 2)
    func displacement(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      let scaled = isScaled ? growth : 0
      return ((isShifted ? shift.x : 0) + (x - middle.x) * scaled, (isShifted ? shift.y : 0) + (y - middle.y) * scaled)
    }
    let farthest = displacement(0, 0)
    let longest = max(1e-6, (farthest.x * farthest.x + farthest.y * farthest.y).squareRoot())
    let gain = [1.0, 2, 5, 10, 20, 50, 100].last { $0 * longest <= cell * 0.7 } ?? 1
    for y in stride(from: cell / 2, to: Double(picture.height), by: cell) {
      for x in stride(from: cell / 2, to: Double(picture.width), by: cell) {
        let by = displacement(x, y)
        canvas.arrow(from: (x, y), to: (x + by.x * gain, y + by.y * gain), .blue, thickness: thickness)
      }
    }
    let times = gain == 1 ? "" : ", drawn \(Int(gain)) times as long"
    key.append(.init("from where it is in the source to where it is here\(times)", .blue))
  }

  func withLegend() -> Picture {
    let notes = validation.notes.isEmpty ? "Passed." : validation.notes
    let legend = Legend([Legend.Entry(notes)] + key, width: picture.width)
    var whole = Canvas(canvas.picture, legendRows: legend.height)
    legend.draw(on: &whole, top: picture.height)
    return whole.picture
  }
}
