import FoundationEssentials
import Imaging
import Model

/// `report.html`: one self-contained page that opens from the file manager, without network and without scripts from
/// elsewhere. Before and after under a slider, then every picture with its numbers, linked to the files beside it.
struct Report {
  static let large = Size(width: 1280, height: 960)
  private static let small = Size(width: 640, height: 480)

  private let title: String
  private let facts: String
  private let summary: String
  var source: Picture?
  var rebuilt: Picture?
  private var plate: Picture?
  private var cards: [String] = []

  init(title: String, facts: String, summary: String) {
    self.title = title
    self.facts = facts
    self.summary = summary
  }

  mutating func add(_ picture: Picture, name: String, line: String, file: String) {
    if file == Deliverables.plateName { plate = picture.thumbnail(within: Self.large) }
    cards.append(
      """
      <figure><a href="\(file.inXML)"><img alt="\(name.inXML)" src="\(Self.embedded(picture.thumbnail(within: Self.small)))"></a>
      <figcaption><b>\(name.inXML)</b><br>\(line.inXML)</figcaption></figure>
      """)
  }

  /// The page; `manifest` gives the table of settings and what was lost.
  func html(_ manifest: Manifest) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>\(title.inXML)</title><style>\(Self.style)</style></head><body>
    <h1>\(title.inXML)</h1><p class="facts">\(facts.inXML)</p><p>\(summary.inXML)</p>
    \(comparison)
    <h2>Pictures</h2><div class="cards">\(cards.joined(separator: "\n"))</div>
    <h2>Layers</h2>\(table(manifest))
    \(list("Put right on reading", manifest.notes))\(list("Lost", manifest.lost))
    <p class="facts">Files: \(manifest.layeredFiles.map { "<a href=\"\($0.inHref)\">\($0.inXML)</a>" }.joined(separator: ", ")),
    <a href="manifest.json">manifest.json</a></p>
    </body></html>

    """
  }

  private var comparison: String {
    guard let source, let plate, source.size == plate.size else { return "" }
    return """
      <h2>Before and after</h2>
      <div class="pair" style="aspect-ratio:\(source.width)/\(source.height)"><img alt="Source" src="\(Self.embedded(source))">
      <img alt="Plate" class="top" src="\(Self.embedded(plate))">
      <input type="range" min="0" max="100" value="50" aria-label="Source or plate"
       oninput="this.previousElementSibling.style.clipPath='inset(0 0 0 '+this.value+'%)'"></div>
      <p class="facts">Left: the source. Right: the plate. Drag to compare.</p>
      """
  }

  private func table(_ manifest: Manifest) -> String {
    let rows = manifest.layers.map { layer in
      let share = layer.metrics["nonwhite_ratio"]?.double.map { "\(($0 * 1000).rounded() / 10)%" } ?? ""
      return "<tr><td>\(layer.name.inXML)</td><td>\(share)</td><td>\((layer.provider ?? "").inXML)</td>"
        + "<td>\((layer.model ?? "").inXML)</td><td>\((layer.prompt ?? "").inXML)</td></tr>"
    }
    return "<table><tr><th>Layer</th><th>Of picture</th><th>Service</th><th>Model</th><th>Prompt</th></tr>"
      + rows.joined() + "</table>"
  }

  private func list(_ title: String, _ lines: [String]) -> String {
    lines.isEmpty ? "" : "<h2>\(title)</h2><ul>" + lines.map { "<li>\($0.inXML)</li>" }.joined() + "</ul>"
  }

  /// A data URI: JPEG where the picture is opaque, PNG where it has transparency; empty if it cannot be encoded.
  private static func embedded(_ picture: Picture) -> String {
    let bytes = try? picture.hasAlpha ? encodePNG(picture, preset: .compact) : encodeJPEG(picture, quality: 85)
    let kind = picture.hasAlpha ? "png" : "jpeg"
    return bytes.map { "data:image/\(kind);base64,\(Data($0).base64EncodedString())" } ?? ""
  }

  private static let style = """
    body{font:16px/1.5 system-ui,sans-serif;max-width:1280px;margin:2em auto;padding:0 1em;color:#222428;background:#f7f7f5}
    h1{margin-bottom:0}h2{margin-top:1.6em}.facts{color:#6a6e76}.cards{display:grid;gap:1.5em;
    grid-template-columns:repeat(auto-fill,minmax(280px,1fr))}figure{margin:0}figure img{width:100%;border:1px solid #d6d6d2;
    background:repeating-conic-gradient(#ccc 0 25%,#ececec 0 50%) 0 0/20px 20px}figcaption{color:#6a6e76;font-size:14px}
    figcaption b{color:#222428}.pair{position:relative;overflow:hidden;border:1px solid #d6d6d2}.pair img{position:absolute;
    width:100%;height:100%}.pair .top{clip-path:inset(0 0 0 50%)}.pair input{position:absolute;bottom:8px;left:2%;width:96%}
    table{border-collapse:collapse;width:100%;font-size:14px}td,th{text-align:left;padding:.3em .6em;vertical-align:top;
    border-bottom:1px solid #d6d6d2}a{color:#0b62a8}
    """
}

extension String {
  /// As a relative link: everything but letters, digits and a few signs percent-encoded.
  fileprivate var inHref: String {
    let safe = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF")
    return utf8.reduce(into: "./") { link, byte in
      link += safe.contains(byte) ? String(UnicodeScalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
  }
}
