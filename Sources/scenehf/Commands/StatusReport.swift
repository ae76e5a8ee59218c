import Model
import Storage
import SystemPackage

/// The contents of `status --json` (DESIGN section 9).
struct StatusReport: Encodable {
  struct Entry: Encodable {
    var id: String
    var name: String
    var face: String
    var folder: String?
    var status: String
    /// The file stem of the step at work or in need of a person.
    var step: String?
    var reason: String?
    var since: Timestamp

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode(name, forKey: .name)
      try container.encode(face, forKey: .face)
      try container.encode(folder, forKey: .folder)
      try container.encode(status, forKey: .status)
      try container.encode(step, forKey: .step)
      try container.encode(reason, forKey: .reason)
      try container.encode(since, forKey: .since)
    }

    private enum CodingKeys: String, CodingKey {
      case id, name, face, folder, status, step, reason, since
    }
  }

  var root: String
  /// `running`, `stopped`, `waiting for the disk`, or `paused` while the disk is in another trouble.
  var state: String
  /// Why it is paused.
  var reason: String?
  /// Why the running service has not taken its newest settings; nil where it has.
  var settings: String?
  var inbox = 0
  var working = 0
  var review = 0
  var done = 0
  var rejected = 0
  var jobs: [Entry] = []
  /// Paid calls of this day (UTC), and what is known of their cost in US dollars.
  var calls = 0
  var cost = 0.0

  /// What to do about a root that is not there; nil where it is.
  var hint: String?

  private enum CodingKeys: String, CodingKey {
    case root, state, reason, settings, inbox, working, review, done, rejected, jobs
    case calls = "calls_today"
    case cost = "cost_today"
  }

  init(_ store: JobStore) throws {
    let layout = store.layout
    root = layout.root.string
    let trouble = JobStore.visibleTrouble(layout)
    reason = trouble?.description
    state = trouble != nil ? "paused" : layout.isBusy ? "running" : "stopped"
    if case .waitingForDisk = trouble {
      state = "waiting for the disk"
      hint = "\"scenehf watch\" makes a root that was never there."
      return
    }
    settings = state == "running" ? layout.refusal : nil
    inbox = try store.countFiles(below: layout.inbox)
    working = try store.countFaces(in: .working)
    review = try store.countFaces(in: .review)
    done = try store.countFaces(in: .done)
    rejected = try store.countFaces(in: .rejected)
    let spending = try store.spending(on: Timestamp.now.day)
    (calls, cost) = (spending.calls, spending.cost)
    let (jobs, unreadable) = try store.allJobs()
    for error in unreadable { complain("\(error)") }
    self.jobs = try jobs.map { job in
      let step = job.steps.first { $0.status == .running || $0.needsPerson }
      return Entry(
        id: job.id, name: job.sourceName, face: job.face, folder: try store.face(of: job).folder()?.rawValue,
        status: job.status.rawValue, step: step?.fileStem, reason: job.reason, since: job.updatedAt)
    }
  }
}

extension StatusReport {
  /// As people read it.
  var text: String {
    var lines = ["\(root): \(state)\(reason.map { ". \($0)" } ?? "")"]
    lines += [hint, settings].compactMap { $0 }
    lines.append("inbox \(inbox), working \(working), review \(review), done \(done), rejected \(rejected)")
    if calls > 0 { lines.append("paid calls today \(calls), about $\(cost.inCents)") }
    if !jobs.isEmpty {
      let rows = jobs.map { job in
        [String(job.id.prefix(8)), job.status, job.folder ?? "-", job.name, job.reason ?? ""]
      }
      lines += [""] + Output.lines(["JOB", "STATUS", "FOLDER", "PICTURE", "WHY"], rows)
    }
    return lines.joined(separator: "\n")
  }
}

extension Double {
  /// Dollars with two digits.
  fileprivate var inCents: String {
    let cents = Int((self * 100).rounded())
    return "\(cents / 100).\((cents % 100).padded(to: 2))"
  }
}
