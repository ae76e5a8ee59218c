import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// A life with a mishap at every call that changes the disk, one at a time, from the first start to the finished job.
///
/// Each call meets one kind of mishap, in turn; with SCENEHF_LONG_TESTS in the environment it meets all kinds, with
/// and without a restart.
@Suite struct CrashTests {
  @Test(arguments: Mishap.allCases)
  func `a mishap at any point of a job's life loses nothing and doubles nothing`(_ mishap: Mishap) throws {
    try live(mishap, goingOn: false) { target in
      try withRootAndAttic { root, attic in
        try JobStore.open(root.layout).store.close()
        let life = try Life(root)
        let disk = Planned(mishap, at: target, root: root.layout.root, attic: attic)
        SystemCalls.$interference.withValue(disk.interference) {
          do {
            try life.run(try JobStore.open(root.layout).store)
          } catch {}
        }
        disk.restart()
        try life.check(try root.open(), "\(mishap.rawValue) at call \(target)")
        return disk.hasStruck
      }
    }
  }

  @Test(arguments: Mishap.allCases.filter(\.isSurvived))
  func `a service that lives through a failing call goes on without a restart`(_ mishap: Mishap) throws {
    try live(mishap, goingOn: true) { target in
      try withRootAndAttic { root, attic in
        let store = try root.open()
        let life = try Life(root)
        let disk = Planned(mishap, at: target, root: root.layout.root, attic: attic)
        SystemCalls.$interference.withValue(disk.interference) {
          do {
            try life.run(store)
          } catch {}
        }
        try life.checkQueue(store, "\(mishap.rawValue) at call \(target), going on")
        try life.check(store, "\(mishap.rawValue) at call \(target), going on")
        return disk.hasStruck
      }
    }
  }

  @Test func `interrupted calls and short writes are nobody's concern`() throws {
    try withRootAndAttic { root, _ in
      try JobStore.open(root.layout).store.close()
      let life = try Life(root)
      let kernel = Impatient()
      try SystemCalls.$interference.withValue(kernel.interference) { try life.run(try root.open()) }
      #expect(life.isOver)
      #expect(kernel.interruptions > 500 && kernel.shortWrites > 50)
      try life.check(try root.open(), "interrupted")
    }
  }

  /// Plans the mishap for one call after the other until `strikes` says that the life was over before it came.
  private func live(_ mishap: Mishap, goingOn: Bool, _ strikes: (_ target: Int) throws -> Bool) throws {
    let kinds = Mishap.allCases.map { ($0, false) } + Mishap.allCases.filter(\.isSurvived).map { ($0, true) }
    var target = isLong ? 1 : 1 + (kinds.firstIndex { $0 == (mishap, goingOn) } ?? 0)
    while try strikes(target) { target += isLong ? 1 : kinds.count }
    // The life has so many calls; a much smaller number would mean that it was cut short.
    #expect(target > 200)
  }
}

private let isLong = getenv("SCENEHF_LONG_TESTS") != nil

extension JobStore {
  /// Only so that the store lives until here.
  fileprivate func close() {}
}

private func withRootAndAttic<Value>(_ body: (Root, _ attic: FilePath) throws -> Value) throws -> Value {
  try withFolder(on: fastPlace) { folder in
    try makeFolder(folder.appending("attic"))
    return try body(Root(layout: Layout(root: folder.appending("root").string)), folder.appending("attic"))
  }
}
