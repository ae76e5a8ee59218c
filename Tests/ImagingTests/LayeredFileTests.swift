import Imaging
import Testing

/// Bytes in memory that are appended to and patched.
private final class Memory {
  var bytes: [UInt8] = []

  var sink: ByteSink {
    ByteSink(append: { self.bytes += $0 }, patch: { self.bytes.replaceSubrange($1..<$1 + $0.count, with: $0) })
  }

  func big(_ at: Int, _ count: Int) -> Int { bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) } }
}

/// A canvas and two layers, one with holes and one at an edge.
private struct Painting {
  let plate: Picture
  let layers: [PaintedLayer]
  let merged: Picture

  init(depth: Int) {
    var plate = noise(50, 40, depth: depth, seed: 2)
    plate.profile = [UInt8](repeating: 7, count: 301)
    plate.density = Picture.Density(x: 11_811, y: 11_811)
    let top = noise(50, 40, depth: depth, seed: 3)
    func matte(_ alpha: (Int, Int) -> Int) -> Matte {
      Matte(width: 50, height: 40, alpha: (0..<2000).map { UInt8(alpha($0 % 50, $0 / 50)) })
    }
    layers = [
      PaintedLayer(
        name: "Boat", picture: top.cutout(matte { x, y in (10..<30).contains(x) && (5..<25).contains(y) ? x * 8 : 0 })),
      PaintedLayer(name: "Crème & <brûlée> 🍮", picture: top.cutout(matte { x, y in x > 40 && y > 30 ? 255 : 0 })),
      PaintedLayer(name: "Nothing", picture: top.cutout(matte { _, _ in 0 })),
    ]
    var rebuild = Rebuild(plate: plate)
    for layer in layers { rebuild.paint(layer.picture) }
    self.plate = plate
    merged = rebuild.picture
  }
}

@Suite struct LayeredFileTests {
  @Test(arguments: [8, 16])
  func `an OpenRaster file holds the layers as PNGs, topmost first in its stack`(depth: Int) throws {
    let (painting, memory) = (Painting(depth: depth), Memory())
    var file = try OpenRaster(size: painting.plate.size, density: painting.plate.density, to: memory.sink)
    try file.add("Plate", png: try encodePNG(painting.plate, preset: .fast))
    for layer in painting.layers { try file.add(layer.name, png: try encodePNG(layer.picture, preset: .fast)) }
    try file.finish(merged: painting.merged, mergedPNG: try encodePNG(painting.merged, preset: .fast))
    let entries = storedEntries(memory.bytes)
    #expect(entries.first?.name == "mimetype" && entries.first?.content == Array("image/openraster".utf8))
    #expect(Array(memory.bytes[38..<54]) == Array("image/openraster".utf8))
    let stack = String(decoding: try #require(entries.first { $0.name == "stack.xml" }).content, as: UTF8.self)
    let order = ["Nothing", "Crème &amp; &lt;brûlée&gt; 🍮", "Boat", "Plate"].map {
      stack.firstRange(of: "name=\"\($0)\"")
    }
    #expect(order.allSatisfy { $0 != nil })
    for (first, second) in zip(order, order.dropFirst()) {
      #expect(try #require(first).lowerBound < #require(second).lowerBound)
    }
    let boat = try #require(entries.first { $0.name == "data/01.png" })
    #expect(try decodePicture(boat.content).picture.samples == painting.layers[0].picture.samples)
    let thumbnail = try #require(entries.first { $0.name == "Thumbnails/thumbnail.png" })
    #expect(try decodePicture(thumbnail.content).picture.size == Size(width: 50, height: 40))
  }

  @Test(arguments: [8, 16])
  func `a Photoshop file gives every layer and the merged picture back, pixel by pixel`(depth: Int) throws {
    let (painting, memory) = (Painting(depth: depth), Memory())
    let layers = [(name: "Plate", hasAlpha: false)] + painting.layers.map { (name: $0.name, hasAlpha: true) }
    var file = try Photoshop(like: painting.plate, layers: layers, to: memory.sink)
    try file.add(painting.plate)
    for layer in painting.layers { try file.add(layer.picture) }
    try file.finish(merged: painting.merged)
    let reader = try PhotoshopReader(memory.bytes)
    #expect(reader.depth == depth && reader.size == painting.plate.size)
    #expect(reader.profile == painting.plate.profile)
    #expect(reader.pixelsPerInch == 300)
    #expect(reader.layers.map(\.name) == ["Plate"] + painting.layers.map(\.name))
    #expect(reader.merged == planes(painting.merged, alpha: false))
    #expect(reader.layers[0].planes == planes(painting.plate, alpha: false))
    for (read, layer) in zip(reader.layers.dropFirst(), painting.layers) {
      #expect(read.planes == planes(layer.picture, alpha: true), "\(layer.name)")
    }
    #expect(reader.layers[1].box == Box(x: 10, y: 5, width: 20, height: 20))
  }

  @Test func `the format's limits are known before anything is written`() {
    #expect(Photoshop.fits(Size(width: 4000, height: 3000), depth: 16, layers: 7))
    #expect(!Photoshop.fits(Size(width: 30_001, height: 10), depth: 8, layers: 1))
    #expect(!Photoshop.fits(Size(width: 12_000, height: 8000), depth: 16, layers: 7))
  }

  /// R, G, B (and A first, as the format has it) of the whole canvas, 8 or 16 bits; colours count only where visible.
  private func planes(_ picture: Picture, alpha: Bool) -> [[Int]] {
    let values: [Int] =
      switch picture.samples {
      case .eight(let samples): samples.map { Int($0) }
      case .sixteen(let samples): samples.map { Int($0) }
      }
    return (alpha ? [3, 0, 1, 2] : [0, 1, 2]).map { channel in
      (0..<picture.pixelCount).map { values[$0 * picture.channels + channel] }
    }
  }

  private func storedEntries(_ zip: [UInt8]) -> [(name: String, content: [UInt8])] {
    func little(_ at: Int, _ count: Int) -> Int { zip[at..<at + count].reversed().reduce(0) { $0 << 8 | Int($1) } }
    var entries: [(String, [UInt8])] = []
    var at = 0
    while little(at, 4) == 0x0403_4B50 {
      let (size, name) = (little(at + 22, 4), little(at + 26, 2))
      let start = at + 30 + name
      entries.append((String(decoding: zip[at + 30..<start], as: UTF8.self), Array(zip[start..<start + size])))
      #expect(UInt32(little(at + 14, 4)) == PNGFile.crc(Array(zip[start..<start + size])))
      at = start + size
    }
    return entries
  }
}

/// Reads back what `Photoshop` writes, by the specification and not by its code.
private struct PhotoshopReader {
  struct Layer {
    var name = ""
    var box = Box(x: 0, y: 0, width: 0, height: 0)
    var planes: [[Int]] = []
  }

