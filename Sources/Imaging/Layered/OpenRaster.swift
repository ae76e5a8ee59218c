/// Writes an OpenRaster file layer by layer, from the bottom up (specification 0.0.5 of freedesktop.org).
///
/// `mimetype` first and stored, `data/NN.png` a layer, `stack.xml`, `mergedimage.png` and a thumbnail.
package struct OpenRaster {
  private var zip = StoredZip()
  private var sink: ByteSink
  private let size: Size
  private let density: Picture.Density?
  /// Bottom first: the stack lists the topmost first.
  private var layers: [(name: String, path: String)] = []

  package init(size: Size, density: Picture.Density?, to sink: ByteSink) throws {
    self.size = size
    self.density = density
    self.sink = sink
    try zip.add("mimetype", Array("image/openraster".utf8), to: &self.sink)
  }

  /// Adds a layer of the whole canvas, above those before it; `png` is not interlaced.
  package mutating func add(_ name: String, png: [UInt8]) throws {
    let number = layers.count
    let path = "data/\(number < 10 ? "0" : "")\(number).png"
    try zip.add(path, png, to: &sink)
    layers.append((name, path))
  }

  /// Completes the file with the flat picture that programs without layers show.
  package mutating func finish(merged: Picture, mergedPNG: [UInt8]) throws {
    try zip.add("stack.xml", Array(stack.utf8), to: &sink)
    try zip.add("mergedimage.png", mergedPNG, to: &sink)
    let thumbnail = try encodePNG(merged.thumbnail(within: Size(width: 256, height: 256)), preset: .fast)
    try zip.add("Thumbnails/thumbnail.png", thumbnail, to: &sink)
    try zip.finish(to: &sink)
  }

  private var stack: String {
    // xres and yres are in pixels per inch.
    let resolution = density.map { density in
      let perInch = [density.x, density.y].map { Int((Double($0) * 0.0254).rounded()) }
      return " xres=\"\(perInch[0])\" yres=\"\(perInch[1])\""
    }
    let lines = layers.reversed().map { layer in
      "    <layer name=\"\(layer.name.inXML)\" src=\"\(layer.path)\" x=\"0\" y=\"0\" opacity=\"1.0\" "
        + "visibility=\"visible\" composite-op=\"svg:src-over\"/>"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <image version="0.0.3" w="\(size.width)" h="\(size.height)"\(resolution ?? "")>
        <stack>
      \(lines.joined(separator: "\n"))
        </stack>
      </image>

      """
  }
}

extension String {
  /// As the value of an XML or HTML attribute, or as text; control characters, which XML forbids, become spaces.
  package var inXML: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text += scalar.value < 32 || (0xFFFE...0xFFFF).contains(scalar.value) ? " " : String(scalar)
      }
    }
    return text
  }
}
