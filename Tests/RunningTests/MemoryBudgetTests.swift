import Blocking
import Testing

@testable import Running

@Suite struct MemoryBudgetTests {
  private struct Use {
    var now = 0
    var users = 0
    var most = 0
    /// How many were beside one that needs more than there is.
    var besideTheLargest = 0
  }

  @Test func `no more is in use than there is, and what needs more has it alone`() async throws {
    let budget = MemoryBudget(100)
    let pool = BlockingPool(label: "budget", width: 8)
    let use = Locked(Use())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for round in 0..<200 {
        let amount = [10, 35, 60, 100, 250][round % 5]
        group.addTask {
          await pool.run { () throws(Never) in
            budget.spend(amount) {
              use.withLock { use in
                use.now += min(amount, 100)
                use.users += 1
                use.most = max(use.most, use.now)
                if amount == 250 { use.besideTheLargest += use.users - 1 }
              }
              // Long enough for all others to come, if they were let in.
              #expect((0..<20_000).reduce(0, &+) == 199_990_000)
              use.withLock { use in
                use.now -= min(amount, 100)
                use.users -= 1
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let after = use.withLock { $0 }
    #expect(after.most <= 100 && after.most > 60 && after.besideTheLargest == 0 && after.users == 0)
  }
}
