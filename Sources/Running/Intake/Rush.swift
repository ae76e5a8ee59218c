import Blocking

/// The places for drops that are being taken in, and whether they come in a rush.
///
/// While so many arrive that every place is busy, no new job begins, for ten seconds at most: what somebody drops is
/// safe first, and the processor turns to the pictures then.
package final class Rush: Sendable {
  private struct State {
    var inside = 0
    /// When all places were first busy, since they were last empty.
    var begin: ContinuousClock.Instant?
  }

  /// How many files are decoded and taken at once: more than there are cores, for each waits for the disk in between.
  static let places = 6

  private let longest: Duration
  private let semaphore = AsyncSemaphore(count: places)
  private let state = Locked(State())

  /// `longest` is how long jobs wait for drops at most.
  package init(longest: Duration = .seconds(10)) { self.longest = longest }

  /// Returns when there is a place for a drop.
  package func enter() async {
    await semaphore.acquire()
    state.withLock { state in
      state.inside += 1
      if state.inside == Self.places, state.begin == nil { state.begin = .now }
    }
  }

  /// Gives the place back. Whoever begins jobs should look again then.
  package func leave() {
    state.withLock { state in
      state.inside -= 1
      if state.inside == 0 { state.begin = nil }
    }
    semaphore.release()
  }

  /// Whether jobs should wait.
  var isOn: Bool {
    guard let begin = state.withLock({ $0.begin }) else { return false }
    return ContinuousClock.now - begin < longest
  }
}
