import Imaging
import Model
import Storage

/// What lies in `done/<face>/` (DESIGN section 7): layers, cut-outs, the plate, the dropped bytes, and the
/// manifest that lists them with their numbers.
struct Deliverables {
  let workshop: Workshop
  let job: Job
  let face: Face

  static let plateName = "90-plate.png"

  func write() throws {
    guard let source = job.source else { throw RunningError.assetMissing(job: job.id, asset: job.sourceImage) }
    try face.place(workshop.store.path(of: source, of: job.id), as: sourceName(source))
    let sourceFile = try decodePicture(workshop.store.read(source, of: job.id), limits: workshop.decodingLimits)
    var manifest = Manifest(
      job: job, sourceName: sourceName(source), file: sourceFile)
    var rebuild: [(Picture, Matte)] = []
    for step in job.layerSteps {
      guard let layer = try writeLayer(step, to: &manifest) else { continue }
      rebuild.append(layer)
    }
    let plate = try writePlate(to: &manifest)
    let proof = sourceFile.picture.rebuildError(plate: plate, layersFrontToBack: rebuild)
    manifest.rebuildPSNR = proof.psnr
    manifest.rebuildMaxError = proof.maxError
    try face.write("manifest.json", try manifest.encoded())
    try removeReviewFiles()
    try face.write("status.txt", Array(StatusText(job: job, current: nil).text.utf8))
  }

  private func sourceName(_ source: Asset) -> String {
    let suffix = source.path.split(separator: ".").last.map(String.init) ?? "png"
    return "source.\(suffix)"
  }

  /// Places the layer and its cut-out; the picture and matte come back for the proof by rebuilding.
  private func writeLayer(_ step: Step, to manifest: inout Manifest) throws -> (Picture, Matte)? {
    guard let asset = step.outputAssetID.flatMap({ job.assets[$0] }) else { return nil }
    let name = "\(step.fileStem).png"
    try face.place(workshop.store.path(of: asset, of: job.id), as: name)
    let layer = try decodePicture(workshop.store.read(asset, of: job.id), limits: workshop.decodingLimits).picture
    let matte: Matte
    if let stored = step.matteAssetID.flatMap({ job.assets[$0] }) {
      matte = try Matte(decoding: try workshop.store.read(stored, of: job.id))
    } else {
      matte = Matte(ofAnswer: layer)
    }
    let colours = try step.inputAssetID.flatMap { job.assets[$0] }.map { input in
      try decodePicture(workshop.store.read(input, of: job.id), limits: workshop.decodingLimits).picture
    }
    let isPainted = step.validation?.metrics["painted"] == .bool(true)
    let cutout = (isPainted ? layer : colours?.foregroundColours(under: matte) ?? layer).cutout(matte)
    let cutoutName = "\(step.fileStem).cutout.png"
    try face.write(cutoutName, try encodePNG(cutout, preset: .compact))
    manifest.add(step, target: job.target(of: step), files: [name, cutoutName], asset: asset)
    return (cutout, matte)
  }

  private func writePlate(to manifest: inout Manifest) throws -> Picture {
    let assetID = job.lastPlateAssetID
    guard let asset = job.assets[assetID] else { throw RunningError.assetMissing(job: job.id, asset: assetID) }
    let picture = try decodePicture(workshop.store.read(asset, of: job.id), limits: workshop.decodingLimits).picture
    if asset.kind == .source {
      try face.write(Self.plateName, try encodePNG(picture, preset: .compact))
    } else {
      try face.place(workshop.store.path(of: asset, of: job.id), as: Self.plateName)
    }
    let step = job.steps.last { $0.outputAssetID == assetID }
    manifest.setPlate(step, file: Self.plateName, asset: asset)
    return picture
  }

  /// Our review files go; whatever a person put there stays.
  private func removeReviewFiles() throws {
    let review = ReviewFiles(workshop: workshop, job: job, face: face)
    for step in job.steps {
      try review.clear(step, keepingPicture: job.layerSteps.contains { $0.id == step.id })
    }
    let original = job.source.map(sourceName)
    if original != "source.png", try face.identity("source.png") != nil { try face.remove("source.png") }
    if try face.identity(FaceRecord.fileName) != nil { try face.remove(FaceRecord.fileName) }
  }
}
