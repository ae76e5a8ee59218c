import Glibc
import SystemPackage

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

  /// Whether the process lives on.
  var isSurvived: Bool { [.noSpace, .ioError, .fullDisk].contains(self) }
}

/// A mishap at one call, and what it leads to afterwards.
final class Planned: @unchecked Sendable {
  // Unchecked: a test uses it on one thread.
  private(set) var calls = 0
  private var isDead = false
  private let mishap: Mishap
  private let target: Int
  private let power: LostPower

  /// `target` counts the calls that change the disk, from 1.
  init(_ mishap: Mishap, at target: Int, root: FilePath, attic: FilePath) {
    (self.mishap, self.target) = (mishap, target)
    power = LostPower(root: root, attic: attic)
  }

  var interference: Interference {
    Interference(plan: { self.fault(before: $0) }, shorten: { _, count in self.length(of: count) })
  }

  /// Whether the planned call came.
  var hasStruck: Bool { calls >= target }

  /// What is left on the disk when the machine comes up again.
  func restart() {
    switch mishap {
    case .losePower, .losePartly: power.lose(all: mishap == .losePower)
    case .kill, .tear, .noSpace, .ioError, .fullDisk: break
    }
  }

  private func fault(before operation: Operation) -> Errno? {
    if isDead { return mishap != .fullDisk ? .canceled : operation.needsSpace ? .noSpace : nil }
    guard operation.changesDisk else { return nil }
    calls += 1
    guard calls >= target else {
      if [.losePower, .losePartly].contains(mishap) { power.note(operation) }
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

/// A kernel that interrupts every call once, and writes never more than a third of what it is given.
final class Impatient: @unchecked Sendable {
  // Unchecked: a test uses it on one thread.
  private var wasInterrupted = false
  private(set) var interruptions = 0
  private(set) var shortWrites = 0

  var interference: Interference {
    Interference(
      plan: { _ in
        self.wasInterrupted.toggle()
        guard self.wasInterrupted else { return nil }
        self.interruptions += 1
        return .interrupted
      },
      shorten: { _, count in
        if count > 1 { self.shortWrites += 1 }
        return (count + 2) / 3
      })
  }
}
