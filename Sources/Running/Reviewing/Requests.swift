package import Model
package import Storage

/// Carries out what a person asked for on the command line, with or without a running service between.
package struct RequestDesk: Sendable {
  private let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// The words of `ServiceRequest.verb`.
  package enum Verb: String, Sendable, CaseIterable {
    case retry
    case accept
    case skip
    case cancel
    case pause
    case resume
    case restore
    /// Begins with a job whose body another process has made.
    case take
    /// Concerns no single job.
    case prune
  }

  /// Does what is asked and says what happened; refusals are answers too. Blocks.
  package func perform(_ request: ServiceRequest) -> ServiceAnswer {
    do {
      return ServiceAnswer(succeeded: true, sentence: try act(request))
    } catch {
      return ServiceAnswer(succeeded: false, sentence: "\(error)")
    }
  }

  private func act(_ request: ServiceRequest) throws -> String {
    let actions = Actions(workshop: workshop)
    guard let verb = Verb(rawValue: request.verb) else {
      throw RunningError.notPossible("\"\(request.verb)\" is not a command of this service. Update both.")
    }
    switch verb {
    case .cancel: return try actions.cancel(request.jobID)
    case .pause: return try actions.pause(request.jobID)
    case .resume: return try actions.resume(request.jobID)
    case .restore: return try actions.restore(request.jobID)
    case .take:
      let job = try workshop.book.job(request.jobID)
      try Intake(workshop: workshop).begin(job)
      return "\(job.sourceName) is taken up."
    case .prune: return try Retention(workshop: workshop).carryOut(request.retention) ?? "Nothing is to go."
    case .retry, .accept, .skip: break
    }
    let job = try workshop.book.job(request.jobID)
    let step = try Self.step(request.stepID, of: job)
    let sentence: String
    switch verb {
    case .accept:
      sentence = try request.pick.map { try actions.pick(job.id, step.id, $0) } ?? actions.accept(job.id, step.id)
    case .skip: sentence = try actions.skip(job.id, step.id)
    default:
      var retry = Actions.Retry()
      retry.prompt = request.prompt
      retry.provider = request.provider
      retry.model = request.model
      retry.minNonwhite = request.minNonwhite
      retry.maxNonwhite = request.maxNonwhite
      if let mask = request.mask { retry.mask = .use(Array(mask)) }
      sentence = try actions.retry(job.id, step.id, retry)
    }
    workshop.store.enqueue(job.id)
    return sentence
  }

  /// The step that a person means: by id, number or file stem; without a word the first that needs them.
  package static func step(_ name: String?, of job: Job) throws -> Step {
    guard !job.steps.isEmpty else {
      let remedy = job.isSettled ? "\"scenehf resume \(job.id.prefix(8))\" plans it." : "Ask again when it is."
      throw RunningError.notPossible("\(job.sourceName) has no steps before it is planned. \(remedy)")
    }
    guard let name else {
      if let step = job.steps.first(where: \.needsPerson) { return step }
      throw RunningError.notPossible("No step of \(job.sourceName) needs you. Name one: \(listed(job)).")
    }
    let found = job.steps.first { $0.id == name || "\($0.index)" == name || $0.index.padded(to: 2) == name }
    if let step = found ?? job.steps.first(where: { $0.fileStem == name }) { return step }
    throw RunningError.notPossible("\(job.sourceName) has no step \"\(name)\". It has \(listed(job)).")
  }

  private static func listed(_ job: Job) -> String { job.steps.map(\.fileStem).joined(separator: ", ") }
}
