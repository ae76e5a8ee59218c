/// Writes a Photoshop file layer by layer, from the bottom up (Adobe Photoshop File Formats Specification, 2019).
///
/// RGB at 8 or 16 bits, run-length compressed, layers trimmed to what is visible with their positions, Unicode names, the
/// ICC profile, the density, and the merged picture. Lengths are patched in, so that only one layer is held.
package struct Photoshop {
  private var sink: ByteSink
  private let size: Size
  private let depth: Int
  /// Where the layer section's lengths stand.
  private let sectionStart: Int
  private let infoStart: Int
  private let records: [Record]
  private var added = 0

  /// Where a layer's record waits for its box and its channel lengths.
  private struct Record {
    var boxAt: Int
    var lengthsAt: Int
    var channels: [Int]
  }

  /// The format's own limit, in pixels a side.
  package static let longestSide = 30_000
  /// And in bytes; counted before compression, to be sure.
  package static let mostBytes = 2_000_000_000

  /// Whether a picture of this size with so many layers fits the format.
  package static func fits(_ size: Size, depth: Int, layers: Int) -> Bool {
    max(size.width, size.height) <= longestSide
      && size.width * size.height * (depth / 8) * (4 * layers + 3) < mostBytes
  }

  /// Begins a file like `canvas`: its size, depth, profile and density. `layers` are the names and whether each has
  /// transparency, bottom first.
  package init(like canvas: Picture, layers: [(name: String, hasAlpha: Bool)], to sink: ByteSink) throws {
    self.sink = sink
    size = canvas.size
    depth = canvas.depth
    try self.sink.write(
      Array("8BPS".utf8) + Bytes.big(1, 2) + [0, 0, 0, 0, 0, 0] + Bytes.big(3, 2) + Bytes.big(canvas.height, 4)
        + Bytes.big(canvas.width, 4) + Bytes.big(canvas.depth, 2) + Bytes.big(3, 2) + Bytes.big(0, 4))
    let resources = Photoshop.resources(of: canvas)
    try self.sink.write(Bytes.big(resources.count, 4) + resources)
    sectionStart = self.sink.count
    try self.sink.write(Bytes.big(0, 4))
    // Deeper than 8 bits the layers stand in a block of their own, after two empty lengths.
    if canvas.depth == 16 { try self.sink.write(Bytes.big(0, 8) + Array("8BIMLr16".utf8)) }
    infoStart = self.sink.count
    try self.sink.write(Bytes.big(0, 4) + Bytes.big(layers.count, 2))
    var records: [Record] = []
    for layer in layers {
      let start = self.sink.count
      let channels = layer.hasAlpha ? [-1, 0, 1, 2] : [0, 1, 2]
      try self.sink.write(Photoshop.record(named: layer.name, channels: channels))
      records.append(Record(boxAt: start, lengthsAt: start + 18, channels: channels))
    }
    self.records = records
  }

  /// Adds the pixels of the next layer; of the canvas's size and depth.
  package mutating func add(_ picture: Picture) throws {
    precondition(added < records.count && picture.size == size && picture.depth == depth, "not the layer announced")
    let record = records[added]
    added += 1
    let box = record.channels.count == 4 ? picture.visibleBox : Box(x: 0, y: 0, width: size.width, height: size.height)
    try sink.rewrite(
      Bytes.big(box.y, 4) + Bytes.big(box.x, 4) + Bytes.big(box.bottom, 4) + Bytes.big(box.right, 4),
      at: record.boxAt)
    for (index, channel) in record.channels.enumerated() {
      let start = sink.count
      let packed = PackedChannel(picture, channel: channel < 0 ? 3 : channel, in: box)
      try sink.write(Bytes.big(1, 2) + packed.counts.flatMap { Bytes.big($0, 2) })
      try sink.write(packed.bytes)
      try sink.rewrite(Bytes.big(sink.count - start, 4), at: record.lengthsAt + 6 * index + 2)
    }
  }

  /// Completes the file with the flat picture; all layers announced have been added.
  package mutating func finish(merged: Picture) throws {
    precondition(added == records.count, "a layer is missing")
    // 8 bits: rounded up to even; 16 bits: the block is padded to four, and the section ends with it.
    let length = sink.count - infoStart - 4
    let padding = depth == 16 ? (4 - length % 4) % 4 : length % 2
    try sink.write([UInt8](repeating: 0, count: padding))
    try sink.rewrite(Bytes.big(length + (depth == 16 ? 0 : padding), 4), at: infoStart)
    if depth == 8 { try sink.write(Bytes.big(0, 4)) }
    try sink.rewrite(Bytes.big(sink.count - sectionStart - 4, 4), at: sectionStart)
    try write(merged.overWhite())
  }

  /// The flat picture: all row lengths of all channels come first.
  private mutating func write(_ merged: Picture) throws {
    try sink.write(Bytes.big(1, 2))
    let countsAt = sink.count
    try sink.write([UInt8](repeating: 0, count: 2 * 3 * size.height))
    let whole = Box(x: 0, y: 0, width: size.width, height: size.height)
    for channel in 0..<3 {
      let packed = PackedChannel(merged, channel: channel, in: whole)
      try sink.write(packed.bytes)
      try sink.rewrite(packed.counts.flatMap { Bytes.big($0, 2) }, at: countsAt + 2 * size.height * channel)
    }
  }

  /// A layer record with places for the box and the lengths.
  private static func record(named name: String, channels: [Int]) -> [UInt8] {
    var record = [UInt8](repeating: 0, count: 16) + Bytes.big(channels.count, 2)
    for channel in channels { record += Bytes.big(channel, 2) + Bytes.big(0, 4) }
    // Normal blending, opaque, not clipped, visible (bit 3: bit 4 means something).
    record += Array("8BIMnorm".utf8) + [255, 0, 8, 0]
    let ascii = name.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? UInt8($0.value) : UInt8(ascii: "_") }.prefix(
      255)
    var short = [UInt8(ascii.count)] + ascii
    while short.count % 4 != 0 { short.append(0) }
    let units = Array(name.utf16)
    var unicode = Bytes.big(units.count, 4) + units.flatMap { Bytes.big(Int($0), 2) }
    while unicode.count % 4 != 0 { unicode.append(0) }
    let extra =
      Bytes.big(0, 4) + Bytes.big(0, 4) + short + Array("8BIMluni".utf8) + Bytes.big(unicode.count, 4) + unicode
    return record + Bytes.big(extra.count, 4) + extra
  }

  private static func resources(of canvas: Picture) -> [UInt8] {
    func resource(_ id: Int, _ content: [UInt8]) -> [UInt8] {
      Array("8BIM".utf8) + Bytes.big(id, 2) + [0, 0] + Bytes.big(content.count, 4) + content
        + (content.count % 2 == 1 ? [0] : [])
    }
    var resources: [UInt8] = []
    if let density = canvas.density {
      // ResolutionInfo: 16.16 fixed point pixels per inch, shown per inch, sizes in inches.
      let perInch = [density.x, density.y].map { Int((Double($0) * 0.0254 * 65_536).rounded()) }
      resources += resource(
        1005,
        Bytes.big(perInch[0], 4) + Bytes.big(1, 2) + Bytes.big(1, 2) + Bytes.big(perInch[1], 4) + Bytes.big(1, 2)
          + Bytes.big(1, 2))
    }
    if let profile = canvas.profile { resources += resource(1039, profile) }
    return resources
  }
}
