import Imaging

/// Separates objects from a plain background by what the background's surface does not explain.
///
/// Exact to the pixel where it works, and it needs no network; but a soft shadow is a difference too. Where a
/// network is there it decides about everything that could be shadow.
struct PlainSeparation {
  private let picture: RGB
  private let model: BackgroundModel

  private static let leastSupport = 0.7

  /// Nil unless the picture's border shows a plain background.
  ///
  /// A portrait hides a quarter of the border. Of a sky over land, whose land would be an object, two thirds lie on one
  /// surface.
  init?(_ picture: RGB) {
    let margin = max(4, min(picture.width, picture.height) / 16)
    let fitted = BackgroundModel(picture) { x, y in
      x < margin || y < margin || x >= picture.width - margin || y >= picture.height - margin
    }
    guard let fitted, fitted.isPlain, fitted.support >= Self.leastSupport else { return nil }
    self.picture = picture
    model = fitted
  }

  /// How much each pixel is object, 0...1; nil where nothing differs from the background.
  func foreground(besides salient: Plane?) -> Plane? {
    // Grain must not count: four deviations, and never less than what JPEG does to a flat area.
    let low = Float(max(8, 4 * model.deviation))
    let differences = (0..<picture.width * picture.height).map { pixel in
      let (x, y) = (pixel % picture.width, pixel / picture.width)
      return Difference(picture, x, y, model.colour(x, y))
    }
    var alpha = coverage(differences.map(\.largest), above: low)
    for pixel in differences.indices {
      let (sure, seen) = (alpha.values[pixel], salient?.values[pixel])
      if differences[pixel].couldBeShadow {
        // Without a network only what is too dark for a soft shadow counts.
        alpha.values[pixel] = seen.map { min(sure, $0 * 1.25) } ?? (differences[pixel].ratio < 0.55 ? sure : 0)
      } else {
        // What the network is certain of fills places of the background's own colour, such as white on white.
        alpha.values[pixel] = max(sure, ((seen ?? 0) - 0.85) / 0.15)
      }
    }
    let area = alpha.values.reduce(into: 0) { $0 += $1 >= 0.5 ? 1 : 0 }
    return Double(area) < Splitting.plainSmallestShare * Double(alpha.values.count) ? nil : alpha
  }

  /// How much of each pixel something covers. Beside the background that is how far the pixel has gone from it towards
  /// what lies within `edge` pixels: otherwise a black hair on white would be as wide as its faintest trace.
  ///
  /// `far` is how far each pixel is from the background, 0...255; up to `low` that is grain.
  private func coverage(_ far: [Float], above low: Float) -> Plane {
    let (width, height, edge) = (picture.width, picture.height, 2)
    var coverage = Plane(width: width, height: height)
    for pixel in far.indices where far[pixel] > low {
      let (x, y) = (pixel % width, pixel / width)
      let sure = min((far[pixel] - low) / 24, 1)
      var (least, most) = (far[pixel], far[pixel])
      for row in max(0, y - edge)...min(height - 1, y + edge) {
        for column in max(0, x - edge)...min(width - 1, x + edge) {
          least = min(least, far[row * width + column])
          most = max(most, far[row * width + column])
        }
      }
      let share = (far[pixel] - low / 2) / (most - low / 2)
      coverage.values[pixel] = least > low ? sure : min(sure, share)
    }
    return coverage
  }
}

/// How a pixel differs from the background behind it.
struct Difference {
  /// The largest difference of a channel, 0...255.
  let largest: Float
  /// Brightness against the background's, 1 for equal.
  let ratio: Float
  /// Darker, in the background's own hue: light taken away, nothing added.
  let couldBeShadow: Bool

  init(_ picture: RGB, _ x: Int, _ y: Int, _ behind: (red: Float, green: Float, blue: Float)) {
    let at = (y * picture.width + x) * 3
    let red = Float(picture.values[at])
    let green = Float(picture.values[at + 1])
    let blue = Float(picture.values[at + 2])
    largest = max(abs(red - behind.red), abs(green - behind.green), abs(blue - behind.blue))
    let (rr, rg, rb) = (red / max(behind.red, 1), green / max(behind.green, 1), blue / max(behind.blue, 1))
    ratio = (rr + rg + rb) / 3
    couldBeShadow = ratio < 1 && ratio > 0.35 && max(rr, rg, rb) - min(rr, rg, rb) < 0.06
  }
}
