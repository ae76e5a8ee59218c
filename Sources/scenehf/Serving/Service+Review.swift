import Blocking
import Model
import Running
import Storage
import SystemPackage
import Watching

/// The review folder: what people save and drop there is carried out; and what it means when a face is taken away.
extension Service {
  /// How long nothing more must be saved in a face before it is looked at: one look for a handful of saves.
  private static let settlingTime = Duration.milliseconds(300)
  /// Somebody who saves without a break is not waited for longer than this.
  private static let longestSettling = Duration.seconds(2)

  func watchReview(_ watch: FolderWatch) async {
    let clock = ContinuousClock()
    let lastSave = Locked<[String: ContinuousClock.Instant]>([:])
    await withDiscardingTaskGroup { group in
      for await event in watch.events {
        switch event {
        case .whole(let file):
          guard let face = file.path.removingLastComponent().lastComponent?.string else { continue }
          let isWaitedFor = lastSave.withLock { $0.updateValue(clock.now, forKey: face) != nil }
          if isWaitedFor { continue }
          group.addTask {
            await settle(face, lastSave, clock)
            await look(at: face)
          }
        case .vanished(let path): group.addTask { await dismiss(path) }
        case .paused(let sentence), .polling(let sentence): display.note(sentence, .warning)
        case .empty, .notAFile, .resumed: continue
        }
      }
    }
  }

  func watchDone(_ watch: FolderWatch) async {
    for await event in watch.events {
      if case .vanished(let path) = event { await dismiss(path) }
    }
  }

  /// Returns when the person has paused.
  private func settle(
    _ face: String, _ lastSave: Locked<[String: ContinuousClock.Instant]>, _ clock: ContinuousClock
  ) async {
    let begin = clock.now
    while let last = lastSave.withLock({ $0[face] }) {
      let due = min(last + Self.settlingTime, begin + Self.longestSettling)
      if due <= clock.now { break }
      try? await clock.sleep(until: due)
      if Task.isCancelled { break }
    }
    _ = lastSave.withLock { $0.removeValue(forKey: face) }
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
      await note(error, about: "review/\(face)")
    }
  }

  /// A folder is gone from `review` or `done`: moved by us or by a person, or deleted.
  private func dismiss(_ path: FilePath) async {
    guard let face = path.lastComponent?.string, FaceName.isPlausible(face) else { return }
    let (store, actions) = (studio.store, Actions(workshop: studio.workshop))
    do {
      let sentence = try await studio.pool.run { () throws -> String? in
        let job = try store.find(face)
        return job.face == face ? try actions.dismiss(job.id) : nil
      }
      if let sentence { display.note(sentence) }
    } catch StorageError.noSuchJob {
      // Not one of ours, or removed for good.
    } catch {
      await note(error, about: face)
    }
  }
}
