import Imaging
import Model
import Storage

/// What lies in `done/<face>/` (DESIGN section 7): the dropped bytes, layers, cut-outs and plate, the layered files, the
/// proof by rebuilding, the contact sheet, the report, and the manifest that lists them with their numbers.
///
/// Pictures are painted from the bottom up, one held at a time: memory does not grow with the number of layers.
struct Deliverables {
  let workshop: Workshop
  let job: Job
  let face: Face

  static let plateName = "90-plate.png"
  private static let plateLayer = "Plate"
  static let shadowsName = "shadows.png"
  static let differenceName = "rebuild-difference.png"
  static let sheetName = "contact-sheet.png"
  static let reportName = "report.html"
  private static let manifestName = "manifest.json"
  static let statusName = "status.txt"

  /// What the files of all layers together are named after.
  private static func stem(of job: Job) -> String { String(job.face.dropLast(10)) }

  /// The names that belong to the whole job, whichever of them there are; those of its steps begin with their number.
  static func wholeNames(of job: Job) -> [String] {
    let stem = stem(of: job)
    return [
      plateName, shadowsName, differenceName, sheetName, reportName, manifestName, statusName, "\(stem).ora",
      "\(stem).psd",
    ]
  }

  func write() throws {
    guard let sourceAsset = job.source else { throw RunningError.assetMissing(job: job.id, asset: job.sourceImage) }
    let sourceName = sourceName(sourceAsset)
    // Before the source takes the place of the one to paint on: over it, it would pass for painted.
    try removeReviewFiles()
    try face.place(workshop.store.path(of: sourceAsset, of: job.id), as: sourceName)
    let file = try workshop.decode(workshop.store.read(sourceAsset, of: job.id))
    var showing = Showing(job: job, sourceName: sourceName, file: file)
    switch job.planWishes.goal ?? .layers {
    case .layers: try writeLayers(of: file.picture, to: &showing)
    case .cutout, .reframe: try writeCutouts(to: &showing)
    }
    try writePictures(to: &showing)
    try face.write(Self.sheetName, try encodePNG(showing.sheet.drawn(), preset: .compact))
    try face.write(Self.reportName, Array(showing.report.html(showing.manifest).utf8))
    try face.write(Self.manifestName, try showing.manifest.encoded())
    try face.write(Self.statusName, Array(StatusText(job: job, current: nil).text.utf8))
  }

  private func sourceName(_ source: Asset) -> String {
    let suffix = source.path.split(separator: ".").last.map(String.init) ?? "png"
    return "source.\(suffix)"
  }

  private func writeLayers(of source: Picture, to showing: inout Showing) throws {
    let plate = try writePlate(to: &showing)
    let layers = job.layerSteps
    let shadows = plate.size == source.size ? try shadows(of: source, over: plate, beneath: layers) : nil
    let names = UniqueNames(
      [Self.plateLayer] + (shadows == nil ? [] : ["Shadows"]) + layers.reversed().map { job.layerName(of: $0) })
    var painted = try LayeredFiles(of: plate.like(source), names: names.values, face: face, stem: Self.stem(of: job))
    // Nested so that both files are whole or not there, and neither is held in memory.
    try painted.write { files in
      try files.add(plate.overWhite())
      if let shadows {
        showing.add(shadows: shadows, as: files.nextName, file: Self.shadowsName)
        try face.write(Self.shadowsName, try files.add(shadows))
      }
      for step in layers.reversed() {
        guard let cutout = try cutout(of: step) else { continue }
        let (name, layer) = ("\(step.fileStem).cutout.png", files.nextName)
        try placeLayer(of: step)
        try face.write(name, try files.add(cutout))
        showing.add(
          step, as: layer, cutout: cutout, files: ["\(step.fileStem).png", name], job: job,
          ownPlate: try placeOwnPlate(of: step))
      }
    }
    showing.manifest.layeredFiles = painted.written
    showing.manifest.lost += painted.lost
    try prove(painted.rebuild, source, &showing)
  }

