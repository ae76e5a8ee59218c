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

  /// The processes that take part where several machines share the root; nil where one works alone.
  var machines: [Machine]?

  /// What waiting jobs need that no machine has.
  var unmet: [String]?

  struct Machine: Encodable {
    var name: String
    /// False for one that only takes pictures in.
    var works: Bool
    var running: Int
    /// Seconds since its last sign of life.
    var silence: Double
  }

  /// What to do about a root that is not there; nil where it is.
  var hint: String?

  private enum CodingKeys: String, CodingKey {
    case root, state, reason, settings, inbox, working, review, done, rejected, jobs, machines, unmet
    case calls = "calls_today"
    case cost = "cost_today"
  }

  /// `database` is where several machines meet; nil where nobody said.
  init(_ store: JobStore, database: String? = nil) throws {
    let layout = store.layout
    if let database {
      let sharing = try Self.sharing(layout, database)
      machines = try sharing?.machines().map {
        Machine(name: $0.name, works: $0.works, running: $0.running, silence: ($0.silence * 10).rounded() / 10)
      }
      unmet = try sharing?.unmetNeeds()
    }
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
    let (jobs, unreadable) = try store.outlines()
    for error in unreadable { complain("\(error)") }
    self.jobs = try jobs.map { job in
      Entry(
        id: job.id, name: job.sourceName, face: job.face,
        folder: try Face(layout: layout, job: job).folder()?.rawValue,
        status: job.status.rawValue, step: job.stepAtWork, reason: job.reason, since: job.updatedAt)
    }
  }
}

extension StatusReport {
  /// Nil where DATABASE_URL is another program's and this root is not shared.
  private static func sharing(_ layout: Layout, _ database: String) throws(StorageError) -> Sharing? {
    do throws(StorageError) {
      return try Sharing.find(layout, uri: database)
    } catch {
      if case .databaseUnprepared = error { return nil }
      throw error
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
    if let machines {
      let rows = machines.map { machine in
        [machine.name, machine.works ? "\(machine.running)" : "intake only", "\(machine.silence) s ago"]
      }
      lines += [""] + Output.lines(["MACHINE", "AT WORK", "LAST HEARD"], rows)
      lines += unmet ?? []
    }
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
