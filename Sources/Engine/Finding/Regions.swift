import CVision
import Imaging

/// A mask cut into its connected regions.
struct Regions {
  let width: Int
  let height: Int
  /// 0 for background, regions from 1 on; one a pixel.
  var labels: [Int32]
  private(set) var count: Int

  init(_ mask: [UInt8], width: Int, height: Int) throws(EngineError) {
    self.width = width
    self.height = height
    labels = [Int32](repeating: 0, count: width * height)
    count = Int(cvision_components(mask, Int32(width), Int32(height), &labels))
    guard count >= 0 else { throw .filterFailed("labelling") }
  }

  /// From labels that are there already; `count` is the highest.
  init(labels: [Int32], width: Int, height: Int) {
    self.width = width
    self.height = height
    self.labels = labels
    count = Int(labels.max() ?? 0)
  }

  /// Pixels of each region; index 0 is the background.
  var areas: [Int] {
    var areas = [Int](repeating: 0, count: count + 1)
    for label in labels where label >= 0 { areas[Int(label)] += 1 }
    return areas
  }

  /// 255 where the label is this one.
  func mask(_ label: Int) -> [UInt8] { labels.map { $0 == Int32(label) ? 255 : 0 } }
}
