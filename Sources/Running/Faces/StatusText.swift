import Model

/// The `status.txt` of a face: which step, since when, what to do, and how every step stands.
struct StatusText {
  let job: Job
  let current: Step?
  /// Who makes the current step's picture.
  var provider: String?

  var text: String {
    var lines = ["\(job.sourceName): \(headline)", "Since \(since.local)"]
    if let waiting = job.metadata["waiting"]?.text { lines.append(waiting) }
    lines += plannerNotes
    lines += remedy.map { ["", $0] } ?? []
    if !job.steps.isEmpty { lines.append("") }
    for step in job.steps {
      let mark = step.id == current?.id ? "RUNNING" : step.status.rawValue
      lines.append(
        "\(step.index.padded(to: 2))  \(mark.padded(to: 13)) \(step.type.rawValue.padded(to: 10)) \(step.name)")
      if let reason = step.reason, !reason.isEmpty { lines.append("    \(reason)") }
    }
    lines += ["", "Job \(job.id)"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// A step that runs does so since it began; a job that stands still, since its last change.
  private var since: Timestamp {
    guard let current else { return job.updatedAt }
    return current.status == .running ? current.updatedAt : .now
  }

  /// What happened on the way to the plan, for example that the embedded planner had to take over.
  private var plannerNotes: [String] {
    if case .array(let notes)? = job.metadata["planner_notes"] { notes.compactMap(\.text) } else { [] }
  }

  private var waiting: [Step] { job.steps.filter(\.needsPerson) }

  private var headline: String {
    if let current {
      let maker = current.type == .analyze ? "" : provider.map { ", by \($0)" } ?? ""
      return "step \(current.index) of \(job.steps.count), \(current.type.rawValue) \"\(current.name)\"\(maker)"
    }
    switch job.status {
    case .idle, .planned, .running: return job.plan == nil ? "looking at the picture" : "waiting for its turn"
    case .paused where !job.isHeld && waiting.count > 1, .failed where waiting.count > 1:
      return "\(waiting.count) of \(job.steps.count) steps need you"
    case .paused: return job.reason ?? "waits for you"
    case .failed: return job.reason ?? "failed"
    case .done: return "done"
    case .cancelled: return "cancelled; everything made so far stays"
    }
  }

  /// What a person does next, for somebody who opens only this file; nil where there is nothing to do.
  private var remedy: String? {
    let files = waiting.map { "\($0.fileStem).yaml" }.joined(separator: ", ")
    switch job.status {
    case .cancelled where job.metadata["dismissed"] != true:
      return "To go on: \"scenehf resume \(job.id.prefix(8))\", or move this folder into the inbox to begin anew."
    case .paused where job.isHeld: return heldRemedy
    case .paused, .failed, .idle, .planned, .running:
      guard let first = waiting.first else { return nil }
      return "Needs you: open \(files) here, change something and save; or put a mask beside it as "
        + "\(first.fileStem).mask.png (white = work here). Each .problems.png shows what is wrong."
    case .done, .cancelled: return nil
    }
  }

  private var heldRemedy: String? {
    guard job.heldDay != nil else { return nil }
    let day: Int64 = 86_400_000
    let next = Timestamp(milliseconds: (Timestamp.now.milliseconds / day + 1) * day)
    return "Next try at \(next.local), when a new day (UTC) begins; it goes on by itself."
  }
}
