import ArgumentParser
import FoundationEssentials
import Model
import Running
import Storage

/// `scenehf retry JOB`.
struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Run a step again, with another wording, mask, service or limits if you give them.",
    discussion: """
      Does what saving NN-name.yaml in the review folder does. What you do not give stays as it is. The step runs
      exactly once more with a wording or mask of yours, else with the automatic tries. Later steps that stand on its
      picture run again too.

      If a service is watching, it does the work and this command returns at once; otherwise the command works until
      the job has settled.

      \(StepOptions.names)

      EXAMPLES
        scenehf retry street                       the first step that needs you, again
        scenehf retry street 2 --prompt "Only the red car, without its shadow."
        scenehf retry 1f0c77e2 02-red-car --mask painted.png
        scenehf retry street 2 --provider gemini --max-nonwhite 0.6
        scenehf retry --all --because "out of quota"

      EXIT STATUS
        0   it runs again      1   it does not; the sentence says why and what to do

      SEE ALSO
        scenehf accept, scenehf skip, scenehf show
      """)
  @OptionGroup var action: StepOptions
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
    try await action.perform(.retry) { request in
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
        return bytes
      }
    }
  }
}

/// `scenehf accept JOB`.
struct AcceptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept", abstract: "Take a step's picture as it is, or that of an earlier try.",
    discussion: """
      You decide: the picture counts as right from now on, and how it measures is noted in the manifest. With --try the
      picture of that try is taken; NN-name.tries.png in the review folder shows them with their numbers. To take a
      picture that you have painted over, use action: accept in NN-name.yaml.

      \(StepOptions.names)

      EXAMPLES
        scenehf accept street             the first step that needs you
        scenehf accept street 2 --try 1   the first of the tries of step 2
        scenehf accept --all --because "of the picture is not white"

      EXIT STATUS
        0   accepted      1   not; the sentence says why and what to do
      """)
  @OptionGroup var action: StepOptions
  @Option(name: .customLong("try"), help: ArgumentHelp("The number of the try, from 1.", valueName: "N"))
  var pick: Int?
  func run() async throws { try await action.perform(.accept) { $0.pick = pick } }
}

/// `scenehf skip JOB`.
struct SkipCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "skip", abstract: "Leave a step out.",
    discussion: """
      The rest of the job goes on without the step's picture. A plate that is skipped leaves the object in the picture
      for the steps after it. "scenehf retry JOB STEP" takes the step up again.

      \(StepOptions.names)

      EXAMPLES
        scenehf skip street        the first step that needs you
        scenehf skip street 3
        scenehf skip --all --because "Nothing stands out"

      EXIT STATUS
        0   skipped      1   not; the sentence says why and what to do
      """)
  @OptionGroup var action: StepOptions
  func run() async throws { try await action.perform(.skip) }
}

/// `scenehf cancel JOB`.
struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "End a job; what was made so far stays.",
    discussion: """
      No further call is made; the answer of one that is under way is kept. The folder goes to review with everything
      made so far. "scenehf resume JOB" goes on from there.

      EXAMPLES
        scenehf cancel street
        scenehf status | awk '$2 == "PAUSED" { print $1 }' | xargs -n 1 scenehf cancel

      EXIT STATUS
        0   cancelled      1   not; the sentence says why and what to do

      SEE ALSO
        scenehf pause, scenehf resume, scenehf restore
      """)
  @OptionGroup var action: JobOptions
  func run() async throws { try await action.perform(.cancel) }
}

/// `scenehf restore JOB`.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring back a job whose folder was deleted.",
    discussion: """
      Deleting a picture's folder from review or done dismisses the job; its body in jobs/ stays. This makes the folder
      again from the body, in the place where it was, and does what is left to do.

      EXAMPLES
        scenehf status                 dismissed jobs are CANCELLED, without a folder
        scenehf restore 1f0c77e2

      EXIT STATUS
        0   it is back      1   it is not; the sentence says why

      SEE ALSO
        scenehf resume
      """)
  @OptionGroup var action: JobOptions
  func run() async throws { try await action.perform(.restore) }
}

/// `scenehf pause JOB`.
struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hold a job before its next step.",
    discussion: """
      The call that is under way ends and its answer is kept; nothing further is asked or paid until "scenehf resume".

      EXAMPLES
        scenehf pause street

      EXIT STATUS
        0   held      1   not; the sentence says why

      SEE ALSO
        scenehf resume, scenehf cancel
      """)
  @OptionGroup var action: JobOptions
  func run() async throws { try await action.perform(.pause) }
}

/// `scenehf resume JOB`.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let a paused or cancelled job go on.",
    discussion: """
      Also goes on with a job that waits because its calls, or the day's, were used up, once the limit is raised; at
      midnight UTC jobs that wait for a new day go on by themselves. What is settled is not done again.

      EXAMPLES
        scenehf resume street

      EXIT STATUS
        0   it goes on      1   it does not; the sentence says why
      """)
  @OptionGroup var action: JobOptions
  func run() async throws { try await action.perform(.resume) }
}
