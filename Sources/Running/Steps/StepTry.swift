import FoundationEssentials
import ImageServices
import Imaging
import Model
import Storage

/// One call to an image service and what became of its answer: kept raw, composed, measured, saved, recorded.
struct StepTry {
  let workshop: Workshop
  let jobID: String
  let step: Step
  let prompt: String
  /// From 1, within this request.
  let number: Int
  let picture: Picture
  let inputAssetID: String

  enum Outcome {
    case candidate(Candidate)
    case failed(String, ServiceError.Remedy)
  }

  /// Temporary faults are waited out this often before they count as a failure.
  private static let patience = 4

  /// Runs the call. Service faults are outcomes; only faults of the store are thrown.
  func perform() async throws -> Outcome {
    guard let service = workshop.services[step.imageConfig.provider ?? workshop.settings.imageProvider] else {
      let known = workshop.services.keys.sorted()
      let error = RunningError.unknownService(step.imageConfig.provider ?? "", known: known)
      return .failed("\(error)", .askPerson)
    }
    var record = HistoryRecord(
      runID: Identifier.run(), jobID: jobID, step: step, attempt: number, provider: service.name,
      model: step.imageConfig.model ?? service.defaultModel, prompt: prompt)
    record.inputAssetID = inputAssetID
    do {
      let mask = try await loadMask()
      let answer = try await call(service, mask: mask)
      record.model = answer.model
      record.requestID = answer.requestID
      record.cost = answer.cost
      return .candidate(try await keep(answer, mask: mask, record: record))
    } catch let error as ServiceError {
      try await close(record, failure: error.description)
      return .failed(error.description, error.remedy)
    } catch let error as ImagingError {
      let sentence = "The answer of \(service.name) is no usable picture: \(error)"
      try await close(record, failure: sentence)
      return .failed(sentence, .tryOtherPrompt)
    }
  }

  private func loadMask() async throws -> Mask? {
    guard step.maskMode != .none, let assetID = step.maskAssetID else { return nil }
    let (store, jobID, size) = (workshop.store, jobID, picture.size)
    return try await workshop.blocking {
      let job = try store.load(jobID)
      guard let asset = job.assets[assetID] else { throw RunningError.assetMissing(job: jobID, asset: assetID) }
      return try Mask(decoding: try store.read(asset, of: jobID), expecting: size)
    }
  }

  private func call(_ service: any ImageService, mask: Mask?) async throws -> ImageAnswer {
    var request = ImageRequest(
      kind: step.runAs ?? step.type, picture: picture, mask: mask, maskIsManual: step.maskMode == .manual,
      prompt: prompt, model: step.imageConfig.model)
    request.attempt = step.outputsHistory.count + number - 1
    request.aspect = workshop.settings.reframeAspect
    var wait = 1.0
    for round in 1... {
      do {
        return try await service.perform(request)
      } catch {
        guard case .tryLater(let after) = error.remedy, round < Self.patience else { throw error }
        try await Task.sleep(for: .seconds(after ?? wait))
        wait *= 2
      }
    }
    throw ServiceError(.askPerson, "\(service.name) did not answer. Save the edit file to try again.")
  }

  /// Saves the raw answer, composes and measures it, saves the result and the history record.
  private func keep(_ answer: ImageAnswer, mask: Mask?, record: HistoryRecord) async throws -> Candidate {
    let work = Composition(
      step: step, picture: picture, mask: mask, settings: workshop.settings, limits: workshop.decodingLimits)
    let (book, jobID, stepID, prompt) = (workshop.book, jobID, step.id, prompt)
    return try await workshop.blocking {
      var record = record
      let maker = AssetMaker(store: book.store, jobID: jobID, stepID: stepID, record: record)
      let raw = try maker.save(answer.file, kind: .generation, size: nil)
      let made = try work.compose(answer.file)
      let output = try maker.save(made.file, kind: made.kind, size: made.size)
      let matte = try made.matte.map { try maker.save($0, kind: .mask, size: made.size) }
      record.rawAssetID = raw.id
      record.outputAssetID = output.id
      record.validation = made.validation
      record.status = made.validation.status
      record.finishedAt = .now
      try book.store.appendHistory(record)
      try book.update(jobID) { job in
        for asset in [raw, output, matte].compactMap({ $0 }) { job.assets[asset.id] = asset }
      }
      return Candidate(
        runID: record.runID, prompt: prompt, outputAssetID: output.id, matteAssetID: matte?.id,
        validation: made.validation)
    }
  }

  private func close(_ record: HistoryRecord, failure: String) async throws {
    let store = workshop.store
    try await workshop.blocking {
      var record = record
      record.finishedAt = .now
      record.status = .failed
      record.error = failure
      try store.appendHistory(record)
    }
  }
}
