import ArgumentParser
import Glibc
import Model
import Serving
import Storage
import SystemPackage

/// `scenehf status`: what is where, and why.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what is where, and why.",
    discussion: """
      Reads only; works whether a service is running or not.

      With --metrics the output is for Prometheus: a timer that writes it beside node_exporter's other textfiles
      needs no service with a page. The page serves the same at /metrics.

      STATE
        running                a service watches this root
        stopped                none does; what lies there waits
        waiting for the disk   a folder is missing: mount its disk, or let "scenehf watch" make the folders

      JOBS
        IDLE, PLANNED, RUNNING   at work, or waiting for their turn
        PAUSED, FAILED           need you: the column WHY says for what, the folder holds what to edit
        DONE                     finished
        CANCELLED                ended by you; "scenehf resume" or "scenehf restore" goes on

      MACHINES
        With DATABASE_URL the machines that share the root are listed: host and process, how many jobs each has at work,
        and how long ago it gave its last sign of life.

      EXAMPLES
        scenehf status
        scenehf status --watch
        scenehf status --json | jq -r '.jobs[] | select(.folder == "review") | "\\(.face): \\(.reason)"'
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Print one JSON document.") var json = false
  @Flag(help: "Go on showing it whenever it changes, until stopped.") var watch = false
  @Flag(help: "Print it as Prometheus metrics.") var metrics = false

  func validate() throws {
    if [json, watch, metrics].count(where: { $0 }) > 1 {
      throw ValidationError("Use one of --json, --watch and --metrics.")
    }
  }

  func run() async throws {
    let settings = try options.settings()
    let store = JobStore(reading: GlobalOptions.layout(settings))
    if metrics {
      return print(try orExplain { try Metrics(of: store, day: Timestamp.now.day) }.text, terminator: "")
    }
    let database = try orExplain { try Keyring().database() }
    if watch { return try await keepShowing(store, database) }
    let report = try orExplain { try StatusReport(store, database: database) }
    if json { try Output.json(report) } else { print(report.text) }
  }

  /// Looks again and again; a large root, which takes long to read, less often.
  private func keepShowing(_ store: JobStore, _ database: String?) async throws {
    let clock = ContinuousClock()
    let clearing = isatty(1) == 1 ? "\u{1B}[2J\u{1B}[H" : ""
    var shown: String?
    while !Task.isCancelled {
      var text = ""
      let taken = try clock.measure { text = try orExplain { try StatusReport(store, database: database) }.text }
      if text != shown {
        print(clearing + text)
        fflush(nil)
      }
      shown = text
      try await clock.sleep(for: max(.seconds(1), taken * 10))
    }
  }
}
