import Imaging
import Storage

/// The OpenRaster and the Photoshop file of a job, written side by side from the bottom up while the rebuild is painted.
struct LayeredFiles {
  /// What plate and layers come to, once everything is added.
  private(set) var rebuild: Rebuild
  /// The names of the files that were written.
  private(set) var written: [String] = []
  /// What could not be written, in a phrase each.
  private(set) var lost: [String] = []
  private let canvas: Picture
  private let names: [String]
  private let face: Face
  private let stem: String

  /// `canvas` gives size, depth, profile and density, and is the lowest layer; `names` are bottom first.
  init(of canvas: Picture, names: [String], face: Face, stem: String) throws {
    self.canvas = canvas
    self.names = names
    self.face = face
    self.stem = stem
    rebuild = Rebuild(plate: canvas)
  }

  /// Both files while they are open.
  struct Open {
    fileprivate var raster: OpenRaster
    fileprivate var photoshop: Photoshop?
    fileprivate var rebuild: Rebuild
    fileprivate let names: [String]
    fileprivate var added = 0

    /// What the next layer will be called.
    var nextName: String { names[added] }

    /// Adds the next layer, of the canvas's size; its PNG comes back for a file of its own.
    @discardableResult
    mutating func add(_ layer: Picture) throws -> [UInt8] {
      let png = try encodePNG(layer.withSpelledProfile, preset: .compact)
      try raster.add(names[added], png: png)
      try photoshop?.add(layer.at(depth: rebuild.picture.depth))
      rebuild.paint(layer)
      added += 1
      return png
    }
  }

  /// Opens both files, lets `fill` add as many layers as there are names, and completes them.
  mutating func write(_ fill: (inout Open) throws -> Void) throws {
    let fits = Photoshop.fits(canvas.size, depth: canvas.depth, layers: names.count)
    if !fits { lost.append("Photoshop file (the format ends at 30000 pixels a side and 2 GB)") }
    let (rasterName, photoshopName) = ("\(stem).ora", "\(stem).psd")
    var done: Rebuild?
    try face.write(rasterName) { rasterFile in
      if fits {
        try face.write(photoshopName) { photoshopFile in
          done = try fillBoth(rasterFile, photoshopFile, fill)
        }
      } else {
        done = try fillBoth(rasterFile, nil, fill)
      }
    }
    if let done { rebuild = done }
    written = [rasterName] + (fits ? [photoshopName] : [])
  }

  private func fillBoth(
    _ rasterFile: GrowingFile, _ photoshopFile: GrowingFile?, _ fill: (inout Open) throws -> Void
  ) throws -> Rebuild {
    // The plate is opaque, all others have transparency.
    let layers = names.enumerated().map { (name: $0.element, hasAlpha: $0.offset > 0) }
    var open = Open(
      raster: try OpenRaster(size: canvas.size, density: canvas.density, to: ByteSink(rasterFile)),
      photoshop: try photoshopFile.map { try Photoshop(like: canvas, layers: layers, to: ByteSink($0)) },
      rebuild: rebuild, names: names)
    try fill(&open)
    let merged = open.rebuild.picture
    try open.raster.finish(merged: merged, mergedPNG: try encodePNG(merged.withSpelledProfile, preset: .compact))
    try open.photoshop?.finish(merged: merged)
    return open.rebuild
  }
}

extension ByteSink {
  fileprivate init(_ file: GrowingFile) {
    self.init(append: { try file.append($0) }, patch: { try file.replace($0, at: $1) })
  }
}
