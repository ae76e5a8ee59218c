import ArgumentParser
import FoundationEssentials
import Model
import Running
import Storage
import SystemPackage

/// `scenehf run FILE…`: the same pipeline for copies of these files.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Work on copies of these files until they settle, and show how it goes.",
    discussion: """
      The files stay where they are. If a service is watching the same root, it does the work. Results are in the
      folder that is printed at the end; what needs your review is there too, and is edited and run again as always.
      A preset file beside a picture, such as street.jpg.yaml, holds for it as in the inbox.

      EXAMPLES
        scenehf run street.jpg                                    into $STORAGE_ROOT
        scenehf run --storage-root ./out *.png                    into a root of its own
        scenehf run --provider local street.jpg                   without asking any image service
        scenehf run --planner local --provider gemini --model gemini-2.5-flash-image street.jpg
        scenehf run street.jpg || test $? -eq 2                   where a review is no failure

      EXIT STATUS
        0   all are done      2   some need your review      1   some failed or were rejected
      """)

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("Work as for pictures in inbox/NAME.", valueName: "NAME")) var preset: String?
  @Option(help: ArgumentHelp("Who makes the plan: gemini, openai or local.", valueName: "NAME")) var planner: String?
  @Option(help: ArgumentHelp("The image services to ask, first to last, as in image_provider.", valueName: "NAMES"))
  var provider: String?
  @Option(help: ArgumentHelp("The image service's model to ask first.", valueName: "NAME")) var model: String?
  @Argument(
    help: ArgumentHelp("Pictures: PNG, JPEG, WebP, TIFF, HEIC or AVIF.", valueName: "FILE"), completion: .file())
  var files: [String]

  /// What the options say of these pictures alone.
  private var own: [SettingKey: String] {
    let options: [SettingKey: String?] = [.plannerProvider: planner, .imageProvider: provider, .imageModel: model]
    return options.compactMapValues(\.self)
  }

  func validate() throws {
    do {
      _ = try Settings(SettingLayers(home: "/")).with(own)
    } catch {
      throw ValidationError("\(error)")
    }
    if let preset, !options.presets().has(preset) {
      throw ValidationError(
        "There is no preset \"\(preset)\". Presets: \(options.presets().names.joined(separator: ", ")).")
    }
  }

  func run() async throws {
    let settings = try options.settings()
    let layout = GlobalOptions.layout(settings)
    let display = Display()
    let stopping = Stopping()
    let code = try await withThrowingTaskGroup(of: Int32?.self) { group in
      group.addTask {
        try await layout.isBusy
          ? handOver(settings, layout, display) : work(settings, display)
      }
      group.addTask {
        await stopping.wait()
        return nil
      }
      let first = try await group.next() ?? nil
      group.cancelAll()
      return first ?? 1
    }
    if code != 0 { throw ExitCode(code) }
  }

  /// Runs the jobs in this process.
  private func work(_ settings: Settings, _ display: Display) async throws -> Int32 {
    let studio = try orExplain { try Studio.open(settings, presets: options.presets(), display: display) }
    try orExplain { try studio.check(own) }
    let (jobs, failed) = adopt(Intake(workshop: studio.workshop)) { try Intake(workshop: studio.workshop).begin($0) }
    studio.runner.wake()
    try await studio.runner.run(untilIdle: true)
    return report(jobs, failed: failed, studio.store)
  }

  /// Leaves the work to the service that watches this root, and waits for it.
  private func handOver(_ settings: Settings, _ layout: Layout, _ display: Display) async throws -> Int32 {
    display.note("A service is watching \(layout.root.string); it does the work.")
    let studio = try orExplain {
      try Studio(settings, presets: options.presets(), store: JobStore(reading: layout), display: display)
    }
    try orExplain { try studio.check(own) }
    let (jobs, failed) = adopt(Intake(workshop: studio.workshop)) { job in
      try layout.post(ServiceRequest(verb: RequestDesk.Verb.resume.rawValue, jobID: job.id))
    }
    var waiting = Set(jobs)
    while !waiting.isEmpty, !Task.isCancelled {
      try await Task.sleep(for: .milliseconds(200))
      for id in waiting where try studio.store.load(id).isSettled { waiting.remove(id) }
    }
    return report(jobs, failed: failed, studio.store)
  }

  private func adopt(_ intake: Intake, _ begin: (Job) throws -> Void) -> (jobs: [String], failed: Bool) {
    var jobs: [String] = []
    var failed = false
    let here = FilePath(FileManager.default.currentDirectoryPath)
    for (file, path) in zip(files, givenPaths(files)) {
      do {
        let job = try intake.adopt(copyOf: here.pushing(path), preset: preset, own: own)
        try begin(job)
        jobs.append(job.id)
      } catch {
        complain("\(file): \(error)")
        failed = true
      }
    }
    return (jobs, failed)
  }

  /// The table of what landed where, and the exit status.
  private func report(_ ids: [String], failed: Bool, _ store: JobStore) -> Int32 {
    let jobs = ids.compactMap { try? store.load($0) }
    let rows = jobs.map { job in
      let folder = (try? store.face(of: job).folder()) ?? nil
      let place = folder.map { store.layout.folder($0).appending(job.face).string } ?? "-"
      return [job.sourceName, job.status.rawValue, place]
    }
    if !rows.isEmpty { Output.table(["PICTURE", "STATUS", "FOLDER"], rows) }
    if failed || jobs.contains(where: { $0.status == .failed || $0.status == .cancelled }) { return 1 }
    return jobs.contains { $0.status != .done } ? 2 : 0
  }
}
