import FoundationEssentials
import Imaging
import Model
import Planning
import Storage
import Transport

/// Gets a plan for one job: asks the planning models in order, each with one round of repair, then the embedded
/// planner, which always has one. Every change of hands is said where a person looks.
struct PlanMaker {
  let workshop: Workshop
  let desk: CallDesk
  let job: Job

  /// The scene, its plan within the rules whoever made it. A used-up budget is thrown, not planned around.
  func scene(for request: PlanningRequest) async throws -> PlannedScene {
    if let scene = request.planWithoutLooking { return scene }
    return request.addingReframe(to: try await layers(of: request))
  }

  private func layers(of request: PlanningRequest) async throws -> PlannedScene {
    // What a person marked with a mask is for the embedded planner: a model that only looks would ignore it.
    let models = request.objects == nil ? workshop.planningModels : []
    if !models.isEmpty {
      let question = try await workshop.blocking { () throws in try PlanningQuestion(request) }
      try await keepPicture(question.picture)
      for (index, model) in models.enumerated() {
        let next = index + 1 < models.count ? models[index + 1].title : "the embedded planner"
        do {
          return try await scene(by: model, question, request)
        } catch let refusal as PlanRefusal {
          try await say("The plan of \(model.title) was refused twice: \(refusal). Now \(next) plans.")
        } catch let fault as ServiceFault {
          try await say("\(fault) Now \(next) plans.")
        }
      }
    }
    let scene = try await workshop.planner.plan(request)
    let found = scene.plan.steps.count { $0.type == .extract }
    if let wanted = request.wishes.exactLayers, request.objects == nil, found != wanted {
      try await say(
        "\(wanted) layers were asked for; the embedded planner found \(found). A mask for step 1 names the rest.")
    }
    return scene
  }

  // MARK: - One model

  /// One answer, and what reading it gave.
  private struct Attempt {
    var answer: RawAnswer
    var reading: Result<ReadPlan, PlanRefusal>

    /// The plan, if it does what a person asked for.
    var usable: ReadPlan? {
      guard let plan = try? reading.get(), plan.breaches.isEmpty else { return nil }
      return plan
    }

    /// What the model should mend; empty for a plan with nothing to mend.
    var complaints: [String] {
      switch reading {
      case .success(let plan): plan.breaches + plan.shortcomings
      case .failure(let refusal): [refusal.description]
      }
    }
  }

  private func scene(
    by model: any PlanningModel, _ question: PlanningQuestion, _ request: PlanningRequest
  ) async throws -> PlannedScene {
    let first = try await attempt(model, question, request)
    guard !first.complaints.isEmpty else { return try await scene(of: first, by: model, request) }
    var again = question
    again.correction = .init(answer: String(decoding: first.answer.bytes, as: UTF8.self), complaints: first.complaints)
    do {
      let second = try await attempt(model, again, request)
      if second.usable != nil { return try await scene(of: second, by: model, request) }
      if first.usable != nil { return try await scene(of: first, by: model, request) }
      throw PlanRefusal(second.complaints.joined(separator: "; "))
    } catch  where first.usable != nil && (error is ServiceFault || error is BudgetReached) {
      // The first plan can be used; only its wordings could have been better.
      return try await scene(of: first, by: model, request)
    }
  }

  private func scene(
    of attempt: Attempt, by model: any PlanningModel, _ request: PlanningRequest
  ) async throws -> PlannedScene {
    let reading = try attempt.reading.get()
    var scene = await workshop.planner.scene(of: reading, request)
    scene.provider = model.name
    scene.model = attempt.answer.model
    if !reading.notes.isEmpty {
      try await say("The plan of \(model.title) was mended: \(reading.notes.joined(separator: " "))")
    }
    return scene
  }

  private func attempt(
    _ model: any PlanningModel, _ question: PlanningQuestion, _ request: PlanningRequest
  ) async throws -> Attempt {
    var record = HistoryRecord(
      runID: Identifier.run(), jobID: job.id, planBy: model.name, model: model.defaultModel, prompt: question.wholeTask)
    let errand = Errand(
      runID: record.runID, provider: model.name, model: model.defaultModel, prompt: question.wholeTask,
      circumstances: [job.sourceImage], isPaid: model.isPaid, backOff: .planner)
    do {
      let (answer, asset) = try await desk.perform(errand) { _ in
        let answer = try await model.answer(question)
        return RawAnswer(bytes: Array(answer.text.utf8), model: answer.model, requestID: answer.requestID)
      }
      let reader = PlanReader(request)
      let reading = try await workshop.blocking {
        Result { () throws(PlanRefusal) in try reader.read(String(decoding: answer.bytes, as: UTF8.self)) }
      }
      let attempt = Attempt(answer: answer, reading: reading)
      record.model = answer.model
      record.requestID = answer.requestID
      record.cost = answer.cost
      try await keep(record, raw: asset, complaints: attempt.complaints, isUsable: attempt.usable != nil)
      return attempt
    } catch let fault as ServiceFault {
      try await keep(record, raw: nil, complaints: [fault.description], isUsable: false)
      throw fault
    }
  }

  // MARK: - What is kept and said

  private func keep(_ record: HistoryRecord, raw: Asset?, complaints: [String], isUsable: Bool) async throws {
    let book = workshop.book
    try await workshop.blocking {
      var record = record
      record.finishedAt = .now
      record.inputAssetID = job.sourceImage
      record.rawAssetID = raw?.id
      record.status = isUsable ? .success : .failed
      record.error = complaints.isEmpty ? nil : complaints.joined(separator: "; ")
      try book.store.appendHistory(record)
      if let raw { try book.update(job.id) { $0.assets[raw.id] = raw } }
    }
  }

  /// The picture exactly as it is sent, once a job.
  private func keepPicture(_ file: [UInt8]) async throws {
    let book = workshop.book
    try await workshop.blocking {
      let known = try book.job(job.id).metadata["planner_picture"]?.text
      guard known.flatMap({ job.assets[$0] }) == nil else { return }
      let asset = try AssetMaker(store: book.store, jobID: job.id, stepID: nil).save(file, kind: .debug, size: nil)
      try book.update(job.id) { job in
        job.assets[asset.id] = asset
        job.metadata["planner_picture"] = .string(asset.id)
      }
    }
  }

  private func say(_ sentence: String) async throws {
    try await Remarks(workshop: workshop, jobID: job.id, step: nil).say(sentence)
  }
}
