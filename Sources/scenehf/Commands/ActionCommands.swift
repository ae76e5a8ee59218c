import ArgumentParser
import Blocking
import FoundationEssentials
import Model
import Running
import Storage

/// What the commands that change a job share: which job, which step, and how the change is carried out.
struct ActionOptions: ParsableArguments {
  @OptionGroup var options: GlobalOptions
  @Argument(help: ArgumentHelp("A job's id, its beginning, or the name of its folder.", valueName: "JOB"))
  var job: String

  /// Has the running service do it, or, without one, does it here and works until the job settles.
  func perform(
    _ verb: RequestDesk.Verb, step: String? = nil, _ detail: (inout ServiceRequest) throws -> Void = { _ in }
  ) async throws {
    let settings = try options.settings()
    let layout = GlobalOptions.layout(settings)
    let found = try orExplain { try JobStore(reading: layout).find(job) }
    var request = ServiceRequest(verb: verb.rawValue, jobID: found.id, stepID: step)
    try detail(&request)
    let answer = try await layout.isBusy ? ask(request, layout) : act(request, settings)
    guard answer.succeeded else {
      complain(answer.sentence)
      throw ExitCode(1)
    }
    print(answer.sentence)
  }

  /// How long the service may take to answer, in looks of a twentieth of a second.
  private static let patience = 300

  private func ask(_ request: ServiceRequest, _ layout: Layout) async throws -> ServiceAnswer {
    try orExplain { try layout.post(request) }
    for _ in 0..<Self.patience {
      if let answer = try orExplain({ try layout.takeAnswer(to: request) }) { return answer }
      try await Task.sleep(for: .milliseconds(50))
    }
    try orExplain { try layout.withdraw(request) }
    return ServiceAnswer(succeeded: false, sentence: "The service did not answer. Look at its log, or restart it.")
  }

  private func act(_ request: ServiceRequest, _ settings: Settings) async throws -> ServiceAnswer {
    let studio = try orExplain { try Studio.open(settings, presets: options.presets(), display: Display()) }
    let desk = RequestDesk(workshop: studio.workshop)
    let answer = try await studio.pool.run { () throws -> ServiceAnswer in desk.perform(request) }
    studio.runner.wake()
    if answer.succeeded { try await studio.runner.run(untilIdle: true) }
    return answer
  }
}

/// `scenehf retry JOB`.
struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Run a step again, with another wording, mask, service or limits if you give them.",
    discussion: """
      EXAMPLES
        scenehf retry street 2 --prompt "Only the red car, without its shadow."
        scenehf retry 1f0c77e2 02-red-car --mask painted.png
        scenehf retry street 2 --provider gemini --max-nonwhite 0.6
      """)
  @OptionGroup var action: ActionOptions
  @Argument(help: ArgumentHelp("Number or name of the step; without it the first that needs you.", valueName: "STEP"))
  var step: String?
  @Option(help: ArgumentHelp("The new wording.", valueName: "TEXT")) var prompt: String?
  @Option(
    help: ArgumentHelp(
      "A picture that marks what to work on: white on black, painted on a clear layer, or over a copy of the source.",
      valueName: "FILE"),
    completion: .file())
  var mask: String?
  @Option(help: ArgumentHelp("Another image service for this step.", valueName: "NAME")) var provider: String?
  @Option(help: ArgumentHelp("Another model of the service.", valueName: "NAME")) var model: String?
  @Option(help: ArgumentHelp("Another lower limit for what is not white, 0 to 1.", valueName: "X"))
  var minNonwhite: Double?
  @Option(help: ArgumentHelp("Another upper limit for what is not white, 0 to 1.", valueName: "Y"))
  var maxNonwhite: Double?

  func validate() throws {
    for share in [minNonwhite, maxNonwhite].compactMap({ $0 }) where !(0...1).contains(share) {
      throw ValidationError("Shares are numbers from 0 to 1; \(share) is not.")
    }
  }

  func run() async throws {
    try await action.perform(.retry, step: step) { request in
      request.prompt = prompt
      request.provider = provider
      request.model = model
      request.minNonwhite = minNonwhite
      request.maxNonwhite = maxNonwhite
      request.mask = try mask.map { path in
        guard let bytes = FileManager.default.contents(atPath: path) else {
          complain("\(path) cannot be read. Check the name.")
          throw ExitCode(1)
        }
        return Array(bytes)
      }
    }
  }
}

/// `scenehf accept JOB`.
struct AcceptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept", abstract: "Take a step's picture as it is, or that of an earlier try.")
  @OptionGroup var action: ActionOptions
  @Argument(help: ArgumentHelp("Number or name of the step; without it the first that needs you.", valueName: "STEP"))
  var step: String?
  @Option(name: .customLong("try"), help: ArgumentHelp("The number of the try, from 1.", valueName: "N"))
  var pick: Int?
  func run() async throws { try await action.perform(.accept, step: step) { $0.pick = pick } }
}

/// `scenehf skip JOB`.
struct SkipCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "skip", abstract: "Leave a step out.")
  @OptionGroup var action: ActionOptions
  @Argument(help: ArgumentHelp("Number or name of the step; without it the first that needs you.", valueName: "STEP"))
  var step: String?
  func run() async throws { try await action.perform(.skip, step: step) }
}

/// `scenehf cancel JOB`.
struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "End a job; what was made so far stays.")
  @OptionGroup var action: ActionOptions
  func run() async throws { try await action.perform(.cancel) }
}

/// `scenehf restore JOB`.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring back a job whose folder was deleted.")
  @OptionGroup var action: ActionOptions
  func run() async throws { try await action.perform(.restore) }
}

/// `scenehf pause JOB`.
struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hold a job before its next step.")
  @OptionGroup var action: ActionOptions
  func run() async throws { try await action.perform(.pause) }
}

/// `scenehf resume JOB`.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let a paused or cancelled job go on.")
  @OptionGroup var action: ActionOptions
  func run() async throws { try await action.perform(.resume) }
}
