import Blocking
import Model
import Running
import Serving
import Storage
import SystemPackage
import Watching

/// The service: what lies in the inbox becomes jobs, jobs run, and what people do in review is carried out.
///
/// Four loops side by side, and the HTTP face if it is wanted; each ends when its task is cancelled. None of them
/// knows the others: they meet in the store.
struct Service {
  let studio: Studio
  let display: Display
  let face: HTTPFace?

  /// Runs until the task is cancelled.
  func run() async throws {
    let layout = studio.store.layout
    let settings = studio.settings
    let options = WatchOptions(
      ignored: IgnoredNames(extra: settings.ignore), rescanInterval: settings.rescanInterval,
      quietTime: settings.quietTime, patience: settings.incompleteTimeout)
    var shallow = options
    shallow.depth = 1
    let inbox = try FolderWatch(layout.inbox, options)
    let review = try FolderWatch(layout.folder(.review), shallow)
    let requests = try FolderWatch(layout.requests, shallow)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await work() }
      group.addTask { await watchInbox(inbox) }
      group.addTask { await watchReview(review) }
      group.addTask { await watchRequests(requests) }
      if let face { group.addTask { try await face.run() } }
      try await group.next()
      group.cancelAll()
    }
    for watch in [inbox, review, requests] { watch.stop() }
  }

  // MARK: - Working

  /// Runs jobs; a disk in trouble pauses the work, says so once, and it goes on when the disk does.
  private func work() async throws {
    var said: String?
    while !Task.isCancelled {
      do {
        try await studio.runner.run()
      } catch let error as StorageError where error.concernsDisk {
        if said != error.description { display.note("Paused: \(error)") }
        said = error.description
        try? await Task.sleep(for: .seconds(2))
      }
    }
  }

  // MARK: - Intake

  /// How many files are decoded and taken at once.
  private static let takers = 4

  private func watchInbox(_ watch: FolderWatch) async {
    await withDiscardingTaskGroup { group in
      let places = AsyncSemaphore(count: Self.takers)
      for await event in watch.events {
        await places.acquire()
        group.addTask {
          await take(event, watch)
          places.release()
        }
      }
    }
  }

  private func take(_ event: WatchEvent, _ watch: FolderWatch) async {
    let intake = Intake(workshop: studio.workshop)
    do {
      switch event {
      case .whole(let file):
        let drop = Drop(path: file.path, identity: FileIdentity(file))
        let outcome = try await studio.pool.run { try intake.take(drop, unchangedFor: file.unchangedFor) }
        tell(outcome, file.path, watch)
      case .empty(let file):
        let reason = "It is empty. Copy it again from where it came from."
        let outcome = try await studio.pool.run { try intake.reject(file.path, reason: reason) }
        tell(outcome, file.path, watch)
      case .notAFile(let path, let kind):
        let reason = "It is \(kind); SceneHF takes only the pictures themselves. Copy the picture into the inbox."
        let outcome = try await studio.pool.run { try intake.reject(path, reason: reason) }
        tell(outcome, path, watch)
      case .paused(let sentence), .polling(let sentence): display.note(sentence)
      case .resumed: display.note("The inbox is there again; work goes on.")
      }
    } catch {
      display.note("The inbox: \(error)")
      if let path = event.path { watch.notYet(path) }
    }
  }

  private func tell(_ outcome: Intake.Outcome, _ path: FilePath, _ watch: FolderWatch) {
    switch outcome {
    case .job: studio.runner.wake()
    case .rejected(let face, let reason): display.note("\(reason) It lies in rejected/\(face).")
    case .notYet: watch.notYet(path)
    case .gone: break
    }
  }

  // MARK: - Review

  /// How long a person's programs are given to finish a handful of saves, before they are looked at together.
  private static let settlingTime = Duration.milliseconds(300)

  private func watchReview(_ watch: FolderWatch) async {
    let pending = Locked<Set<String>>([])
    await withDiscardingTaskGroup { group in
      for await event in watch.events {
        guard case .whole(let file) = event, let face = file.path.removingLastComponent().lastComponent?.string else {
          continue
        }
        guard pending.withLock({ $0.insert(face).inserted }) else { continue }
        group.addTask {
          try? await Task.sleep(for: Self.settlingTime)
          _ = pending.withLock { $0.remove(face) }
          await look(at: face)
        }
      }
    }
  }

  private func look(at face: String) async {
    let workshop = studio.workshop
    let store = studio.store
    do {
      let changed = try await studio.pool.run { () throws -> Bool in
        let job = try store.find(face)
        guard job.face == face, try EditDesk(workshop: workshop).look(at: job.id) else { return false }
        store.enqueue(job.id)
        return true
      }
      if changed { studio.runner.wake() }
    } catch StorageError.noSuchJob {
      // A folder that a person made in review/ is theirs.
    } catch {
      display.note("review/\(face): \(error)")
    }
  }

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
        display.note("A command could not be carried out: \(error)")
      }
    }
  }
}

extension FileIdentity {
  init(_ file: WatchedFile) {
    self.init(device: file.device, inode: file.inode, size: file.size, modified: file.modified)
  }
}
