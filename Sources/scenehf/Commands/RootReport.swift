import Glibc
import Storage

/// What `scenehf doctor` found in the files of all jobs, and what it mended.
struct RootReport: Encodable {
  private let jobs: Int
  private let files: Int
  private let findings: [Damage]

  /// Looks, and mends if asked; a line on a terminal says how far it is. Blocks.
  init(_ layout: Layout, repairing: Bool) throws(StorageError) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    func show(_ text: String) {
      let line = "\r\u{1B}[K\(text)"
      if isTerminal { write(STDERR_FILENO, line, line.utf8.count) }
    }
    let progress = { (jobs: Int) in if jobs % 50 == 0 { show("\(jobs) jobs looked at …") } }
    let report =
      try repairing
      ? RootRepair.run(layout, progress: progress)
      : RootCheck(JobStore(reading: layout)).run(progress: progress)
    show("")
    (jobs, files, findings) = (report.jobs, report.files, report.findings)
  }

  /// Whether nothing is left that a person must see to.
  var isWell: Bool { findings.allSatisfy { $0.outcome != .open } }

  /// One line a finding, after how much was looked at.
  func show() {
    let open = findings.count { $0.outcome == .open }
    let state = open == 0 ? "ok  " : "FAIL"
    print("\(state)  jobs: \(jobs) jobs with \(files) pictures looked at; faults left: \(open).")
    for finding in findings {
      let mark =
        switch finding.outcome {
        case .repaired: "done"
        case .open: "FAIL"
        case .note: "note"
        }
      print("\(mark)  \(finding.path): \(finding.sentence)")
    }
  }
}
