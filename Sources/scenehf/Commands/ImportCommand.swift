import ArgumentParser
import FoundationEssentials
import Model
import Running
import Storage
import SystemPackage

/// `scenehf import FOLDER`: jobs of the web tool, or of another root.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Copy jobs of the web tool, or of another root, into this one.",
    discussion: """
      FOLDER is that of one job (with its job.json), one that holds such folders, or one with jobs/ or data/jobs/ below.
      It is only read: everything is copied, each job whole or not at all. A job that is here already is passed over, so
      the command can be repeated.

      Assets are found by their paths, be they relative or absolute, also after the folder was moved. Keys and passwords in
      job.json and the history are left out and named: they still lie in FOLDER in clear text.

      Finished jobs get their folder in done/, those that need you one in review/. What was not finished waits, so that
      nothing is spent unasked: "scenehf resume JOB" goes on.

      EXAMPLES
        scenehf import ~/scenehf-web/data/jobs --dry-run
        scenehf import ~/scenehf-web
        scenehf import ./data/jobs/1f0c77e2-5a3b-4c7e-9d3f-0a1b2c3d4e5f
        scenehf import ~/old-root --json | jq '.jobs[] | select(.secrets != [])'

      EXIT STATUS
        0   all are here      1   some could not be imported; a sentence says which and why
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(name: .customLong("dry-run"), help: "Only list what would be copied.") var dryRun = false
  @Flag(help: "Print one JSON document.") var json = false
  @Argument(help: ArgumentHelp("Where the jobs lie.", valueName: "FOLDER"), completion: .directory)
  var folder: String

  /// What became of one job.
  private struct Entry: Encodable {
    var id: String
    var name: String
    var status: String
    var files: Int
    /// `imported`, `would be imported` or `here already`.
    var outcome: String
    var secrets: [String]
    var losses: [String]
  }

  private struct Report: Encodable {
    var jobs: [Entry]
    var errors: [String]
  }

  func run() async throws {
    let settings = try options.settings()
    let layout = GlobalOptions.layout(settings)
    let path = FilePath(folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder)
    let folders = ForeignJob.folders(in: path)
    guard !folders.isEmpty else {
      complain(
        "There is no job.json in \(path.string), nor in folders, jobs/ or data/jobs/ below it. Name the right one.")
      throw ExitCode(1)
    }
    // A root that was never there is made, and locked only for that moment.
    if !layout.isBusy, !dryRun { _ = try orExplain { try JobStore.open(layout) } }
    let store = JobStore(reading: layout)
    var report = Report(jobs: [], errors: [])
    for folder in folders {
      do {
        report.jobs.append(try take(ForeignJob(at: folder), into: store))
      } catch {
        report.errors.append("\(error)")
      }
    }
    try show(report, isServed: layout.isBusy)
    if !report.errors.isEmpty { throw ExitCode(1) }
  }

  private func take(_ foreign: ForeignJob, into store: JobStore) throws -> Entry {
    let job = foreign.job
    guard store.canHold(job.id) else { throw ImportError(foreign.folder, "Its id is no plain name.") }
    let isHere = try store.has(job.id)
    if !isHere, !dryRun {
      try store.adopt(job, files: foreign.files, history: foreign.history)
      if store.layout.isBusy {
        try store.layout.post(ServiceRequest(verb: RequestDesk.Verb.take.rawValue, jobID: job.id))
      }
    }
    return Entry(
      id: job.id, name: job.sourceName, status: job.status.rawValue, files: foreign.files.count,
      outcome: isHere ? "here already" : dryRun ? "would be imported" : "imported", secrets: foreign.secrets,
      losses: foreign.losses)
  }

  private func show(_ report: Report, isServed: Bool) throws {
    for error in report.errors { complain(error) }
    if json { return try Output.json(report) }
    let rows = report.jobs.map { [String($0.id.prefix(8)), $0.status, "\($0.files)", $0.outcome, $0.name] }
    if !rows.isEmpty { Output.table(["JOB", "STATUS", "FILES", "OUTCOME", "PICTURE"], rows) }
    for job in report.jobs {
      if !job.secrets.isEmpty {
        print(
          "\(job.name): keys were left out (\(job.secrets.joined(separator: ", "))). They still lie in \(folder) in clear "
            + "text: delete them there, and replace them at the provider if others could read that.")
      }
      for loss in job.losses { print("\(job.name): \(loss)") }
    }
    if !isServed, report.jobs.contains(where: { $0.outcome == "imported" }) {
      print("Their folders appear in done/ and review/ when \"scenehf watch\" runs.")
    }
  }
}
