import Imaging
import Model
import Planning
import Storage

/// Takes one job as far as it goes without a person.
///
/// # Theory of operation
/// A job is a value on disk; this type only ever asks `Job.nextRunnable` what may run now, runs it, saves
/// what came of it and asks again. There is no other state, so stopping anywhere, also by power failure,
/// loses at most the run in hand: at the next start its step is queued again.
///
/// - Steps of one job run one after the other in plan order; jobs run beside one another.
/// - A step that needs a person holds back only what builds on its picture; the rest goes on.
/// - Before each run and after each call the job is read again: a pause by a person takes effect there. A cancellation
///   ends the call in flight.
/// - Where this machine lacks what comes next, the job waits again, for one that has it.
/// - When nothing more can run, the job's face gets its files and moves: to `done` if every step is settled,
///   to `review` if a person is needed.
struct JobRunner {
  let workshop: Workshop
  let jobID: String

  /// Runs until the job is settled or the task is cancelled, after so many deaths at it. Throws only what stops the
  /// service.
  func run(after deaths: Int) async throws {
    do {
      let job = try await prepare()
      try await JobRunner(workshop: try workshop.set(for: job), jobID: jobID).work(on: job, after: deaths)
    } catch let error as SettingsError {
      let (book, jobID) = (workshop.book, jobID)
      try await workshop.blocking { try book.failed(jobID, "\(error) Then move this folder into the inbox.") }
      try await settle()
    }
  }

  /// Before a picture is planned, what a person wants of it is read, so that a mended preset holds at once.
  private func prepare() async throws -> Job {
    let (workshop, jobID) = (workshop, jobID)
    return try await workshop.blocking {
      try workshop.store.furnish(jobID)
      let job = try workshop.book.update(jobID) { job in
        // Who holds the claim works alone: what says that it runs was broken off, by a full disk for example.
        job.queueInterrupted()
        guard job.shouldReplan else { return }
        job.metadata["replan"] = nil
        job.metadata["reason"] = nil
        job.plan = nil
        job.steps = []
        job.status = .idle
      }
      guard job.plan == nil else { return job }
      let preset = try workshop.preset(of: job)
      return try workshop.book.update(jobID) { $0.note(preset) }
    }
  }

  private func work(on prepared: Job, after deaths: Int) async throws {
    var pictures = PictureCache(workshop: workshop, jobID: jobID)
    let desk = try await CallDesk.open(workshop, jobID: jobID)
    guard try await Blame(workshop: workshop, deaths: deaths).allows(prepared) else { return try await settle() }
    var job = try await read()
    while !Task.isCancelled, job.status != .cancelled, !job.isHeld, !job.shouldReplan {
      guard try await keeps(job) else { return }
      if job.plan == nil {
        job = try await plan(&pictures, desk)
        guard job.plan != nil else { break }
        job = try await progress()
        continue
      }
      guard let (step, inputAssetID) = job.nextRunnable else {
        guard try await lookAtEdits() else { break }
        job = try await read()
        continue
      }
      try await report(job, step: step)
      try await run(step, on: inputAssetID, &pictures, desk)
      job = try await progress()
    }
    // A job to be planned anew waits in the queue again.
    guard job.status == .cancelled || !Task.isCancelled, !job.shouldReplan else { return }
    try await settle()
  }

  /// What a person saved while a step ran was not acted on then; true if something may run now.
  private func lookAtEdits() async throws -> Bool {
    let (workshop, jobID) = (workshop, jobID)
    return try await workshop.blocking { try EditDesk(workshop: workshop).look(at: jobID) }
  }

  private func keeps(_ job: Job) async throws -> Bool {
    let store = workshop.store
    return try await workshop.blocking { try store.keeps(job) }
  }

  private func read() async throws -> Job {
    let (book, jobID) = (workshop.book, jobID)
    return try await workshop.blocking { try book.job(jobID) }
  }

  /// The job after a part of its work.
  private func progress() async throws -> Job {
    let (book, jobID) = (workshop.book, jobID)
    return try await workshop.blocking {
      book.store.madeProgress(on: jobID)
      return try book.job(jobID)
    }
  }

  private func run(
    _ step: Step, on inputAssetID: String, _ pictures: inout PictureCache, _ desk: CallDesk
  ) async throws {
    do {
      let picture = try await pictures.picture(inputAssetID)
      if step.type == .analyze {
        try await Analysis(workshop: workshop, jobID: jobID, stepID: step.id).run(on: picture)
      } else {
        _ = try await StepRunner(workshop: workshop, desk: desk, jobID: jobID, stepID: step.id)
          .run(on: picture, inputAssetID: inputAssetID)
      }
    } catch let error as ImagingError {
      try await fail(step, "\(error)")
    } catch let error as RunningError {
      try await fail(step, "\(error)")
    }
  }

