import Model
import Testing

/// A job with steps of these types, ids "1", "2", …, all queued.
private func job(_ types: StepType...) -> Job {
  var job = Job(
    id: "0b0e8a52-3f9b-4f7e-9a5e-1d7cf1f5c001",
    source: Asset(id: "source", kind: .source, path: "assets/source/a.png", width: 3, height: 2))
  let planned = types.enumerated().map { index, type in
    PlanStep(id: "\(index + 1)", name: "\(type)", type: type, target: "", prompt: "", validate: .standard(for: type))
  }
  job.plan = Plan(sceneSummary: "", steps: planned)
  job.steps = planned.enumerated().map { Step($1, index: $0 + 1) }
  job.status = .planned
  return job
}

extension Job {
  fileprivate mutating func set(_ id: String, _ status: StepStatus, output: String? = nil) {
    guard let index = stepIndex(id) else { return }
    steps[index].status = status
    steps[index].outputAssetID = output
  }
}

@Test func `everything waits for the first look`() {
  var job = job(.analyze, .extract)
  #expect(job.input(for: job.steps[1]) == .waitingFor(stepID: "1"))
  #expect(job.nextRunnable?.step.id == "1")
  job.set("1", .success)
  #expect(job.input(for: job.steps[1]) == .ready(assetID: "source"))
}

@Test func `a plate feeds what comes after it, not what comes before`() {
  var job = job(.extract, .remove, .extract, .remove, .extract)
  job.set("2", .success, output: "plate1")
  #expect(job.input(for: job.steps[0]) == .ready(assetID: "source"))
  #expect(job.input(for: job.steps[2]) == .ready(assetID: "plate1"))
  #expect(job.input(for: job.steps[4]) == .waitingFor(stepID: "4"))
  job.set("4", .success, output: "plate2")
  #expect(job.input(for: job.steps[4]) == .ready(assetID: "plate2"))
  #expect(job.lastPlateAssetID == "plate2")
}

@Test func `a step in review holds back only what stands on its picture`() {
  var job = job(.extract, .remove, .extract)
  job.set("1", .needsReview, output: "x")
  #expect(job.nextRunnable?.step.id == "2")
  job.set("2", .needsReview, output: "y")
  #expect(job.nextRunnable == nil)
  #expect(job.settledStatus == .paused)
}

@Test(arguments: [StepStatus.skipped, .cancelled])
func `a removal that was left out is passed over`(_ status: StepStatus) {
  var job = job(.remove, .extract)
  job.set("1", status)
  #expect(job.input(for: job.steps[1]) == .ready(assetID: "source"))
}

@Test(arguments: [
  ([StepStatus.success, .success], JobStatus.done), ([.success, .skipped], .done), ([.success, .failed], .failed),
  ([.needsReview, .failed], .paused), ([.success, .needsReview], .paused), ([.success, .queued], .planned),
])
func `a job's status follows from its steps`(_ statuses: [StepStatus], _ status: JobStatus) {
  var job = job(.extract, .extract)
  for (index, status) in statuses.enumerated() { job.set("\(index + 1)", status, output: "x") }
  #expect(job.settledStatus == status)
}

@Test func `a held job is paused until it is let go, a cancelled one stays so`() {
  var job = job(.extract)
  job.metadata["held"] = true
  #expect(job.settledStatus == .paused)
  job.metadata["held"] = nil
  #expect(job.settledStatus == .planned)
  job.status = .cancelled
  #expect(job.settledStatus == .cancelled)
}
