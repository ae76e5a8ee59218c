import Imaging

/// A colour that tests paint with and that the test service knows by its name.
enum Paint: String, CaseIterable {
  case red
  case green
  case blue
  case ground

  var rgb: [UInt8] {
    switch self {
    case .red: [200, 40, 40]
    case .green: [40, 160, 60]
    case .blue: [40, 70, 190]
    case .ground: [150, 155, 160]
    }
  }
}

/// A grey picture of 48 × 32 pixels with a rectangle of 8 × 12 for each paint, left to right.
func scene(_ paints: Paint...) -> Picture {
  let (width, height) = (48, 32)
  var samples = [UInt8]()
  samples.reserveCapacity(width * height * 3)
  for y in 0..<height {
    for x in 0..<width {
      let place = (x - 4) / 12
      let inside = x >= 4 && (x - 4) % 12 < 8 && (10..<22).contains(y) && paints.indices.contains(place)
      samples += inside ? paints[place].rgb : Paint.ground.rgb
    }
  }
  return Picture(width: width, height: height, channels: 3, samples: .eight(samples))
}

extension Picture {
  /// This picture with every pixel that `isOld` picks painted over.
  func painted(_ colour: [UInt8], where isOld: ([UInt8]) -> Bool) -> Picture {
    var rgb = eightBitRGB()
    for at in stride(from: 0, to: rgb.count, by: 3) where isOld(Array(rgb[at..<at + 3])) {
      rgb.replaceSubrange(at..<at + 3, with: colour)
    }
    return with(.eight(rgb), channels: 3)
  }

  /// How many pixels have exactly this colour.
  func count(of colour: [UInt8]) -> Int {
    let rgb = eightBitRGB()
    return stride(from: 0, to: rgb.count, by: 3).count { Array(rgb[$0..<$0 + 3]) == colour }
  }

  /// White where the picture has this paint, black elsewhere.
  func mask(of paint: Paint) -> Picture {
    painted([0, 0, 0]) { $0 != paint.rgb }.painted([255, 255, 255]) { $0 == paint.rgb }
  }
}

let white: [UInt8] = [255, 255, 255]
