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
    let picture = try decodePicture(workshop.store.read(source, of: job.id), limits: workshop.decodingLimits).picture
    try face.write("source.png", try encodePNG(picture, preset: .fast))
    try FaceRecord(face: face).remember("source.png")
  }

  private func write(_ step: Step) throws {
    if let output = step.outputAssetID.flatMap({ job.assets[$0] }) {
      try place(output, as: "\(step.fileStem).png")
      try writeProblems(of: step)
      try writeTries(of: step)
    }
    try writeEditFile(of: step)
    try writeStatus(of: step, step.reason ?? step.validation?.notes ?? "This step needs you.")
  }

  /// Puts the candidate there unless it already is, or a person has painted over it since it was.
  private func place(_ asset: Asset, as name: String) throws {
    let record = FaceRecord(face: face)
    guard try record.mayReplace(name) else { return }
    try face.place(workshop.store.path(of: asset, of: job.id), as: name)
    try record.remember(name)
  }

  private func writeProblems(of step: Step) throws {
    guard let drawing = try workshop.problems(of: step, of: job) else { return }
    try face.write("\(step.fileStem).problems.png", drawing)
  }

  /// Several tries side by side, with the numbers by which `try:` picks one.
  private func writeTries(of step: Step) throws {
    guard step.outputsHistory.count > 1 else { return }
    let shown = step.outputsHistory.enumerated().suffix(TriesSheet.mostShown)
    let tries = shown.compactMap { index, output -> TriesSheet.Entry? in
      guard let asset = job.assets[output.assetID], let bytes = try? workshop.store.read(asset, of: job.id),
        let picture = try? decodePicture(bytes, limits: workshop.decodingLimits).picture
      else { return nil }
      return TriesSheet.Entry(
        number: index + 1, picture: picture, score: output.score, notes: output.notes,
        isChosen: output.assetID == step.outputAssetID)
    }
    try face.write("\(step.fileStem).tries.png", try encodePNG(TriesSheet(tries).picture, preset: .fast))
  }

  /// A person's edit file is never rewritten: a new one is written only where there is none, or where the
  /// one there is still ours, untouched.
  private func writeEditFile(of step: Step) throws {
    let name = "\(step.fileStem).yaml"
    let record = FaceRecord(face: face)
    guard try record.mayReplace(name) else { return }
    let reason = step.reason ?? step.validation?.notes ?? "The step did not give a usable picture."
    let header = EditFile.Header(sourceName: job.sourceName, stepCount: job.steps.count, reason: reason)
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
    return try encodePNG(picture.problems(of: validation, matte: matte), preset: .fast)
  }
}

extension Step {
  /// What the service puts beside the step's picture while the step needs a person.
  var reviewFiles: [String] { ["yaml", "problems.png", "tries.png", "status.txt"].map { "\(fileStem).\($0)" } }
}
