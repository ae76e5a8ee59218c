import Storage

/// A claim, and what became of those who held it before.
struct Assignment: Sendable {
  let claim: Claim
  /// How many processes in a row have died while they worked on the job.
  let deaths: Int
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
    let worksAlone = Blame.worksAlone(after: assignment.deaths)
    guard count == 0 || !worksAlone else {
      waiting = assignment
      return false
    }
    waiting = nil
    isAlone = worksAlone
    count += 1
    return true
  }

  mutating func finishedOne() { count -= 1 }
}
