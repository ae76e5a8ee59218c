import Imaging
import Model

/// What people read about a finished job, gathered while its pictures pass by: the manifest, the contact sheet, the report.
///
/// Pictures pass by from the bottom up; people read them from the front: each goes before those beneath it.
struct Showing {
  var manifest: Manifest
  private(set) var sheet: ContactSheet
  private(set) var report: Report

  init(job: Job, sourceName: String, file: DecodedFile) {
    manifest = Manifest(job: job, sourceName: sourceName, file: file)
    let facts = file.facts
    sheet = ContactSheet(title: job.sourceName, subtitle: "\(facts)  \(job.plan?.sceneSummary ?? "")")
    sheet.add(file.picture, .init("Source", facts))
    report = Report(title: job.sourceName, facts: facts, summary: job.plan?.sceneSummary ?? "")
    report.source = file.picture.thumbnail(within: Report.large)
  }

  mutating func add(plate: Picture, step: Step?, as layer: String, file: String, asset: Asset) {
    manifest.setPlate(step, as: layer, file: file, asset: asset)
    let line = step == nil ? "The source: nothing was removed" : "What is behind the layers"
    sheet.add(plate, .init("Plate", line))
    report.add(plate, name: "Plate", line: line, file: file)
  }

  mutating func add(shadows: Picture, as layer: String, file: String) {
    let share = Double(shadows.visiblePixels) / Double(shadows.pixelCount)
    manifest.shadows = Manifest.Shadows(layer: layer, files: [file], share: share)
    let line = "\(share.asPercent) of picture  went with the objects"
    sheet.add(shadows, .init(layer, line), at: 1)
    report.add(shadows, name: layer, line: line, file: file, at: 0)
  }

  mutating func add(
    _ step: Step, as layer: String? = nil, cutout: Picture, files: [String], job: Job,
    ownPlate: Manifest.OwnPlate? = nil
  ) {
    guard let asset = step.outputAssetID.flatMap({ job.assets[$0] }) else { return }
    let name = job.layerName(of: step)
    manifest.add(
      step, as: layer, target: job.target(of: step), files: files, asset: asset, ownPlate: ownPlate)
    let passed = step.validation?.passed == true
    let line = step.validation?.line ?? ""
    sheet.add(cutout, .init("\(step.index.padded(to: 2)) \(name)", line, mood: passed ? .plain : .bad), at: 1)
    report.add(cutout, name: "\(step.index.padded(to: 2)) \(name)", line: line, file: files[1], at: 0)
  }

  /// A whole picture of its own, such as a REFRAME's.
  mutating func add(_ step: Step, picture: Picture, file: String, asset: Asset) {
    manifest.add(picture: step, file: file, asset: asset)
    let (title, line) = ("\(step.index.padded(to: 2)) \(step.name)", "\(picture.size)")
    sheet.add(picture, .init(title, line))
    report.add(picture, name: title, line: line, file: file)
  }

  mutating func add(_ proof: RebuildProof, differences: Picture) {
    manifest.rebuild = Manifest.Rebuild(proof, difference: Deliverables.differenceName)
    let line = proof.words
    let mood: ContactSheet.Mood = (proof.psnr ?? 100) >= 45 ? .good : .bad
    sheet.verdict = (proof.psnr.map { "rebuilt at \(($0 * 10).rounded() / 10) dB" } ?? "rebuilt exactly", mood)
    sheet.add(differences, .init("Rebuild, difference × 8", line, mood: mood))
    report.add(differences, name: "Rebuild, difference × 8", line: line, file: Deliverables.differenceName)
  }
}

extension DecodedFile {
  /// `4000 × 3000  16-bit  ICC profile  300 dpi`.
  fileprivate var facts: String {
    var facts = ["\(picture.size)", "\(max(8, sourceBitDepth))-bit \(format.words)"]
    if picture.profile != nil { facts.append("ICC profile") }
    if let density = picture.density { facts.append("\(Int((Double(density.x) * 0.0254).rounded())) dpi") }
    return facts.joined(separator: "  ")
  }
}

extension ValidationResult {
  /// `12.3% of the picture  white 100%`, and what was put right.
  fileprivate var line: String {
    var parts: [String] = []
    if let share = metrics["nonwhite_ratio"]?.double { parts.append("\(share.asPercent) of picture") }
    if let haze = metrics["off_white_pixels"]?.double {
      parts.append(haze == 0 ? "white exact" : "\(Int(haze)) off white")
    }
    if let x = metrics["corrected_shift_x"]?.double, let y = metrics["corrected_shift_y"]?.double {
      parts.append("moved back \(x), \(y) px")
    }
    if let drift = metrics["corrected_drift"]?.double { parts.append("colours put back \(drift) levels") }
    if !passed { parts.append("accepted by you") }
    return parts.joined(separator: "  ")
  }
}

extension Double {
  /// A share as people read it: `12.3%`, `less than 0.1%`.
  fileprivate var asPercent: String {
    self > 0 && self < 0.0005 ? "less than 0.1%" : "\((self * 1000).rounded() / 10)%"
  }
}

extension RebuildProof {
  fileprivate var words: String {
    guard let psnr else { return "Exact: every pixel is equal" }
    return "\((psnr * 10).rounded() / 10) dB  largest error \((maxError * 10).rounded() / 10) of 255"
  }
}

extension Job {
  /// What a layer is called in layer lists: what the plan says it shows.
  func layerName(of step: Step) -> String {
    let target = target(of: step)
    return target.isEmpty ? step.name : target
  }
}
