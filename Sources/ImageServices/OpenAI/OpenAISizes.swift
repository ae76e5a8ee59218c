import Imaging

/// The sizes that OpenAI's image models draw in.
enum OpenAISizes {
  /// These draw in three sizes only; later ones in any that keeps the rules below.
  private static let fixed: Set<String> = ["gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest"]

  /// The canvas for a picture of `size`: both sides multiples of 16, at most 1 to 3 apart, 655,360 to 3 million
  /// pixels, no side over 2560 (the guide's bounds, below what it calls experimental).
  static func canvas(for size: Size, model: String) -> Size {
    let (width, height) = (Double(size.width), Double(size.height))
    if fixed.contains(model) {
      let aspect = width / height
      if aspect > 1.22 { return Size(width: 1536, height: 1024) }
      return aspect < 0.82 ? Size(width: 1024, height: 1536) : Size(width: 1024, height: 1024)
    }
    // A longer strip than 1 to 3 is padded on its short sides.
    let (wide, high) = (max(width, height / 3), max(height, width / 3))
    let pixels = wide * high
    let largest = min(1, (3_000_000 / pixels).squareRoot(), 2560 / max(wide, high))
    let scale = max(largest, (655_360 / pixels).squareRoot())
    return Size(width: sixteens(wide * scale), height: sixteens(high * scale))
  }

  private static func sixteens(_ length: Double) -> Int { max(16, Int((length / 16).rounded(.up)) * 16) }
}
