import ImageServices
import Imaging
import Model
import Storage
import Transport

/// One picture asked of the image services and what became of it: kept raw, composed, measured, saved, recorded.
struct StepTry {
  let workshop: Workshop
  let desk: CallDesk
  let jobID: String
  let step: Step
  let prompt: String
  /// From 1, within this request.
  let number: Int
  let picture: Picture
  let inputAssetID: String

  enum Outcome {
    case candidate(Candidate)
    case failed(String, Next)

    /// What may help after a failure.
    enum Next {
      case otherPrompt
      case askPerson
    }
  }

  private var kind: StepType { step.runAs ?? step.type }

  /// Asks the step's services in order: the next one takes over, and it is said, where one is not to be had.
  /// Service faults are outcomes; only faults of the store and used-up budgets are thrown.
  func perform() async throws -> Outcome {
    let services: [any ImageService]
    do {
      services = try workshop.services(for: step)
    } catch {
      return .failed("\(error)", .askPerson)
    }
    var failure = "No service took the step."
    for (index, service) in services.enumerated() {
      let model = index == 0 ? namedModel : nil
      let (outcome, mayPassOn) = try await perform(on: service, model: model)
      guard case .failed(let sentence, _) = outcome, mayPassOn, index + 1 < services.count else { return outcome }
      failure = sentence
      try await Remarks(workshop: workshop, jobID: jobID, step: step)
        .say("\(sentence) Until then \(services[index + 1].name) takes over.")
    }
    return .failed(failure, .askPerson)
  }

  /// The model that a person named for the step, or the settings for all; it is one of the first service.
  private var namedModel: String? {
    step.imageConfig.model ?? (step.imageConfig.provider == nil ? workshop.settings.imageModel : nil)
  }

  /// The outcome, and whether another service should be asked instead.
  private func perform(on service: any ImageService, model: String?) async throws -> (Outcome, mayPassOn: Bool) {
    var record = HistoryRecord(
      runID: Identifier.run(), jobID: jobID, step: step, attempt: number, provider: service.name,
      model: model ?? service.defaultModel, prompt: prompt)
    record.inputAssetID = inputAssetID
    do {
      let mask = try await loadMask()
      let guide = service.name == LocalService.provider ? try await loadGuide() : nil
      let request = request(mask: mask, guide: guide, model: model)
      record.prompt = service.wording(of: request)
      let (answer, raw) = try await call(service, request, record: record)
      record.model = answer.model
      record.requestID = answer.requestID
      record.cost = answer.cost
      record.rawAssetID = raw.id
      do {
        let placement = service.placement(of: request, model: answer.model)
        return (.candidate(try await keep(answer, raw: raw, placement, mask: mask, record: record)), false)
      } catch let error as ImagingError {
        let sentence = "The answer of \(service.name) is no usable picture: \(error)"
        try await desk.discard(raw, because: sentence)
        try await close(record, failure: sentence)
        return (.failed(sentence, .otherPrompt), false)
      }
    } catch let error as ImagingError {
      try await close(record, failure: error.description)
      return (.failed(error.description, .askPerson), false)
    } catch {
      guard let failure = CallFailure(error) else { throw error }
      try await close(record, failure: "\(error)")
      return (.failed("\(error)", failure.mayPassWithOtherPrompt ? .otherPrompt : .askPerson), failure.concernsService)
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

  private func request(mask: Mask?, guide: Matte?, model: String?) -> ImageRequest {
    var request = ImageRequest(
      kind: kind, picture: picture.inSRGB(), mask: mask, maskIsManual: step.maskMode == .manual, prompt: prompt,
      model: model, attempt: step.outputsHistory.count + number - 1,
      aspect: workshop.settings.reframeAspect)
    request.guide = guide
    return request
  }

  /// What the embedded planner saw when it made the mask that the step still works with; also where a plate is made
  /// before the step without a mask of its own: that is what has to stay.
  private func loadGuide() async throws -> Matte? {
    guard step.maskMode == .auto || (step.maskMode == .none && step.runAs == .remove) else { return nil }
    let (store, jobID, stepID) = (workshop.store, jobID, step.id)
    return try await workshop.blocking {
      let job = try store.load(jobID)
      guard case .object(let guides)? = job.metadata["guides"], let assetID = guides[stepID]?.text,
        let asset = job.assets[assetID]
      else { return nil }
      return try Matte(decoding: try store.read(asset, of: jobID))
    }
  }

  private func call(
    _ service: any ImageService, _ request: ImageRequest, record: HistoryRecord
  ) async throws -> (RawAnswer, Asset) {
    let errand = Errand(
      runID: record.runID, step: step, provider: service.name, model: record.model, prompt: record.prompt,
      circumstances: [
        kind.rawValue, request.model ?? "", inputAssetID, request.mask == nil ? "" : step.maskAssetID ?? "",
        "\(request.attempt)",
      ],
      isPaid: service.isPaid, backOff: .image)
    return try await desk.perform(errand) { call in
      var request = request
      (request.ticket, request.keepTicket) = (call.ticket, call.keep)
      let answer = try await service.perform(request)
      return RawAnswer(
        bytes: answer.file, model: answer.model, requestID: answer.requestID, cost: answer.cost, note: answer.note)
    }
  }

  /// Composes and measures the raw answer, saves the result and the history record.
  private func keep(
    _ answer: RawAnswer, raw: Asset, _ placement: Placement?, mask: Mask?, record: HistoryRecord
  ) async throws -> Candidate {
    let work = Composition(
      step: step, picture: picture, mask: mask, settings: workshop.settings, limits: workshop.decodingLimits,
      decoder: workshop.decoder)
    let (book, jobID, stepID, prompt) = (workshop.book, jobID, step.id, prompt)
    return try await workshop.blocking {
      var record = record
      let maker = AssetMaker(store: book.store, jobID: jobID, stepID: stepID, record: record)
      var made = try work.compose(answer.bytes, placement)
      made.validation.notes = [made.validation.notes, answer.note].compactMap { $0 }.filter { !$0.isEmpty }
        .joined(separator: " ")
      let output = try maker.save(made.file, kind: made.kind, size: made.size)
      let matte = try made.matte.map { try maker.save($0, kind: .mask, size: made.size) }
      record.outputAssetID = output.id
      record.validation = made.validation
      record.status = made.validation.status
      record.finishedAt = .now
      try book.store.appendHistory(record)
      try book.update(jobID) { job in
        for asset in [raw, output, matte].compactMap({ $0 }) { job.assets[asset.id] = asset }
      }
      return Candidate(
        runID: record.runID, prompt: prompt, provider: record.provider, outputAssetID: output.id,
        matteAssetID: matte?.id, validation: made.validation)
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
