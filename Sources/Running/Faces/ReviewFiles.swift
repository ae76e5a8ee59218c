import ImageServices
import Imaging
package import Model
import Storage

/// What lies in `review/<face>/`: for each step that needs a person the best candidate, the marked-up
/// problems, the edit file and the status; and the upright source to paint a mask on.
struct ReviewFiles {
  let workshop: Workshop
  let job: Job
  let face: Face

  func write() throws {
    try writeSource()
    for step in job.steps {
      if step.needsPerson {
        try write(step)
      } else {
        try clear(step)
      }
    }
  }

  private func writeSource() throws {
    guard try face.identity("source.png") == nil, let source = job.source else { return }
    do {
      let picture = try workshop.decode(workshop.store.read(source, of: job.id)).picture
      try face.write("source.png", try encodePNG(picture, preset: .fast))
      try FaceRecord(face: face).remember("source.png")
    } catch is ImagingError {
      // Where this very picture is what cannot be read, the reason has to come to the person all the same.
    }
  }

  private func write(_ step: Step) throws {
    if let output = step.outputAssetID.flatMap({ job.assets[$0] }) {
      try place(output, as: "\(step.fileStem).png")
      try writeProblems(of: step, output: output)
      try writeTries(of: step)
    }
    try writeEditFile(of: step)
    try writeStatus(of: step, standing(of: step))
  }

  /// How the step stands, for its status file.
  func standing(of step: Step) -> String {
    let reason = step.reason ?? step.validation?.notes ?? "This step needs you."
    guard job.status == .cancelled else { return reason }
    return "The job is cancelled; what was made stays. Another action than stop, saved here, goes on with it.\n"
      + reason
  }

  /// Puts the candidate there unless it already is, or a person has painted over it since it was.
  private func place(_ asset: Asset, as name: String) throws {
    let record = FaceRecord(face: face)
    guard try record.mayReplace(name) else { return }
    try face.place(workshop.store.path(of: asset, of: job.id), as: name)
    try record.remember(name)
  }

  private func writeProblems(of step: Step, output: Asset) throws {
    let name = "\(step.fileStem).problems.png"
    let record = FaceRecord(face: face)
    let origin = Fingerprint.of("\(output.id) \(step.matteAssetID ?? "") \(step.validation?.notes ?? "")")
    if try record.isDrawn(name, from: origin) { return }
    guard let drawing = try workshop.problems(of: step, of: job) else { return }
    try face.write(name, drawing)
    try record.noteDrawn(name, from: origin)
  }

  /// Several tries side by side, with the numbers by which `try:` picks one.
  private func writeTries(of step: Step) throws {
    guard step.outputsHistory.count > 1 else { return }
    let name = "\(step.fileStem).tries.png"
    let record = FaceRecord(face: face)
    let origin = Fingerprint.of("\(step.outputsHistory.map(\.assetID)) \(step.outputAssetID ?? "")")
    if try record.isDrawn(name, from: origin) { return }
    let shown = step.outputsHistory.enumerated().suffix(TriesSheet.mostShown)
    let tries = shown.compactMap { index, output -> TriesSheet.Entry? in
      guard let asset = job.assets[output.assetID], let bytes = try? workshop.store.read(asset, of: job.id),
        let picture = try? decodePicture(bytes, limits: workshop.decodingLimits).picture
      else { return nil }
      return TriesSheet.Entry(
        number: index + 1, picture: picture, score: output.score, notes: output.notes,
        isChosen: output.assetID == step.outputAssetID)
    }
    try face.write(name, try encodePNG(TriesSheet(tries).picture, preset: .fast))
    try record.noteDrawn(name, from: origin)
  }

  /// A person's edit file is never rewritten: a new one is written only where there is none, or where the
  /// one there is still ours, untouched.
  private func writeEditFile(of step: Step) throws {
    let name = "\(step.fileStem).yaml"
    let record = FaceRecord(face: face)
    guard try record.mayReplace(name) else { return }
    let reason = step.reason ?? step.validation?.notes ?? "The step did not give a usable picture."
    let kind = step.runAs ?? step.type
    let able = workshop.preferred.filter { $0.offers(kind, hasMask: step.maskMode != .none) }.map(\.name)
    let header = EditFile.Header(
      sourceName: job.sourceName, stepCount: job.steps.count, reason: reason, providers: able)
    try face.write(name, Array(EditFile.write(step, header: header).utf8))
    try record.remember(name)
  }

  func writeStatus(of step: Step, _ sentence: String) throws {
    let name = "\(step.fileStem).status.txt"
    let text = Array("\(sentence)\n".utf8)
    if try face.read(name, limit: 64 * 1024) != text { try face.write(name, text) }
  }

  /// Takes away our files of a step that no longer needs anybody. An edit file stays if it was saved anew
  /// since it was acted on: it is looked at next.
  func clear(_ step: Step, keepingPicture: Bool = false) throws {
    let record = FaceRecord(face: face)
    let seen = try EditDesk(workshop: workshop).hasSeen(step, of: job, in: face)
    for name in step.reviewFiles where try face.identity(name) != nil {
      if seen || !name.hasSuffix(".yaml") { try face.remove(name) }
    }
    let picture = "\(step.fileStem).png"
    if !keepingPicture, try record.isOurs(picture) { try face.remove(picture) }
  }
}

extension Workshop {
  /// The step's picture as a PNG with what is wrong marked; nil where nothing is, or nothing can be shown. It follows
  /// from the job's body alone, so that it can be had as soon as the step's verdict is told. Blocks.
  package func problems(of step: Step, of job: Job) throws -> [UInt8]? {
    guard let validation = step.validation, !validation.passed, step.type != .analyze,
      let output = step.outputAssetID.flatMap({ job.assets[$0] })
    else { return nil }
    let bytes = try store.read(output, of: job.id)
    guard let picture = try? decodePicture(bytes, limits: decodingLimits).picture else { return nil }
    let matte = try step.matteAssetID.flatMap { job.assets[$0] }.map { asset in
      try Matte(decoding: try store.read(asset, of: job.id))
    }
    let (input, mask) = try surroundings(of: step, validation, job)
    let marked = picture.problems(of: validation, matte: matte, input: input, mask: mask)
    return try encodePNG(marked, preset: .fast)
  }

  /// What the step worked on and where it might, as far as something outside was changed.
  private func surroundings(of step: Step, _ validation: ValidationResult, _ job: Job) throws -> (Picture?, Mask?) {
    guard let changed = validation.metrics["changed_outside_mask"]?.double, changed > 0, step.maskMode != .none,
      let input = step.inputAssetID.flatMap({ job.assets[$0] }), let mask = step.maskAssetID.flatMap({ job.assets[$0] })
    else { return (nil, nil) }
    let picture = try decodePicture(store.read(input, of: job.id), limits: decodingLimits).picture
    return (picture, try Mask(decoding: try store.read(mask, of: job.id), expecting: picture.size))
  }
}

extension Step {
  /// What the service puts beside the step's picture while the step needs a person.
  var reviewFiles: [String] { ["yaml", "problems.png", "tries.png", "status.txt"].map { "\(fileStem).\($0)" } }
}
