import Model
package import Storage

/// The service in numbers, as Prometheus reads them (text exposition format 0.0.4): what is where, what is done, what
/// is spent. Everything is read from the root, so that it can be had with and without a running service.
package struct Metrics: Sendable {
  private var lines: [String] = []

  /// Reads the root. Blocks.
  package init(of store: JobStore, day: String) throws(StorageError) {
    let jobs = try store.outlines().jobs
    gauge(
      "scenehf_jobs", "Jobs by status.", label: "status",
      JobStatus.allCases.map { status in (status.rawValue, Double(jobs.count { $0.status == status })) })
    var folders = [("inbox", Double(try store.countFiles(below: store.layout.inbox)))]
    for folder in Layout.Folder.allCases { folders.append((folder.rawValue, Double(try store.countFaces(in: folder)))) }
    gauge("scenehf_folder_entries", "Pictures in inbox, and folders of jobs in the others.", label: "folder", folders)
    let steps = jobs.flatMap(\.steps)
    gauge(
      "scenehf_steps", "Steps of all jobs by status.", label: "status",
      StepStatus.allCases.map { status in (status.rawValue, Double(steps.count { $0.status == status })) })
    let spending = try store.spending(on: day)
    gauge("scenehf_paid_calls_today", "Paid calls of this day (UTC).", [("", Double(spending.calls))])
    gauge("scenehf_cost_today_dollars", "What is known of their cost.", [("", spending.cost)])
  }

  /// Adds a number of one's own.
  package mutating func gauge(_ name: String, _ help: String, _ value: Double) { gauge(name, help, [("", value)]) }

  private mutating func gauge(
    _ name: String, _ help: String, label: String = "", _ values: [(label: String, value: Double)]
  ) {
    lines += ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
    lines += values.map { "\(name)\(label.isEmpty ? "" : "{\(label)=\"\($0.label)\"}") \($0.value)" }
  }

  /// One line for each number, each ended by a line feed.
  package var text: String { lines.map { "\($0)\n" }.joined() }
}
