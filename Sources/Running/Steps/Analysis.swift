import Imaging
import Model
import Planning
import Storage

/// The ANALYZE step: shows what the planner found, drawn on the picture.
///
/// The plan exists already when it runs; a plan without anything to extract goes to a person here, who can
/// mark the objects with a mask, or accept that the picture is all background.
struct Analysis {
  let workshop: Workshop
  let jobID: String
  let stepID: String

  func run(on picture: Picture) async throws {
    let (book, jobID, stepID, workshop) = (workshop.book, jobID, stepID, workshop)
    try await workshop.blocking {
      let job = try book.job(jobID)
      guard let step = job.steps.first(where: { $0.id == stepID }) else { return }
      let found = Self.findings(of: job)
      var record = HistoryRecord(
        runID: Identifier.run(), jobID: jobID, step: step, attempt: 1,
        provider: Self.planner(of: job, "provider"), model: Self.planner(of: job, "model"), prompt: step.effectivePrompt
      )
      let maker = AssetMaker(store: book.store, jobID: jobID, stepID: stepID, record: record)
      let drawing = try encodePNG(picture.marked(with: found), preset: .fast)
      let asset = try maker.save(drawing, kind: .debug, size: nil)
      let verdict = Self.verdict(of: job)
      record.inputAssetID = job.sourceImage
      record.outputAssetID = asset.id
      record.validation = verdict
      record.status = verdict.status
      record.finishedAt = .now
      try book.store.appendHistory(record)
      try book.update(jobID) { job in
        job.assets[asset.id] = asset
        job.change(stepID) { $0.settle(verdict, output: asset.id, record: record) }
      }
    }
  }

  private static func findings(of job: Job) -> [Finding] {
    guard case .array(let records)? = job.metadata["findings"] else { return [] }
    return records.compactMap(FindingRecord.init).map { Finding(label: $0.label, box: $0.box) }
  }

  private static func planner(of job: Job, _ field: String) -> String {
    guard case .object(let planner)? = job.metadata["planner"] else { return "" }
    return planner[field]?.text ?? ""
  }

  private static func verdict(of job: Job) -> ValidationResult {
    let layers = job.plan?.steps.count { $0.type == .extract || $0.type == .backgroundRemove } ?? 0
    guard layers == 0 else { return ValidationResult(status: .success, metrics: ["layers": .integer(layers)]) }
    return ValidationResult(
      status: .needsReview, metrics: ["layers": 0],
      notes: "Nothing stands out from the background, so there is nothing to extract. Drop a mask named "
        + "01-analyze.mask.png (white = object) in this folder, or set action: accept to finish without layers.")
  }
}

extension Step {
  fileprivate mutating func settle(_ verdict: ValidationResult, output: String, record: HistoryRecord) {
    outputAssetID = output
    validation = verdict
    status = verdict.status
    reason = verdict.passed ? nil : verdict.notes
    lastRunID = record.runID
    lastPromptUsed = record.prompt
    actionsAvailable = verdict.passed ? [.retry] : actionsForPerson
  }
}
