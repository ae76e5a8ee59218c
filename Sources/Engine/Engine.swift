package import Imaging

/// The embedded engine: finds what stands out, cuts it out, and fills the hole; offline, on the CPU.
///
/// Every function is synchronous and heavy (tenths of a second to seconds); call it on a `BlockingPool`. All
/// may be called from several threads.
package final class Engine: Sendable {
  package let files: EngineFiles
  let salience: Salience

  /// The longer side at which objects are looked for and mattes refined, in pixels.
  static let workingSide = 1024

  /// `patience` is for how many seconds without a picture the network stays in memory.
  package init(files: EngineFiles, patience: Double = 60) {
    self.files = files
    salience = Salience(files: files, patience: patience)
  }

  /// `u2netp` or the model file's name; `classic` without a network.
  package var modelName: String {
    guard files.isComplete, let model = files.model else { return "classic" }
    let name = model.split(separator: "/").last.map(String.init) ?? model
    return name.hasSuffix(".onnx") ? String(name.dropLast(5)) : name
  }

  /// What stands out, front to back; empty where nothing does. A lamp that is white all over is left where it is: on the
  /// white of a layer there would be nothing to see.
  package func findObjects(in picture: Picture, limit: Int = 12) throws(EngineError) -> [FoundObject] {
    let full = RGB(picture)
    defer { salience.makeRoom(for: full.size) }
    let work = try full.fitted(to: Self.workingSide)
    guard let alpha = try foreground(of: work, in: full.size) else { return [] }
    let isPlain = PlainSeparation(work) != nil
    var finder = ObjectFinder(full: full, work: work)
    if isPlain { finder.smallestShare = Splitting.plainSmallestShare }
    let found = try finder.objects(in: alpha, limit: limit) { (boxes) throws(EngineError) in
      defer { salience.makeRoom(for: full.size) }
      return try salience.looks(boxes.count, in: full.size) { (number) throws(EngineError) in
        // On plain backgrounds the first look is exact; of what fills the picture there is no closer one.
        guard !isPlain, let box = boxes[number] else { return nil }
        let around = ObjectFinder.surroundings(of: box, in: work.size)
        guard around.width * around.height < work.width * work.height / 2 else { return nil }
        return try salience.map(of: work.cropped(to: around))?.resized(width: around.width, height: around.height)
      }
    }
    return found.filter { full.hasColour(in: $0.solid) }
  }

  /// The objects that a person marked: each connected region of the mask is one.
  package func objects(markedBy mask: Mask, in picture: Picture) throws(EngineError) -> [FoundObject] {
    let full = RGB(picture)
    let work = try full.fitted(to: Self.workingSide)
    let marked = try Plane(mask.values, mask.size).resized(width: work.width, height: work.height)
    return try ObjectFinder(full: full, work: work).objects(in: marked, limit: 20, splitting: false)
  }

  /// The matte of the object that the mask marks, or of all that stands out.
  ///
  /// `attempt` 0, 1, 2, … are different recipes: the whole picture, a closer look at the mask's surroundings,
  /// the mask's own edge snapped to the picture. With a mask nothing outside it is kept, and there always is
  /// a matte: where the engine sees nothing, the mask itself.
  package func matte(in picture: Picture, within mask: Mask?, attempt: Int) throws(EngineError) -> Matte {
    let full = RGB(picture)
    defer { salience.makeRoom(for: full.size) }
    let maker = MatteMaker(engine: self, full: full, work: try full.fitted(to: Self.workingSide))
    guard let mask else { return try maker.everything(closeUp: attempt % 2 == 1) }
    return try maker.matte(within: mask, recipe: attempt % 3)
  }

  /// The mask grown over the object's soft edge and, on plain backgrounds, over its shadow: what a plate
  /// must replace. It does not grow over `others`, the objects that are still to stay.
  package func growOverShadow(
    _ mask: Mask, in picture: Picture, besides others: Mask? = nil
  ) throws(EngineError) -> Mask {
    try ShadowGrowth(picture: RGB(picture), others: others).grown(mask)
  }

  /// The picture with the hole filled from its surroundings; bit-equal outside. 8 bits inside the hole.
  ///
  /// `foreign` marks what is no background either, such as the objects that are still there: the fill neither
  /// copies it nor is led by it. Another attempt gives another, equally likely texture.
  package func fill(
    _ picture: Picture, hole: Mask, besides foreign: Mask? = nil, attempt: Int
  ) throws(EngineError) -> Picture {
    guard let box = hole.bounds else { return picture.overWhite() }
    let filling = HoleFilling(
      picture: RGB(picture), hole: hole, box: box, foreign: foreign, seed: UInt64(max(0, attempt)))
    let filled = try filling.filled()
    let fill = Picture(width: picture.width, height: picture.height, channels: 3, samples: .eight(filled.values))
    return picture.plate(filledFrom: fill, in: hole)
  }

  /// The picture on a canvas of another aspect (width over height), filled outwards; its own pixels stay as they
  /// are, in the middle. The same picture where it has the aspect already.
  package func reframe(_ picture: Picture, to aspect: Double, attempt: Int) throws(EngineError) -> Picture {
    let (canvas, hole) = Reframing(picture: picture, aspect: aspect).canvas()
    return try fill(canvas, hole: hole, attempt: attempt)
  }

  // MARK: - What stands out

  /// How much each pixel of `work` belongs to something that stands out, 0...1; nil where nothing does. It is of a picture
  /// of size `full`.
  func foreground(of work: RGB, in full: Size) throws(EngineError) -> Plane? {
    if let plain = PlainSeparation(work) {
      return plain.foreground(besides: try salience.map(of: work)?.resized(width: work.width, height: work.height))
    }
    return try salience.mapFromBothSides(of: work, in: full)?.resized(width: work.width, height: work.height)
  }
}

/// One thing that stands out.
package struct FoundObject: Sendable {
  package init(name: String, matte: Matte, solid: Mask, region: Mask, box: Box, share: Double) {
    (self.name, self.matte, self.solid, self.region) = (name, matte, solid, region)
    (self.box, self.share) = (box, share)
  }

  /// Colour and place in plain words, unique within the picture.
  package var name: String
  /// Soft, of the picture's size.
  package var matte: Matte
  /// Where the matte is at least half.
  package var solid: Mask
  /// Generous: covers the whole soft matte and a few pixels more.
  package var region: Mask
  package var box: Box
  /// Of the picture, 0...1.
  package var share: Double
}
