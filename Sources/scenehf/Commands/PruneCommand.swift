import ArgumentParser
import Model
import Running
import Storage

/// `scenehf prune`: what the rules of retention let go.
struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove what finished jobs need no more, by rules; sources always stay.",
    discussion: """
      The rules are settings; the running service goes by them once a day by itself, and this command does so now:

        keep_done_days     the results of a job go so many days after it was finished: its folder in done/ and the
                           pictures in its body
        keep_generations   so many raw answers of each step stay: that of its result, then the newest
        disk_quota_gb      while the whole root takes more, results go, those finished first before others

      What was dropped, masks, prompts, history and costs stay, so that "scenehf restore JOB" can make the results again
      from the source. A folder in done/ in which you changed or added something stays too, and is named.

      EXAMPLES
        scenehf prune --dry-run                    what would go, with sizes; nothing is removed
        scenehf prune                              the same in earnest
        scenehf prune --done-days 30 --dry-run     by a rule of the moment, instead of the settings'
        scenehf prune --dry-run --json | jq .bytes

      EXIT STATUS
        0   done, or nothing was to go      1   it could not be done; the sentence says why
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(name: .customLong("dry-run"), help: "Only list what would go.") var dryRun = false
  @Option(help: ArgumentHelp("Instead of keep_done_days.", valueName: "N")) var doneDays: Int?
  @Option(help: ArgumentHelp("Instead of keep_generations.", valueName: "N")) var generations: Int?
  @Flag(help: "Print one JSON document.") var json = false

  func validate() throws {
    guard (doneDays ?? 0) >= 0, (generations ?? 0) >= 0 else { throw ValidationError("N is a whole number from 0.") }
  }

  private struct Report: Encodable {
    struct Item: Encodable {
      var id: String
      var name: String
      var what: String
      var finished: Timestamp
      var files: Int
      var bytes: Int
    }

    struct Kept: Encodable {
      var id: String
      var name: String
      var why: String
    }

    var dry_run: Bool
    var bytes: Int
    var items: [Item]
    var kept: [Kept]
  }

  func run() async throws {
    let settings = try options.settings()
    let rules = rules(settings)
    let store = JobStore(reading: GlobalOptions.layout(settings))
    let plan = try orExplain { try RetentionPlan(of: store, rules) }
    var outcome: String?
    if !dryRun, !plan.items.isEmpty {
      var request = ServiceRequest(verb: RequestDesk.Verb.prune.rawValue, jobID: "")
      request.retention = rules
      let answer = try await Asking(options).answer(to: request)
      guard answer.succeeded else {
        complain(answer.sentence)
        throw ExitCode(1)
      }
      outcome = answer.sentence
    }
    if json { return try Output.json(report(plan)) }
    for line in lines(plan, rules, outcome) { print(line) }
  }

  private func rules(_ settings: Settings) -> RetentionRules {
    guard doneDays != nil || generations != nil else { return settings.retention }
    return RetentionRules(doneDays: doneDays, generations: generations)
  }

  private func report(_ plan: RetentionPlan) -> Report {
    Report(
      dry_run: dryRun, bytes: plan.bytes,
      items: plan.items.map { item in
        Report.Item(
          id: item.jobID, name: item.name, what: item.what.rawValue, finished: item.finished, files: item.assets.count,
          bytes: item.bytes)
      },
      kept: plan.kept.map { Report.Kept(id: $0.jobID, name: $0.name, why: $0.why) })
  }

  /// What goes or stays, a line each; then what was done, or would be.
  private func lines(_ plan: RetentionPlan, _ rules: RetentionRules, _ outcome: String?) -> [String] {
    var lines: [String] = []
    if !plan.items.isEmpty {
      let rows = plan.items.map { item in
        [String(item.jobID.prefix(8)), item.finished.day, item.what.rawValue, item.bytes.inWords, item.name]
      }
      lines += Output.lines(["JOB", "FINISHED", "WHAT", "SIZE", "PICTURE"], rows) + [""]
    }
    lines += plan.kept.map { "\($0.name) stays: \($0.why)" }
    if rules.isEmpty {
      lines.append("No rule says that anything goes. Set keep_done_days, keep_generations or disk_quota_gb.")
    } else if plan.items.isEmpty {
      lines.append("Nothing is to go.")
    } else {
      lines.append(outcome ?? "\(plan.bytes.inWords) would go. Sources, masks and records stay.")
    }
    return lines
  }
}
