import Foundation
import Imaging
import Model
import Planning
import Storage
import Testing

@testable import Running

/// Which jobs go by which rule, and what becomes of one that changes meanwhile.
@Suite(.timeLimit(.minutes(10))) struct RetentionTests {
  private static let planner = SpokenPlanner(
    steps: steps((.extract, "Red thing", "Extract the red."), (.remove, "Remove red", "Remove the red.")))

  private func withTwoDone(_ body: (Bench, _ older: Job, _ newer: Job) async throws -> Void) async throws {
    try await withBench(Self.planner) { bench in
      let older = try await bench.run(scene(.red), named: "older.png")
      let newer = try await bench.run(scene(.red), named: "newer.png")
      #expect(older.status == .done && newer.status == .done)
      try await body(bench, older, newer)
    }
  }

  private func plan(_ bench: Bench, _ rules: RetentionRules, daysOn: Int64 = 0) throws -> RetentionPlan {
    try RetentionPlan(
      of: bench.store, rules, now: Timestamp(milliseconds: Timestamp.now.milliseconds + daysOn * 86_400_000))
  }

  @Test func `results go by age, no day early`() async throws {
    try await withTwoDone { bench, older, newer in
      #expect(try plan(bench, RetentionRules()).items.isEmpty)
      #expect(try plan(bench, RetentionRules(doneDays: 30), daysOn: 29).items.isEmpty)
      let due = try plan(bench, RetentionRules(doneDays: 30), daysOn: 31)
      #expect(due.items.map(\.jobID) == [older.id, newer.id])
      #expect(
        due.items.allSatisfy { $0.what == .results && !$0.assets.contains { $0.kind == .source || $0.kind == .mask } })
    }
  }

  @Test func `by the quota as few go as it takes, those finished first before others`() async throws {
    try await withTwoDone { bench, older, _ in
      let taken = try bench.store.space(below: bench.store.layout.root)
      #expect(try plan(bench, RetentionRules(quota: taken)).items.isEmpty)
      #expect(try plan(bench, RetentionRules(quota: taken - 1)).items.map(\.jobID) == [older.id])
      #expect(try plan(bench, RetentionRules(quota: 1)).items.count == 2)
    }
  }

  @Test func `of raw answers that of the result stays first`() async throws {
    try await withTwoDone { bench, older, _ in
      let job = try bench.store.load(older.id)
      let step = try #require(job.steps.first { $0.outputsHistory.count > 0 })
      #expect(try plan(bench, RetentionRules(generations: 1)).items.isEmpty)
      let all = try plan(bench, RetentionRules(generations: 0)).items.filter { $0.jobID == older.id }
      #expect(all.map(\.what) == [.answers])
      #expect(all[0].assets.contains { $0.stepID == step.id && $0.runID == step.lastRunID })
    }
  }

  @Test func `a job that ran again since the plan was made is left alone`() async throws {
    try await withTwoDone { bench, older, _ in
      let actions = Actions(workshop: bench.workshop)
      let rules = RetentionRules(doneDays: 0)
      _ = try #require(try Retention(workshop: bench.workshop).carryOut(rules))
      _ = try actions.restore(older.id)
      #expect(try Retention(workshop: bench.workshop).carryOut(rules) == nil)
      #expect(try await bench.settle(older.id).status == .done)
      #expect(try bench.names(older.id).contains("manifest.json"))
    }
  }
}
