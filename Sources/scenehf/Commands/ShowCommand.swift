import ArgumentParser
import Model
import Storage
import SystemPackage

/// `scenehf show JOB`: one job, its steps and what came of them.
struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one job: its steps, what came of them, and where its files are.",
    discussion: """
      Reads only; works whether a service is running or not.

      EXAMPLES
        scenehf show street                by the beginning of the folder's name, if only one begins so
        scenehf show 1f0c77e2
        scenehf show 1f0c77e2 --json | jq '.steps[] | {index, name, status, last_prompt_used}'

      EXIT STATUS
        0   shown      1   there is no such job, or it cannot be read
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(
    help: ArgumentHelp("A job's id, its beginning, or the name of its folder.", valueName: "JOB"),
    completion: Completing.jobs)
  var job: String
  @Flag(help: "Print the whole job as one JSON document.") var json = false

  func run() async throws {
    let settings = try options.settings()
    let store = JobStore(reading: GlobalOptions.layout(settings))
    let job: Job = try orExplain { try store.find(self.job) }
    if json { return try Output.json(job) }
    let folder = try orExplain { try store.face(of: job).folder() }
    print("\(job.sourceName.onOneLine)  \(job.status.rawValue)")
    print("Job     \(job.id)")
    print("Folder  \(folder.map { store.layout.folder($0).appending(job.face).string } ?? "none")")
    if let plan = job.plan { print("Plan    \(plan.sceneSummary.onOneLine)") }
    if let reason = job.reason { print("Why     \(reason.onOneLine)") }
    print("")
    let rows = job.steps.map { step in
      [step.fileStem, step.type.rawValue, step.status.rawValue, step.reason ?? Self.share(of: step)]
    }
    if !rows.isEmpty { Output.table(["STEP", "TYPE", "STATUS", "NOTES"], rows) }
  }

  private static func share(of step: Step) -> String {
    guard let ratio = step.validation?.metrics["nonwhite_ratio"]?.double else { return "" }
    return "\((ratio * 1000).rounded() / 10)% not white"
  }
}