  private func fail(_ step: Step, _ sentence: String) async throws {
    let (book, jobID) = (workshop.book, jobID)
    try await workshop.blocking {
      try book.update(jobID) { $0.fail(step.id, because: sentence) }
    }
  }

  /// Asks the planner; a picture without a plan is a failed job with the reason in words.
  private func plan(_ pictures: inout PictureCache, _ desk: CallDesk) async throws -> Job {
    let (book, jobID, settings) = (workshop.book, jobID, workshop.settings)
    do {
      let job = try await read()
      try await report(job, step: nil)
      let picture = try await pictures.picture(job.sourceImage)
      let limits = Dictionary(uniqueKeysWithValues: StepType.allCases.map { ($0, settings.limits(for: $0)) })
      var request = PlanningRequest(
        picture: picture, maxLayers: settings.maxLayers, limits: limits, wishes: job.planWishes)
      request.objects = try await markedObjects(of: job, size: picture.size)
      return try await adopt(try await PlanMaker(workshop: workshop, desk: desk, job: job).scene(for: request))
    } catch let reached as BudgetReached {
      return try await workshop.blocking {
        try book.update(jobID, message: reached.description) {
          $0.hold(because: reached.description, untilAfter: reached.day)
        }
      }
    } catch let error as PlanningError {
      return try await workshop.blocking { try book.failed(jobID, "\(error)") }
    } catch let error as ImagingError {
      let again = error == .outOfMemory ? " Then move this folder into the inbox." : ""
      return try await workshop.blocking { try book.failed(jobID, "\(error)\(again)") }
    }
  }

  /// The mask with which a person said what the objects are, if one did.
  private func markedObjects(of job: Job, size: Size) async throws -> Mask? {
    guard let asset = job.metadata["objects_mask"]?.text.flatMap({ job.assets[$0] }) else { return nil }
    let store = workshop.store
    return try await workshop.blocking { try Mask(decoding: try store.read(asset, of: job.id), expecting: size) }
  }

  /// Saves the plan, its masks and its steps in one change of the job.
  private func adopt(_ scene: PlannedScene) async throws -> Job {
    let planning = PlanAdoption(workshop: workshop, jobID: jobID)
    return try await workshop.blocking { try planning.adopt(scene) }
  }

  private func report(_ job: Job, step: Step?) async throws {
    let faces = Faces(workshop: workshop)
    try await workshop.blocking { try faces.showProgress(of: job, step: step) }
  }

  private func settle() async throws {
    let (book, jobID, workshop) = (workshop.book, jobID, workshop)
    try await workshop.blocking {
      let job = try book.job(jobID)
      // The face is filled before the status says so: who reads "DONE" finds the files.
      var settled = job
      settled.status = job.plan == nil && job.status == .failed ? .failed : job.settledStatus
      try Faces(workshop: workshop).publish(settled)
      let status = settled.status
      let saved = try book.update(jobID) { job in
        // What changed while the face was filled is settled in the next round.
        if job.status != .cancelled, job.plan == nil || job.settledStatus == status { job.status = status }
      }
      // Who stopped it meanwhile has filled the face before it was filled here.
      if saved.status == .cancelled, status != .cancelled { try Faces(workshop: workshop).publish(saved) }
      if try EditDesk(workshop: workshop).look(at: jobID) { workshop.store.enqueue(jobID) }
    }
  }
}

extension Job {
  /// Whether what a person wants of the picture has changed since it was planned.
  var shouldReplan: Bool { metadata["replan"] == true }

  /// Leaves the step to a person, for this reason.
  mutating func fail(_ stepID: String, because sentence: String) {
    change(stepID) { step in
      step.status = .failed
      step.reason = sentence
      step.actionsAvailable = step.actionsForPerson
    }
  }
}

extension JobBook {
  /// The job as failed for this reason.
  fileprivate func failed(_ id: String, _ sentence: String) throws -> Job {
    try update(id) { job in
      job.status = .failed
      job.metadata["reason"] = .string(sentence)
    }
  }
}

/// The pictures that a job's steps work on, decoded once while consecutive steps use the same one.
struct PictureCache {
  let workshop: Workshop
  let jobID: String
  private var last: (assetID: String, picture: Picture)?

  init(workshop: Workshop, jobID: String) {
    self.workshop = workshop
    self.jobID = jobID
  }

  mutating func picture(_ assetID: String) async throws -> Picture {
    if let last, last.assetID == assetID { return last.picture }
    last = nil
    let (workshop, store, jobID) = (workshop, workshop.store, jobID)
    let picture = try await workshop.blocking {
      guard let asset = try store.load(jobID).assets[assetID] else {
        throw RunningError.assetMissing(job: jobID, asset: assetID)
      }
      return try workshop.decode(try store.read(asset, of: jobID)).picture
    }
    last = (assetID, picture)
    return picture
  }
}
