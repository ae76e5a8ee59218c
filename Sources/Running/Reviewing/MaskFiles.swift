import Imaging
import Model
import Storage

/// Finds the mask that a person left in a face, in whichever way they made it.
struct MaskFiles {
  let workshop: Workshop
  let job: Job
  let face: Face

  private static let suffixes = ["png", "jpg", "jpeg", "webp"]

  /// The mask for a step: the file that its edit file names, or the one dropped as `NN-slug.mask.png`, or what
  /// was painted on `source.png` itself. Nil if there is none; throws a refusal in words.
  func mask(for step: Step, _ request: EditRequest) throws -> MaskFile? {
    if case .file(let name) = request.mask { return try named(name) }
    for suffix in Self.suffixes {
      let name = "\(step.fileStem).mask.\(suffix)"
      if try face.identity(name) != nil { return try named(name) }
    }
    guard try isSourcePainted else { return nil }
    let painted = try named("source.png")
    // Once it was used for one step it is not meant for the next that happens to wait alone.
    guard !job.steps.contains(where: { $0.id != step.id && $0.appliedMask == painted.fingerprint }) else { return nil }
    let waiting = job.steps.filter(\.needsPerson)
    guard waiting.count <= 1 else {
      guard step.id == waiting.first?.id else { return nil }
      throw RunningError.notPossible(
        "source.png was painted on, but \(waiting.count) steps wait here. Say which step it is for: save it as "
          + "\(step.fileStem).mask.png, or write mask: source.png into one edit file.")
    }
    return painted
  }

  /// The file of this name as a mask.
  func named(_ name: String) throws -> MaskFile {
    guard let bytes = try face.read(name, limit: workshop.settings.maxFileBytes) else {
      throw RunningError.notPossible(
        "There is no file \"\(name)\" in this folder yet. Put the mask here, or set mask: none.")
    }
    do {
      return MaskFile(bytes: try encodePNG(try mask(from: bytes)), fingerprint: Fingerprint.of(bytes))
    } catch let error as ImagingError {
      throw RunningError.notPossible("\(name): \(error)")
    }
  }

  private func mask(from bytes: [UInt8]) throws -> Mask { try Self.mask(from: bytes, workshop, job) }

  /// The mask that a painting means: black and white, on a transparent layer, or over a copy of the source.
  static func mask(from bytes: [UInt8], _ workshop: Workshop, _ job: Job) throws -> Mask {
    guard let asset = job.source else { throw RunningError.assetMissing(job: job.id, asset: job.sourceImage) }
    let size = Size(width: asset.width, height: asset.height)
    let painting = try decodePicture(bytes, limits: workshop.decodingLimits)
    guard painting.picture.size == size else { throw ImagingError.maskSize(painting.picture.size, expected: size) }
    if painting.picture.isBlackAndWhite { return try Mask(decoding: bytes, expecting: size) }
    let source = try decodePicture(try workshop.store.read(asset, of: job.id), limits: workshop.decodingLimits).picture
    return try Mask(paintedOver: source, painting) ?? Mask(decoding: bytes, expecting: size)
  }

  /// Whether `source.png` is no longer what the service put there.
  private var isSourcePainted: Bool {
    get throws {
      let record = FaceRecord(face: face)
      return try record.knows("source.png") && face.identity("source.png") != nil && !record.isOurs("source.png")
    }
  }
}
