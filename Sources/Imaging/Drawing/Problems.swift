package import Model

extension Picture {
  /// This picture with what failed its validation marked, and the verdict written under it.
  ///
  /// Haze is painted magenta and thickened until it can be seen; too much content is tinted red with a red
  /// border; too little leaves an amber border around emptiness.
  package func problems(of validation: ValidationResult, matte: Matte?) -> Picture {
    let legend = Legend(validation.notes.isEmpty ? "Passed." : validation.notes, width: width)
    var canvas = Canvas(self, legendRows: legend.height)
    let classes = PixelClasses(self)
    let matte = matte?.size == size ? matte : nil
    let background = matte?.alpha.map { $0 < 128 } ?? classes.background()
    let share = validation.metrics["nonwhite_ratio"]?.double ?? 0
    let whole = Box(x: 0, y: 0, width: width, height: height)
    let thickness = max(2, max(width, height) / 150)
    if share > validation.metrics["max_nonwhite"]?.double ?? 1 {
      for pixel in classes.classes.indices where classes.classes[pixel] != PixelClasses.Class.white {
        canvas.blend(pixel, .red, strength: hatched(pixel) ? 0.75 : 0.25)
      }
      canvas.outline(whole, .red, thickness: thickness)
    } else if share < validation.metrics["min_nonwhite"]?.double ?? 0 {
      canvas.outline(whole, .amber, thickness: thickness)
    }
    mark(classes.offWhite(in: background), on: &canvas)
    legend.draw(on: &canvas, top: height)
    return canvas.picture
  }

  /// Diagonal stripes as wide as the picture is large.
  private func hatched(_ pixel: Int) -> Bool {
    let period = max(8, max(width, height) / 60)
    return (pixel % width + pixel / width) % period < max(1, period / 5)
  }

  private func mark(_ offWhite: [Bool], on canvas: inout Canvas) {
    guard offWhite.contains(true) else { return }
    let visible = dilated(offWhite, width: width, height: height, by: max(1, max(width, height) / 400))
    for pixel in visible.indices where visible[pixel] { canvas.blend(pixel, .magenta, strength: 0.85) }
  }
}
