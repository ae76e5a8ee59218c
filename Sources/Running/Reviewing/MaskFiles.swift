import Imaging
import Model
import Storage

/// Finds the mask that a person left in a face, in whichever way they made it.
struct MaskFiles {
  let workshop: Workshop
  let job: Job
  let face: Face

  private static let suffixes = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "heic", "avif"]

  /// The mask for a step: the file that its edit file names, or the one dropped as `NN-slug.mask.png`, or what
  /// was painted on `source.png` itself. Nil if there is none; throws a refusal in words.
  func mask(for step: Step, _ request: EditRequest) throws -> MaskFile? {
    if case .file(let name) = request.mask { return try named(name) }
    if let name = try dropped(for: step) { return try named(name) }
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

  /// The newest file that bears the step's name and `mask`, in whatever letters a paint program writes it.
  private func dropped(for step: Step) throws -> String? {
    let names = Set(Self.suffixes.map { "\(step.fileStem).mask.\($0)".lowercased() })
    let found = try face.names().filter { names.contains($0.lowercased()) }
    guard found.count > 1 else { return found.first }
    let times = try found.map { (name: $0, modified: try face.identity($0)?.modified ?? 0) }
    return times.max { ($0.modified, $0.name) < ($1.modified, $1.name) }?.name
  }

  /// A picture that somebody put here and no step uses, most likely a mask with another name; nil if there is none.
  /// `used` are the names that edit files speak of.
  func stray(used: Set<String>) throws -> String? {
    let record = FaceRecord(face: face)
    let names = try face.names().sorted()
    return try names.first { name in
      let suffix = name.split(separator: ".").last?.lowercased() ?? ""
      guard Self.suffixes.contains(suffix) else { return false }
      let isSteps = job.steps.contains { name.lowercased().hasPrefix("\($0.fileStem).".lowercased()) }
      let isKept = name.hasPrefix(".") || name.hasPrefix("earlier.") || name.lowercased().hasPrefix("source.")
      return try !isSteps && !isKept && !used.contains(name) && !record.knows(name)
    }
  }

  /// The file of this name as a mask.
  func named(_ name: String) throws -> MaskFile {
    guard let bytes = try bytes(of: name) else {
      throw RunningError.notPossible(
        "There is no file \"\(name)\" in this folder yet. Put the mask here, or set mask: none.")
    }
    do {
      return MaskFile(bytes: try encodePNG(try mask(from: bytes)), fingerprint: Fingerprint.of(bytes))
    } catch let error as ImagingError {
      throw RunningError.notPossible("\(name): \(error)")
    }
  }

  /// The content of a picture file of a person's; a file too large to be taken is refused in words.
  func bytes(of name: String) throws -> [UInt8]? {
    let limit = workshop.settings.maxFileBytes
    if let size = try face.identity(name)?.size, size > limit {
      throw RunningError.notPossible(
        "\(name) has \(size / 1_000_000) MB; at most \(limit / 1_000_000) are read. Save it smaller.")
    }
    return try face.read(name, limit: limit)
  }

  private func mask(from bytes: [UInt8]) throws -> Mask { try Self.mask(from: bytes, workshop, job) }

  /// The mask that a painting means: black and white, on a transparent layer, or over a copy of the source.
  static func mask(from bytes: [UInt8], _ workshop: Workshop, _ job: Job) throws -> Mask {
    guard let asset = job.source else { throw RunningError.assetMissing(job: job.id, asset: job.sourceImage) }
    let size = Size(width: asset.width, height: asset.height)
    let painting = try workshop.decode(bytes)
    guard painting.picture.size == size else { throw ImagingError.maskSize(painting.picture.size, expected: size) }
    if painting.picture.isBlackAndWhite { return try Mask(painted: painting.picture, expecting: size) }
    let source = try workshop.decode(try workshop.store.read(asset, of: job.id)).picture
    return try Mask(paintedOver: source, painting) ?? Mask(painted: painting.picture, expecting: size)
  }

  /// Whether `source.png` is no longer what the service put there.
  private var isSourcePainted: Bool {
    get throws {
      let record = FaceRecord(face: face)
      return try record.knows("source.png") && face.identity("source.png") != nil && !record.isOurs("source.png")
    }
  }
}
