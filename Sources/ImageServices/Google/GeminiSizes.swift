import Imaging

/// The sizes that Gemini's image models draw in: one for each named aspect ratio, the same at higher tiers times 2
/// and 4.
struct GeminiSizes: Sendable {
  /// `aspectRatio` as it is sent.
  var ratio: String
  /// `imageSize`; nil where the model has no choice.
  var tier: String?
  /// In pixels.
  var canvas: Size

  /// The least padding for a picture of `size`, in the lowest tier that loses none of its pixels, or the highest.
  init(for size: Size, model: String) {
    let table = model.hasPrefix("gemini-2.5") ? Self.older : Self.newer
    let aspect = Double(size.width) / Double(size.height)
    func misfit(_ canvas: Size) -> Double {
      let other = Double(canvas.width) / Double(canvas.height)
      return max(aspect / other, other / aspect)
    }
    let best = table.min { misfit($0.canvas) < misfit($1.canvas) } ?? table[0]
    ratio = best.ratio
    let tiers = Self.tiers[model] ?? []
    let needed = max(size.width, size.height)
    let longest = max(best.canvas.width, best.canvas.height)
    let factor = tiers.first { $0 * longest >= needed } ?? tiers.last
    tier = factor.map { "\($0)K" }
    canvas = Size(width: best.canvas.width * (factor ?? 1), height: best.canvas.height * (factor ?? 1))
  }

  /// The sizes that `init(for:model:)` chose when it chose this canvas.
  init(canvas: Size, model: String) {
    self.init(for: canvas, model: model)
  }

  /// What models may be asked for by `imageSize`; others draw in 1K. 4K is left out: it costs three times as much.
  private static let tiers = ["gemini-nano-banana-2.1": [1, 2], "gemini-3-pro-image": [1, 2]]

  private static let older = table([
    ("1:1", 1024, 1024), ("2:3", 832, 1248), ("3:4", 864, 1184), ("4:5", 896, 1152), ("9:16", 768, 1344),
    ("21:9", 1536, 672),
  ])

  private static let newer = table([
    ("1:1", 1024, 1024), ("2:3", 848, 1264), ("3:4", 896, 1200), ("4:5", 928, 1152), ("9:16", 768, 1376),
    ("21:9", 1584, 672),
  ])

  /// Each row upright and lying; 21:9 exists lying only.
  private static func table(_ rows: [(String, Int, Int)]) -> [(ratio: String, canvas: Size)] {
    var table: [(ratio: String, canvas: Size)] = []
    for (ratio, width, height) in rows {
      table.append((ratio, Size(width: width, height: height)))
      guard width < height else { continue }
      let turned = ratio.split(separator: ":").reversed().joined(separator: ":")
      table.append((turned, Size(width: height, height: width)))
    }
    return table
  }
}
