import ArgumentParser
import Blocking
import Model
import Running
import Storage

/// The commands that change a job: which job, and how the change is carried out.
struct JobOptions: ParsableArguments {
  @OptionGroup var options: GlobalOptions
  @Argument(
    help: ArgumentHelp("A job's id, its beginning, or the name of its folder.", valueName: "JOB"),
    completion: Completing.jobs)
  var job: String

  func perform(_ verb: RequestDesk.Verb) async throws {
    let asking = try Asking(options)
    try await asking.send([ServiceRequest(verb: verb.rawValue, jobID: try asking.job(job).id)])
  }
}

/// The commands that change a step: which one, or all that need somebody.
struct StepOptions: ParsableArguments {
  @OptionGroup var options: GlobalOptions
  @Argument(
    help: ArgumentHelp("A job's id, its beginning, or the name of its folder.", valueName: "JOB"),
    completion: Completing.jobs)
  var job: String?
  @Argument(
    help: ArgumentHelp("Number or name of the step; without it the first that needs you.", valueName: "STEP"),
    completion: Completing.steps)
  var step: String?
  @Flag(help: "Instead of JOB: every step that needs you, of every job.") var all = false
  @Option(help: ArgumentHelp("With --all: only where the reason contains these words.", valueName: "WORDS"))
  var because: String?

  /// How a job and a step are named, for the help pages.
  static let names = """
    JOB is a job's id, its beginning, or the name of its folder; "scenehf status" lists them.
    STEP is a number or a name such as 02-red-car; "scenehf show JOB" lists them. Instead of a JOB,
    --all takes every step that needs you, and --because those whose reason contains some words.
    """

  private func check() throws {
    guard all == (job == nil) else { throw ValidationError("Name a JOB, or give --all for every step that needs you.") }
    guard all || because == nil else {
      throw ValidationError("--because chooses among --all; leave out the one or add the other.")
    }
  }

  /// `detail` adds what is asked besides the verb.
  func perform(_ verb: RequestDesk.Verb, _ detail: (inout ServiceRequest) throws -> Void = { _ in }) async throws {
    try check()
    let asking = try Asking(options)
    var requests: [ServiceRequest] = []
    if let job {
      requests.append(ServiceRequest(verb: verb.rawValue, jobID: try asking.job(job).id, stepID: step))
    } else {
      requests = try asking.waiting(because: because).map {
        ServiceRequest(verb: verb.rawValue, jobID: $0.job.id, stepID: $0.step.id)
      }
    }
    for index in requests.indices { try detail(&requests[index]) }
    try await asking.send(requests)
  }
}

/// Has the running service do what is asked, or, without one, does it here and works until the jobs settle.
struct Asking {
  private let options: GlobalOptions
  private let settings: Settings
  private let layout: Layout

  init(_ options: GlobalOptions) throws {
    self.options = options
    settings = try options.settings()
    layout = GlobalOptions.layout(settings)
  }

  func job(_ name: String) throws -> Job { try orExplain { try JobStore(reading: layout).find(name) } }

  /// Every step that needs somebody, where its reason contains `words`.
  func waiting(because words: String?) throws -> [(job: Job, step: Step)] {
    let store = JobStore(reading: layout)
    let inNeed = try orExplain {
      try store.outlines().jobs.filter { $0.status != .cancelled && $0.stepAtWork != nil }
    }
    // One damaged job must not keep a person from the others; status tells of it.
    let found = inNeed.compactMap { try? store.load($0.id) }.flatMap { job in
      job.steps.filter(\.needsPerson).map { (job: job, step: $0) }
    }
    let chosen = found.filter { entry in
      guard let words else { return true }
      return (entry.step.reason ?? entry.step.validation?.notes ?? "").lowercased().contains(words.lowercased())
    }
    guard !chosen.isEmpty else {
      complain("No step needs you\(words.map { " because of \"\($0)\"" } ?? ""). \"scenehf status\" shows all jobs.")
      throw ExitCode(1)
    }
    return chosen
  }

  /// Prints what happened, a sentence each. One that could not be done ends the command with status 1, after the others.
  func send(_ requests: [ServiceRequest]) async throws {
    let answers = try await layout.isBusy ? askAll(requests) : actAll(requests)
    for answer in answers {
      if answer.succeeded { print(answer.sentence.onOneLine) } else { complain(answer.sentence) }
    }
    if answers.contains(where: { !$0.succeeded }) { throw ExitCode(1) }
  }

  /// What became of one request, by the service or here.
  func answer(to request: ServiceRequest) async throws -> ServiceAnswer {
    let answers = try await layout.isBusy ? askAll([request]) : actAll([request])
    return answers[0]
  }

  /// How often the answer is looked for, and after how many looks without one it is said that it takes long.
  private static let look = (pause: Duration.milliseconds(50), mostSilent: 300)

  private func askAll(_ requests: [ServiceRequest]) async throws -> [ServiceAnswer] {
    var answers: [ServiceAnswer] = []
    for request in requests { answers.append(try await ask(request)) }
    return answers
  }

  /// Waits for the answer as long as there is a service that may give it: some requests take minutes, and others wait
  /// behind them.
  private func ask(_ request: ServiceRequest) async throws -> ServiceAnswer {
    try orExplain { try layout.post(request) }
    var looks = 0
    while true {
      // Asked before the answer is looked for: it may be the last thing that the service did.
      let isServed = layout.isBusy
      if let answer = try orExplain({ try layout.takeAnswer(to: request) }) { return answer }
      guard isServed else { break }
      looks += 1
      if looks.isMultiple(of: Self.look.mostSilent) {
        let seconds = looks / 20
        complain("No answer for \(seconds) s: the service is at it, or at what came before. Ctrl-C ends the waiting.")
      }
      try await Task.sleep(for: Self.look.pause)
    }
    try orExplain { try layout.withdraw(request) }
    return ServiceAnswer(succeeded: false, sentence: "The service ended before it answered. Ask again.")
  }

  private func actAll(_ requests: [ServiceRequest]) async throws -> [ServiceAnswer] {
    let studio = try orExplain { try Studio.open(settings, presets: options.presets(), display: Display()) }
    let desk = RequestDesk(workshop: studio.workshop)
    let answers = try await studio.pool.run { () throws -> [ServiceAnswer] in requests.map { desk.perform($0) } }
    let concernJobs = requests.contains { !$0.jobID.isEmpty }
    studio.runner.wake()
    if concernJobs, answers.contains(where: \.succeeded) { try await studio.runner.run(untilIdle: true) }
    return answers
  }
}
