import Imaging
import Model
import Storage

/// What is no layer over a plate: cut-outs where nothing else was wanted, and the picture in another aspect.
extension Deliverables {
  /// The cut-outs alone: no plate, no layered files, nothing to rebuild.
  func writeCutouts(to showing: inout Showing) throws {
    for step in job.layerSteps {
      guard let cutout = try cutout(of: step) else { continue }
      let name = "\(step.fileStem).cutout.png"
      try placeLayer(of: step)
      try face.write(name, try encodePNG(cutout.withSpelledProfile, preset: .compact))
      showing.add(step, cutout: cutout, files: ["\(step.fileStem).png", name], job: job)
    }
  }

  /// Whole pictures of their own, such as a REFRAME's.
  func writePictures(to showing: inout Showing) throws {
    for step in job.pictureSteps {
      guard let asset = step.outputAssetID.flatMap({ job.assets[$0] }) else { continue }
      let name = "\(step.fileStem).png"
      try placeLayer(of: step)
      let bytes = try workshop.store.read(asset, of: job.id)
      showing.add(
        step, picture: try decodePicture(bytes, limits: workshop.decodingLimits).picture, file: name, asset: asset)
    }
  }
}
