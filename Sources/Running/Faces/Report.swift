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
  private var plate: Picture?
  private var cards: [String] = []

  init(title: String, facts: String, summary: String) {
    self.title = title
    self.facts = facts
    self.summary = summary
  }

  /// Adds a picture's card after those before it, or at a place.
  mutating func add(_ picture: Picture, name: String, line: String, file: String, at place: Int? = nil) {
    if file == Deliverables.plateName { plate = picture.thumbnail(within: Self.large) }
    cards.insert(
      """
      <figure><a href="\(file.inHref)"><img alt="\(name.inXML)" src="\(Self.embedded(picture.thumbnail(within: Self.small)))"></a>
      <figcaption><b>\(name.inXML)</b><br>\(line.replacing("  ", with: " · ").inXML)</figcaption></figure>
      """, at: place ?? cards.count)
  }

  /// The page; `manifest` gives the numbers, the table of settings and what was lost.
  func html(_ manifest: Manifest) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <meta name="color-scheme" content="light dark"><title>\(title.inXML)</title><style>\(Self.style)</style></head><body>
    <h1>\(title.inXML)</h1><p class="faint">\(summary.inXML)</p>
    <div class="first">\(comparison)\(overview(manifest))</div>
    <h2>Front to back</h2><div class="cards">\(cards.joined(separator: "\n"))</div>
    <h2>How they were made</h2>\(table(manifest))
    </body></html>

    """
  }

  /// Source and plate under a slider, no higher than a screen shows.
  private var comparison: String {
    guard let source, let plate, source.size == plate.size else { return "" }
    let aspect = Double(source.width) / Double(source.height)
    return """
      <div class="compare"><div class="pair" style="aspect-ratio:\(source.width)/\(source.height);max-width:calc(66vh*\(aspect))">
      <img alt="Source" src="\(Self.embedded(source))">
      <img alt="Plate" class="top" src="\(Self.embedded(plate))">
      <input type="range" min="0" max="100" value="50" aria-label="Source or plate"
       oninput="this.previousElementSibling.style.clipPath='inset(0 0 0 '+this.value+'%)'"></div>
      <p class="faint">Left the source, right the plate: drag.</p></div>
      """
  }

  /// The numbers that matter, beside the picture.
  private func overview(_ manifest: Manifest) -> String {
    var rows = [("Source", facts.replacing("  ", with: " · ").inXML)]
    rows.append(("Layers", "\(manifest.layers.count)"))
    if let rebuild = manifest.rebuild {
      let words = rebuild.psnr == 100 ? "exact, every pixel" : "\((rebuild.psnr * 10).rounded() / 10) dB"
      let error = "largest error \((rebuild.maxError * 10).rounded() / 10) of 255"
      let mood = rebuild.psnr >= 45 ? "good" : "bad"
      rows.append(("Rebuild", "<b class=\"\(mood)\">\(words)</b><br><span class=\"faint\">\(error)</span>"))
    }
    if !manifest.notes.isEmpty { rows.append(("On reading", manifest.notes.map(\.inXML).joined(separator: "<br>"))) }
    let lost = manifest.lost.map(\.inXML).joined(separator: "<br>")
    rows.append(("Lost", manifest.lost.isEmpty ? "<b class=\"good\">nothing</b>" : "<b class=\"bad\">\(lost)</b>"))
    let files = manifest.layeredFiles + [Deliverables.sheetName, "manifest.json"]
    rows.append(("Files", files.map { "<a href=\"\($0.inHref)\">\($0.inXML)</a>" }.joined(separator: "<br>")))
    return "<dl>" + rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined() + "</dl>"
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

  /// A data URI: JPEG where the picture is opaque, PNG where it has transparency; empty if it cannot be encoded.
  private static func embedded(_ picture: Picture) -> String {
    let bytes = try? picture.hasAlpha ? encodePNG(picture, preset: .compact) : encodeJPEG(picture, quality: 85)
    let kind = picture.hasAlpha ? "png" : "jpeg"
    return bytes.map { "data:image/\(kind);base64,\(Data($0).base64EncodedString())" } ?? ""
  }

  private static let style = """
    :root{--ink:#222428;--faint:#6a6e76;--paper:#f7f7f5;--rule:#d6d6d2;--good:#0c8044;--bad:#c8102e;--link:#0b62a8}
    @media(prefers-color-scheme:dark){:root{--ink:#e8e8e6;--faint:#9a9ea6;--paper:#1c1d20;--rule:#3a3c42;--good:#4cc38a;
    --bad:#ff6b7d;--link:#6cb6ff}}
    body{font:16px/1.5 system-ui,sans-serif;max-width:1280px;margin:1.5em auto;padding:0 1em;color:var(--ink);
    background:var(--paper)}h1{margin:0;overflow-wrap:anywhere}h1+p{margin:0 0 1em}h2{margin-top:1.6em}
    .faint,dt,figcaption{color:var(--faint)}.good{color:var(--good)}.bad{color:var(--bad)}a{color:var(--link)}
    .first{display:flex;flex-wrap:wrap;gap:2em;align-items:flex-start}.compare{flex:3 1 480px}dl{flex:1 1 260px;margin:0;
    display:grid;grid-template-columns:auto 1fr;gap:.6em 1.2em}dd{margin:0;overflow-wrap:anywhere}
    .pair{position:relative;overflow:hidden;border:1px solid var(--rule)}.pair img{position:absolute;width:100%;height:100%}
    .pair .top{clip-path:inset(0 0 0 50%)}.pair input{position:absolute;bottom:8px;left:2%;width:96%}
    .compare p{margin:.3em 0 0}.cards{display:grid;gap:1.5em;grid-template-columns:repeat(auto-fill,minmax(220px,1fr))}
    figure{margin:0}figure img{width:100%;border:1px solid var(--rule);
    background:repeating-conic-gradient(#ccc 0 25%,#ececec 0 50%) 0 0/20px 20px}figcaption{font-size:14px}
    figcaption b{color:var(--ink)}table{border-collapse:collapse;width:100%;font-size:14px}
    td,th{text-align:left;padding:.3em .6em;vertical-align:top;border-bottom:1px solid var(--rule)}
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
