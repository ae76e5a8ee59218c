import Model
import Storage
import SystemPackage

/// The preset file of one picture, `<full file name>.yaml`, dropped before, with or after it.
extension Intake {
  /// Whether the name is that of a picture's own preset file.
  static func isSidecar(_ path: FilePath) -> Bool {
    guard let picture = picturePath(ofSidecar: path), let suffix = picture.extension?.lowercased() else { return false }
    return ["png", "jpg", "jpeg", "webp", "tif", "tiff", "heic", "heif", "avif"].contains(suffix)
  }

  private static func picturePath(ofSidecar path: FilePath) -> FilePath? {
    guard let suffix = path.extension?.lowercased(), ["yaml", "yml"].contains(suffix) else { return nil }
    var picture = path
    picture.extension = nil
    return picture
  }

  /// Moves the file that lies beside the picture into the job's face, where planning reads it.
  func bringSidecar(of picture: FilePath, to job: Job) throws {
    guard let name = picture.lastComponent?.string else { return }
    for suffix in ["yaml", "yml"] {
      let path = picture.removingLastComponent().appending("\(name).\(suffix)")
      guard let drop = try workshop.store.drop(at: path), drop.identity.size > 0 else { continue }
      try workshop.store.moveIn(path, to: job, as: job.sidecarName)
    }
  }

  /// The text of the file that lies beside the picture; throws what is wrong in it.
  func textOfSidecar(of picture: FilePath) throws -> String? {
    guard let name = picture.lastComponent?.string else { return nil }
    for suffix in ["yaml", "yml"] {
      let path = picture.removingLastComponent().appending("\(name).\(suffix)")
      guard let bytes = try workshop.store.readDrop(path, limit: SettingsFile.sizeLimit), !bytes.isEmpty else {
        continue
      }
      _ = try Preset.read(bytes, named: "\(name).\(suffix)")
      return PersonText.decode(bytes)
    }
    return nil
  }

  /// A preset file without its picture beside it: it belongs to a job that was taken a moment ago, or it waits.
  func takeSidecar(_ drop: Drop, unchangedFor: Double) throws -> Outcome {
    guard let picture = Self.picturePath(ofSidecar: drop.path), drop.identity.size > 0 else { return .notYet }
    if try workshop.store.drop(at: picture) != nil { return .gone }
    let origin = Origin(of: picture, in: workshop.store.layout.inbox, presets: workshop.presets)
    let recent = Timestamp(milliseconds: Timestamp.now.milliseconds - Self.sidecarReach)
    let name = picture.lastComponent?.string ?? ""
    let owner = try workshop.store.jobs(shownAs: origin.faceStem(ofFileNamed: name)).last { job in
      job.sourceName == name && job.createdAt > recent && job.metadata["group"]?.text == origin.group
        && job.preset == origin.preset
    }
    guard let owner else {
      return unchangedFor < workshop.settings.incompleteTimeout ? .notYet : .gone
    }
    try workshop.store.moveIn(drop.path, to: owner, as: owner.sidecarName)
    let job = try workshop.book.update(owner.id, message: "Planned again with \(owner.sidecarName).") { job in
      job.metadata["replan"] = true
      if job.isSettled { job.status = .idle }
    }
    try Faces(workshop: workshop).showProgress(of: job, step: nil)
    workshop.store.enqueue(owner.id)
    return .job(job)
  }

  /// How long after its picture a preset file is still taken for that job, in milliseconds.
  private static let sidecarReach: Int64 = 3_600_000
}

/// What a drop's place in the inbox says of it.
struct Origin {
  /// The first folder below the inbox, if there is a preset of that name.
  var preset: String?
  /// The other folders, which only group: `holiday/day 1`.
  var group: String?

  init(of path: FilePath, in inbox: FilePath, presets: PresetFolder) {
    var relative = path.removingLastComponent()
    guard relative.removePrefix(inbox) else { return }
    var folders = relative.components.map(\.string)
    if let first = folders.first, presets.has(first) {
      preset = first
      folders.removeFirst()
    }
    if !folders.isEmpty { group = folders.joined(separator: "/") }
  }

  /// What the face of a picture from here is named after.
  func faceStem(ofFileNamed name: String) -> String {
    [group?.replacing("/", with: "-"), FaceName.stem(ofFileNamed: name)].compactMap { $0 }.joined(separator: "-")
  }
}