  private let bytes: [UInt8]
  private(set) var size = Size(width: 0, height: 0)
  private(set) var depth = 0
  private(set) var profile: [UInt8]?
  private(set) var pixelsPerInch = 0
  private(set) var layers: [Layer] = []
  private(set) var merged: [[Int]] = []

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    #expect(Array(bytes[0..<6]) == Array("8BPS".utf8) + [0, 1])
    size = Size(width: big(18, 4), height: big(14, 4))
    depth = big(22, 2)
    let resourcesAt = 30
    readResources(resourcesAt + 4..<resourcesAt + 4 + big(resourcesAt, 4))
    let sectionAt = resourcesAt + 4 + big(resourcesAt, 4)
    let end = sectionAt + 4 + big(sectionAt, 4)
    if depth == 8 {
      #expect(big(sectionAt + 4, 4) % 2 == 0)
      readLayers(sectionAt + 8)
    } else {
      #expect(big(sectionAt + 4, 8) == 0)
      #expect(Array(bytes[sectionAt + 12..<sectionAt + 20]) == Array("8BIMLr16".utf8))
      #expect(end - (sectionAt + 24 + big(sectionAt + 20, 4)) < 4)
      readLayers(sectionAt + 24)
    }
    #expect(big(end, 2) == 1)
    var data = end + 2 + 2 * 3 * size.height
    for channel in 0..<3 {
      merged.append(channelRows(countsAt: end + 2 + 2 * size.height * channel, size.height, &data))
    }
    #expect(data == bytes.count)
  }

  private func big(_ at: Int, _ count: Int) -> Int { bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) } }

  private mutating func readResources(_ range: Range<Int>) {
    var at = range.lowerBound
    while at < range.upperBound {
      let (id, length) = (big(at + 4, 2), big(at + 8, 4))
      if id == 1039 { profile = Array(bytes[at + 12..<at + 12 + length]) }
      if id == 1005 { pixelsPerInch = Int((Double(big(at + 12, 4)) / 65_536).rounded()) }
      at += 12 + length + length % 2
    }
  }

  private mutating func readLayers(_ start: Int) {
    var at = start + 2
    var channels: [[Int]] = []
    for _ in 0..<big(start, 2) {
      var layer = Layer()
      layer.box = Box(
        x: big(at + 4, 4), y: big(at, 4), width: big(at + 12, 4) - big(at + 4, 4), height: big(at + 8, 4) - big(at, 4))
      let count = big(at + 16, 2)
      channels.append((0..<count).map { big(at + 18 + 6 * $0 + 2, 4) })
      at += 18 + 6 * count
      #expect(Array(bytes[at..<at + 8]) == Array("8BIMnorm".utf8))
      let (extra, length) = (at + 16, big(at + 12, 4))
      let short = extra + 8
      let unicode = short + (Int(bytes[short]) + 4) / 4 * 4
      #expect(Array(bytes[unicode..<unicode + 8]) == Array("8BIMluni".utf8))
      let units = (0..<big(unicode + 12, 4)).map { UInt16(big(unicode + 16 + 2 * $0, 2)) }
      layer.name = String(decoding: units, as: UTF16.self)
      at = extra + length
      layers.append(layer)
    }
    for index in layers.indices {
      for length in channels[index] {
        #expect(big(at, 2) == 1)
        let box = layers[index].box
        var data = at + 2 + 2 * box.height
        let rows = channelRows(countsAt: at + 2, box.height, &data)
        layers[index].planes.append(onCanvas(rows, box))
        at += length
        #expect(data == at)
      }
    }
  }

  private func onCanvas(_ values: [Int], _ box: Box) -> [Int] {
    var canvas = [Int](repeating: 0, count: size.width * size.height)
    for (index, value) in values.enumerated() {
      canvas[(box.y + index / box.width) * size.width + box.x + index % box.width] = value
    }
    return canvas
  }

  /// PackBits rows as samples.
  private func channelRows(countsAt: Int, _ rows: Int, _ data: inout Int) -> [Int] {
    var unpacked: [UInt8] = []
    for row in 0..<rows {
      let end = data + big(countsAt + 2 * row, 2)
      while data < end {
        let control = Int(Int8(bitPattern: bytes[data]))
        if control >= 0 {
          unpacked += bytes[data + 1...data + 1 + control]
          data += control + 2
        } else {
          unpacked += [UInt8](repeating: bytes[data + 1], count: 1 - control)
          data += 2
        }
      }
    }
    guard depth == 16 else { return unpacked.map { Int($0) } }
    return stride(from: 0, to: unpacked.count, by: 2).map { Int(unpacked[$0]) << 8 | Int(unpacked[$0 + 1]) }
  }
}
