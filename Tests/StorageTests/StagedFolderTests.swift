import Blocking
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct StagedFolderTests {
  @Test func `what somebody is bringing in is left alone by who finishes what was left`() throws {
    try withRoot { root in
      let store = try root.open()
      let drop = try root.drop("a.png", "one")
      let job = root.job()
      let looks = Locked(0)
      // Before each call of the arrival, somebody else sweeps.
      let sweeping = Interference(plan: { operation in
        guard operation.changesDisk else { return nil }
        looks.withLock { $0 += 1 }
        SystemCalls.$interference.withValue(nil) { _ = try? store.finishArrivals() }
        return nil
      })
      try SystemCalls.$interference.withValue(sweeping) { try store.take(drop, as: job) }
      #expect(looks.withLock { $0 } > 10)
      #expect(try store.load(job.id).sourceImage == job.sourceImage)
      #expect(try root.everything() == ["one"])
      #expect(root.leftovers().isEmpty)
    }
  }

  @Test func `a folder that its owner has left can be taken over, one that is held or gone cannot`() throws {
    try withRoot { root in
      _ = try root.open()
      let path = root.layout.staging.appending("held")
      let held = try StagedFolder(making: path)
      #expect(try !isFree(path))
      letGo(held)
      #expect(try isFree(path))
      #expect(try !isFree(root.layout.staging.appending("gone")))
    }
  }

  private func isFree(_ path: FilePath) throws -> Bool {
    if let folder = try StagedFolder(leftAt: path) { folder.path == path } else { false }
  }

  private func letGo(_ folder: consuming StagedFolder) {}
}
