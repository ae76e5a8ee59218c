import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// What the disk does at one system call of a job's life.
enum Mishap: String, CaseIterable, Sendable {
  /// The process is killed before the call.
  case kill
  /// The process is killed in the middle of a write.
  case tear
  /// Power is lost: nothing that was not synced is there afterwards.
  case losePower
  /// Power is lost: a later part of what was not synced is gone.
  case losePartly
  /// The call fails once, and the service goes on.
  case noSpace, ioError
  /// Every call from here on fails until the disk is well again.
  case fullDisk
}

@Suite(.enabled(if: isLong, "takes many minutes; set SCENEHF_LONG_TESTS")) struct CrashTests {
  /// Each mishap at every call that changes the disk, one at a time, from the first start to the finished job.
  @Test(arguments: Mishap.allCases)
  func `a mishap at any point of a job's life loses nothing and doubles nothing`(_ mishap: Mishap) throws {
    var target = 1
    while try live(mishap, at: target) == false { target += 1 }
    // The life has so many calls; a much smaller number would mean that it was cut short.
    #expect(target > 150)
  }

  /// True if the life was over before the call came.
  private func live(_ mishap: Mishap, at target: Int) throws -> Bool {
    var isOver = false
    try withRootAndAttic { root, attic in
      try JobStore.open(root.layout).store.close()
      let life = try Life(root)
      let place = "\(mishap.rawValue) at call \(target)"
      let disk = Planned(mishap, at: target, root: root.layout.root, attic: attic)
      SystemCalls.$interference.withValue(disk.interference) {
        do {
          let store = try JobStore.open(root.layout).store
          try life.run(store)
        } catch {}
      }
      isOver = disk.calls < target
      switch mishap {
      case .losePower, .losePartly: disk.power.lose(all: mishap == .losePower)
      case .kill, .tear, .noSpace, .ioError, .fullDisk: break
      }
      try life.check(try root.open(), place)
    }
    return isOver
  }

  @Test(arguments: [Mishap.noSpace, .ioError, .fullDisk])
  func `a service that lives through a failing call goes on without a restart`(_ mishap: Mishap) throws {
    var target = 1
    var isOver = false
    while !isOver {
      try withRootAndAttic { root, attic in
        let store = try root.open()
        let life = try Life(root)
        let disk = Planned(mishap, at: target, root: root.layout.root, attic: attic)
        SystemCalls.$interference.withValue(disk.interference) {
          do {
            try life.run(store)
          } catch {}
        }
        isOver = disk.calls < target
        _ = try store.finishArrivals()
        try life.check(store, "\(mishap.rawValue) at call \(target), going on")
      }
      target += 1
    }
  }
}

private let isLong = getenv("SCENEHF_LONG_TESTS") != nil

/// A mishap at one call, and what it leads to afterwards.
private final class Planned: @unchecked Sendable {
  // Unchecked: a test uses it on one thread.
  private(set) var calls = 0
  private var isDead = false
  private let mishap: Mishap
  private let target: Int
  let power: LostPower

  init(_ mishap: Mishap, at target: Int, root: FilePath, attic: FilePath) {
    (self.mishap, self.target) = (mishap, target)
    power = LostPower(root: root, attic: attic)
  }

  var interference: Interference {
    Interference(plan: { self.fault(before: $0) }, shorten: { _, count in self.length(of: count) })
  }

  private func fault(before operation: Operation) -> Errno? {
    if isDead { return mishap == .fullDisk && !operation.needsSpace ? nil : mishap == .fullDisk ? .noSpace : .canceled }
    guard operation.changesDisk else { return nil }
    calls += 1
    guard calls >= target else {
      power.note(operation)
      return nil
    }
    switch mishap {
    case .kill, .losePower, .losePartly: return die()
    case .tear:
      // The shortened write is made; the next call is not.
      if case .write = operation, calls == target { return nil }
      return die()
    case .noSpace: return calls == target ? .noSpace : nil
    case .ioError: return calls == target ? .ioError : nil
    case .fullDisk:
      isDead = true
      return operation.needsSpace ? .noSpace : nil
    }
  }

  private func die() -> Errno {
    isDead = true
    return .canceled
  }

  private func length(of count: Int) -> Int {
    mishap == .tear && calls + 1 == target ? (count + 1) / 2 : count
  }
}

extension Operation {
  /// Whether a full disk refuses the call; names can still be moved and removed.
  fileprivate var needsSpace: Bool {
    switch self {
    case .makeFolder, .create, .write: true
    default: false
    }
  }
}

extension JobStore {
  /// Only so that the store lives until here.
  fileprivate func close() {}
}

private func withRootAndAttic(_ body: (Root, _ attic: FilePath) throws -> Void) throws {
  try withFolder(on: fastPlace) { folder in
    try makeFolder(folder.appending("attic"))
    try body(Root(layout: Layout(root: folder.appending("root").string)), folder.appending("attic"))
  }
}
