import Storage

/// A claim, and what became of those who held it before.
struct Assignment: Sendable {
  let claim: Claim
  /// How many processes in a row have died while they worked on the job.
  let deaths: Int

  /// A picture for which the memory is too small, for example, must not end the service again and again: then no other
  /// would ever be done, and a call in flight would be paid for each time. Whether the job is to blame shows best when
  /// nothing else is at work.
  var worksAlone: Bool { deaths >= 2 }
  /// It died alone, twice: a person is asked.
  var isGivenUp: Bool { deaths >= 4 }
  /// Even what a person is to look at cannot be made.
  var isUntouchable: Bool { deaths >= 6 }
}

/// The jobs at work in this process, and who may join them.
struct Crew {
  private(set) var count = 0
  private var isAlone = false
  /// Came while others were at work and has to be alone: until it has begun nobody else does.
  private(set) var waiting: Assignment?

  func hasRoom(of most: Int) -> Bool { count < (isAlone ? 1 : most) }

  /// True if it may begin now; otherwise it waits, and is to be offered again when somebody has finished.
  mutating func admits(_ assignment: Assignment) -> Bool {
    guard count == 0 || !assignment.worksAlone else {
      waiting = assignment
      return false
    }
    waiting = nil
    isAlone = assignment.worksAlone
    count += 1
    return true
  }

  mutating func finishedOne() { count -= 1 }
}
