import Model

/// The `status.txt` of a face: which step, since when, and how every step stands.
struct StatusText {
  let job: Job
  let current: Step?
  /// Who makes the current step's picture.
  var provider: String?

  var text: String {
    var lines = ["\(job.sourceName): \(headline)", "Since \(Timestamp.now.local)"]
    if let waiting = job.metadata["waiting"]?.text { lines.append(waiting) }
    lines += plannerNotes + [""]
    for step in job.steps {
      let mark = step.id == current?.id ? "RUNNING" : step.status.rawValue
      lines.append(
        "\(step.index.padded(to: 2))  \(mark.padded(to: 13)) \(step.type.rawValue.padded(to: 10)) \(step.name)")
      if let reason = step.reason, !reason.isEmpty { lines.append("    \(reason)") }
    }
    lines += ["", "Job \(job.id)"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// What happened on the way to the plan, for example that the embedded planner had to take over.
  private var plannerNotes: [String] {
    if case .array(let notes)? = job.metadata["planner_notes"] { notes.compactMap(\.text) } else { [] }
  }

  private var headline: String {
    if let current {
      let maker = current.type == .analyze ? "" : provider.map { ", by \($0)" } ?? ""
      return "step \(current.index) of \(job.steps.count), \(current.type.rawValue) \"\(current.name)\"\(maker)"
    }
    switch job.status {
    case .idle, .planned, .running: return job.plan == nil ? "looking at the picture" : "waiting for its turn"
    case .paused: return job.reason ?? "waits for you"
    case .failed: return job.reason ?? "failed"
    case .done: return "done"
    case .cancelled: return "cancelled"
    }
  }
}
