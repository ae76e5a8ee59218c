import Blocking
import Model
import Running
import Serving
import Storage
import SystemPackage
import Watching

/// The service: what lies in the inbox becomes jobs, jobs run, and what people do in review is carried out.
///
/// Several loops side by side, and the HTTP face if it is wanted; each ends when its task is cancelled. None of them
/// knows the others: they meet in the store.
struct Service {
  let studio: Studio
  let display: Display
  /// False where other processes do the work.
  let works: Bool
  let face: HTTPFace?
  /// Held while a face that came back is dealt with: its files are found one by one, by several takers.
  let returning = Locked(())
  let hooks: Hooks
  let summary = DaySummary()
  let tally = Tally()

  init(studio: Studio, display: Display, works: Bool, face: HTTPFace?) {
    self.studio = studio
    self.works = works
    self.display = display
    self.face = face
    hooks = Hooks({ studio.settings }) { display.note($0, .warning) }
    let (hooks, summary, tally, store) = (hooks, summary, tally, studio.store)
    studio.workshop.book.listen { news in
      summary.count(news)
      tally.take(news)
      hooks.consider(news) { job in
        let folder = (try? store.face(of: job).folder()) ?? nil
        return folder.map { store.layout.folder($0).appending(job.face).string } ?? ""
      }
    }
    studio.workshop.book.listen(toRejections: { rejection in
      display.note("\(rejection.reason) It lies in rejected/\(rejection.face).", .warning)
      summary.countRejection()
      let folder = store.layout.folder(.rejected).appending(rejection.face).string
      hooks.tell(.rejected, ["job": "", "name": rejection.name, "folder": folder, "reason": rejection.reason])
    })
  }

  /// Runs until the task is cancelled. `ready` is called once the folders are there and watched.
  func run(ready: @Sendable () -> Void) async throws {
    let layout = studio.store.layout
    let settings = studio.settings
    let options = WatchOptions(
      ignored: IgnoredNames(extra: settings.ignore + [InboxFolders.readme]), rescanInterval: settings.rescanInterval,
      quietTime: settings.quietTime, patience: settings.incompleteTimeout)
    var shallow = options
    shallow.depth = 1
    let presets = studio.workshop.presets
    for sentence in await studio.pool.run({ InboxFolders.make(presets, in: layout.inbox) }) {
      display.note(sentence)
    }
    try await studio.pool.run {
      try layout.note(refusal: nil)
      // An icon is nothing to stop for.
      try? FolderIcons.writeFiles(layout)
    }
    let inbox = try FolderWatch(layout.inbox, options)
    let review = try FolderWatch(layout.folder(.review), shallow)
    let requests = try FolderWatch(layout.requests, shallow)
    var flat = options
    flat.depth = 0
    let done = try FolderWatch(layout.folder(.done), flat)
    let (tally, store) = (tally, studio.store)
    try await studio.pool.run { try tally.load(store) }
    ready()
    try await withThrowingTaskGroup(of: Void.self) { group in
      if works { group.addTask { try await studio.runner.run() } }
      group.addTask { await watchInbox(inbox) }
      group.addTask { await watchReview(review) }
      group.addTask { await watchDone(done) }
      group.addTask { await watchRequests(requests) }
      group.addTask { await watchDays() }
      group.addTask { try await watchDisk([inbox, review, requests]) }
      group.addTask { await hooks.run() }
      group.addTask { await summary.run { display.note($0) } }
      group.addTask { await showStatus() }
      if let interval = Notify.watchdogInterval { group.addTask { await beat(every: interval) } }
      if let face { group.addTask { try await face.run() } }
      try await group.next()
      group.cancelAll()
    }
    for watch in [inbox, review, done, requests] { watch.stop() }
    if let line = summary.line(for: Timestamp.now.local) { display.note(line) }
  }

  /// At the start and at every midnight (UTC), what waited for a new day's budget goes on, and what the rules of
  /// retention say goes.
  private func watchDays() async {
    let turn = DayTurn(workshop: studio.workshop)
    while !Task.isCancelled {
      do {
        let resumed = try await studio.pool.run { try turn.resume(on: Timestamp.now.day) }
        if resumed > 0 { studio.runner.wake() }
      } catch {
        await note(error, about: "Jobs that wait for a new day")
      }
      do {
        let pruned = try await studio.pool.run { try Retention(workshop: studio.workshop).carryOut() }
        if let pruned { display.note(pruned) }
      } catch {
        await note(error, about: "What retention lets go")
      }
      try? await Task.sleep(for: DayTurn.untilNextDay())
    }
  }

  /// Each time a disk that was in trouble is well, what was put off goes on.
  private func watchDisk(_ watches: [FolderWatch]) async throws {
    let store = studio.store
    try await disk.run {
      let report = try await studio.pool.run { try store.goOn() }
      for sentence in report.sentences { display.note(sentence) }
      for id in report.toResume { store.enqueue(id) }
      for watch in watches { watch.lookAgain() }
      studio.runner.wake()
    }
  }

  /// Says what went wrong, unless it is the disk, which is said once.
  func note(_ error: any Error, about place: String) async {
    if await !disk.pauses(for: error) { display.note("\(place): \(error)", .error) }
  }

  var disk: DiskGuard { studio.workshop.disk }

  // MARK: - Requests of the command line

  private func watchRequests(_ watch: FolderWatch) async {
    for await event in watch.events {
      guard case .whole = event else { continue }
      let (store, desk) = (studio.store, RequestDesk(workshop: studio.workshop))
      do {
        try await studio.pool.run {
          for request in try store.pendingRequests() { try store.answer(request, desk.perform(request)) }
        }
        studio.runner.wake()
      } catch {
        await note(error, about: "A command could not be carried out")
      }
    }
  }
}
