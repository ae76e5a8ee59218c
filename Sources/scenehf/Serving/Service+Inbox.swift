import Blocking
import Model
import Running
import Storage
import SystemPackage
import Watching

/// The inbox: files that become jobs, and folders that come back.
extension Service {
  func watchInbox(_ watch: FolderWatch) async {
    await withDiscardingTaskGroup { group in
      let (rush, runner) = (studio.workshop.rush, studio.runner)
      for await event in watch.events {
        await rush.enter()
        group.addTask {
          await take(event, watch)
          rush.leave()
          runner.wake()
        }
      }
    }
  }

  private func take(_ event: WatchEvent, _ watch: FolderWatch) async {
    if disk.isPaused, let path = event.path { return watch.notYet(path) }
    let intake = Intake(workshop: studio.workshop)
    do {
      if let path = event.path, try await comesBack(path) { return }
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
      case .paused(let sentence), .polling(let sentence): display.note(sentence, .warning)
      case .resumed: display.note("The inbox is there again; work goes on.")
      case .vanished: break
      }
    } catch {
      if let path = event.path { watch.notYet(path) }
      await note(error, about: "The inbox")
      // It may be a job all the same.
      studio.runner.wake()
    }
  }

  /// Whether the file lies in a face that somebody moved into the inbox: then the job runs again, once, and none of
  /// the folder's pictures is a drop.
  private func comesBack(_ path: FilePath) async throws -> Bool {
    let (store, actions) = (studio.store, Actions(workshop: studio.workshop))
    let found = try await studio.pool.run { () throws -> (isFace: Bool, sentence: String?) in
      guard let job = try store.jobOfReturnedFace(path) else { return (false, nil) }
      return (true, try returning.withLock { _ in try actions.runAgain(job.id) })
    }
    if let sentence = found.sentence {
      display.note(sentence)
      studio.runner.wake()
    }
    return found.isFace
  }

  private func tell(_ outcome: Intake.Outcome, _ path: FilePath, _ watch: FolderWatch) {
    switch outcome {
    case .job: studio.runner.wake()
    case .notYet: watch.notYet(path)
    case .rejected, .gone: break
    }
  }
}

extension FileIdentity {
  init(_ file: WatchedFile) {
    self.init(device: file.device, inode: file.inode, size: file.size, modified: file.modified)
  }
}
