package import Model
import Storage

/// Lets go on, once a new day has begun (UTC), what waits because a day's calls were used up.
package struct DayTurn: Sendable {
  let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// Resumes every job that was held for an earlier day than `today`; how many. Blocks.
  @discardableResult
  package func resume(on today: String) throws -> Int {
    var count = 0
    // A job that cannot be read was said at the start.
    for job in try workshop.store.restlessJobs() {
      guard let day = job.heldDay, day < today else { continue }
      try Actions(workshop: workshop).resume(job.id)
      count += 1
    }
    return count
  }

  /// How long it is until the next day begins.
  package static func untilNextDay(_ now: Timestamp = .now) -> Duration {
    let day: Int64 = 86_400_000
    return .milliseconds(day - now.milliseconds % day + 1)
  }
}