  /// Layers over the plate against the source: the numbers, and a picture of where they differ.
  private func prove(_ rebuild: Rebuild, _ source: Picture, _ showing: inout Showing) throws {
    let proof = rebuild.proof(against: source)
    let differences = rebuild.differences(from: source)
    try face.write(Self.differenceName, try encodePNG(differences, preset: .compact))
    showing.add(proof, differences: differences)
  }

  /// What neither the layers nor the plate show; nil where nothing is missing.
  private func shadows(of source: Picture, over plate: Picture, beneath layers: [Step]) throws -> Picture? {
    var covered = Matte(nothingOf: source.size)
    var shown = Rebuild(black: source)
    for step in layers.reversed() {
      guard let cutout = try cutout(of: step), cutout.size == source.size else { continue }
      covered.add(Matte(width: cutout.width, height: cutout.height, alpha: cutout.alphaChannel()))
      shown.paint(cutout)
    }
    return source.remainder(over: plate, beneath: shown.picture, covered: covered)
  }

  private func matte(of step: Step) throws -> Matte? {
    guard let stored = step.matteAssetID.flatMap({ job.assets[$0] }) else { return nil }
    return try Matte(decoding: try workshop.store.read(stored, of: job.id), limits: workshop.decodingLimits)
  }

  /// Places the picture of a step as it lies in the body.
  func placeLayer(of step: Step) throws {
    guard let asset = step.outputAssetID.flatMap({ job.assets[$0] }) else { return }
    try face.place(workshop.store.path(of: asset, of: job.id), as: "\(step.fileStem).png")
  }

  /// The layer with alpha.
  func cutout(of step: Step) throws -> Picture? {
    guard let asset = step.outputAssetID.flatMap({ job.assets[$0] }) else { return nil }
    let layer = try decodePicture(workshop.store.read(asset, of: job.id), limits: workshop.decodingLimits).picture
    let matte = try matte(of: step)
    return layer.overWhite().withoutWhite(matte.flatMap { $0.size == layer.size ? $0 : nil } ?? Matte(ofAnswer: layer))
  }

  /// Places the plate that was made for this layer alone, if one was.
  private func placeOwnPlate(of step: Step) throws -> Manifest.OwnPlate? {
    guard let asset = step.inputAssetID.flatMap({ job.assets[$0] }), asset.kind == .plate, asset.stepID == step.id
    else { return nil }
    let name = "\(step.fileStem).plate.png"
    try face.place(workshop.store.path(of: asset, of: job.id), as: name)
    return Manifest.OwnPlate(file: name, prompt: step.plateFirst?.prompt)
  }

  private func writePlate(to showing: inout Showing) throws -> Picture {
    let assetID = job.lastPlateAssetID
    guard let asset = job.assets[assetID] else { throw RunningError.assetMissing(job: job.id, asset: assetID) }
    let picture = try decodePicture(workshop.store.read(asset, of: job.id), limits: workshop.decodingLimits).picture
    if asset.kind == .source {
      try face.write(Self.plateName, try encodePNG(picture, preset: .compact))
    } else {
      try face.place(workshop.store.path(of: asset, of: job.id), as: Self.plateName)
    }
    showing.add(
      plate: picture, step: job.steps.last { $0.outputAssetID == assetID }, as: Self.plateLayer, file: Self.plateName,
      asset: asset)
    return picture
  }

  /// Our review files go; whatever a person put there stays.
  private func removeReviewFiles() throws {
    let review = ReviewFiles(workshop: workshop, job: job, face: face)
    for step in job.steps {
      try review.clear(step, keepingPicture: (job.layerSteps + job.pictureSteps).contains { $0.id == step.id })
    }
    let original = job.source.map(sourceName)
    if original != "source.png", try face.identity("source.png") != nil { try face.remove("source.png") }
    if try face.identity(FaceRecord.fileName) != nil { try face.remove(FaceRecord.fileName) }
  }
}

/// Names as layer lists show them, each once: After Effects and others tell layers apart by name alone.
struct UniqueNames {
  private(set) var values: [String] = []

  init(_ names: [String]) {
    for name in names {
      let base = name.isEmpty ? "Layer" : name
      var unique = base
      var number = 2
      while values.contains(unique) {
        unique = "\(base) \(number)"
        number += 1
      }
      values.append(unique)
    }
  }
}
