import Imaging

/// Plain words for an object: its colour, and its place where the colour alone does not tell it apart.
struct ObjectNames {
  /// One name for each object, unique within the picture.
  static func names(of objects: [(mask: [UInt8], box: Box)], in picture: RGB) -> [String] {
    let colours = objects.map { colour(of: $0.mask, in: picture) }
    var names: [String] = []
    for (index, object) in objects.enumerated() {
      var name = "\(colours[index]) object"
      if colours.count(where: { $0 == colours[index] }) > 1 { name += " \(place(of: object.box, in: picture))" }
      var unique = name
      var number = 2
      while names.contains(unique) {
        unique = "\(name) \(number)"
        number += 1
      }
      names.append(unique)
    }
    return names
  }

  /// The commonest colour word among the pixels.
  private static func colour(of mask: [UInt8], in picture: RGB) -> String {
    var votes: [String: Int] = [:]
    for pixel in mask.indices where mask[pixel] != 0 {
      let at = pixel * 3
      votes[word(picture.values[at], picture.values[at + 1], picture.values[at + 2]), default: 0] += 1
    }
    return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "Grey"
  }

  /// The word for one colour by hue, saturation and value (Smith 1978).
  private static func word(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> String {
    let (r, g, b) = (Int(red), Int(green), Int(blue))
    let high = max(r, g, b)
    let range = high - min(r, g, b)
    if high < 48 { return "Black" }
    if range * 100 < high * 16 { return high > 215 ? "White" : high < 96 ? "Dark grey" : "Grey" }
    let sector: Double
    if high == r {
      sector = Double(g - b) / Double(range)
    } else if high == g {
      sector = 2 + Double(b - r) / Double(range)
    } else {
      sector = 4 + Double(r - g) / Double(range)
    }
    let hue = (sector * 60 + 360).truncatingRemainder(dividingBy: 360)
    switch hue {
    case 15..<45: return high < 160 ? "Brown" : "Orange"
    case 45..<70: return high < 130 ? "Olive" : "Yellow"
    case 70..<165: return "Green"
    case 165..<195: return "Teal"
    case 195..<255: return "Blue"
    case 255..<290: return "Purple"
    case 290..<345: return "Pink"
    default: return high < 110 ? "Brown" : "Red"
    }
  }

  private static func place(of box: Box, in picture: RGB) -> String {
    let x = Double(box.x) + Double(box.width) / 2
    let third = Double(picture.width) / 3
    return x < third ? "left" : x > 2 * third ? "right" : "middle"
  }
}
