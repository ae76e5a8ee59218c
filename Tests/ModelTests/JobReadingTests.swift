import FoundationEssentials
import Model
import Testing

private func job(_ text: String) throws -> Job { try JSONDecoder().decode(Job.self, from: Data(text.utf8)) }

private func written(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// As the web tool wrote it: times with microseconds and no zone, an absolute path, fields of its own at every
/// level, a key in the metadata.
private let webTool = """
  {
    "id": "0b0e8a52-3f9b-4f7e-9a5e-1d7cf1f5c001", "status": "PAUSED", "source_image": "src1",
    "created_at": "2025-11-02T09:15:07.123456", "updated_at": "2025-11-02T10:15:07.5+01:00",
    "storage_root": "/srv/scenehf", "metadata": {"image_api_key": "planted-1", "scene": {"era": 1920}, "n": 3},
    "plan": {"scene_summary": "A street", "global_rules": ["no crop"], "version": 2, "steps": [
      {"id": "s1", "name": "Red car", "type": "EXTRACT", "target": "red car", "prompt": "Extract it",
       "prompt_variations": ["a", "b"], "validate": {"min_nonwhite": 0.02, "max_nonwhite": 0.4},
       "fallbacks": ["PLATE_AND_RETRY"], "hint": "left"}]},
    "steps": [
      {"id": "s1", "index": 1, "name": "Red car", "type": "EXTRACT", "status": "NEEDS_REVIEW",
       "input_asset_id": "src1", "output_asset_id": "out1", "mask_mode": "NONE", "mask_asset_id": null,
       "mask_intent": null, "mask_prompt": "", "prompt": "Extract it", "prompt_variations": ["a", "b"],
       "custom_prompt": null, "image_config": {"provider": "gemini", "model": "gemini-2.5-flash-image", "seed": 7,
       "api_key": "planted-2"},
       "validation": {"passed": false, "status": "NEEDS_REVIEW", "metrics": {"nonwhite_ratio": 0.61}, "notes": "much"},
       "actions_available": ["ACCEPT", "RETRY"], "outputs_history": [], "last_run_id": "0123456789",
       "last_prompt_used": "Extract it", "created_at": "2025-11-02T09:15:08", "updated_at": "2025-11-02T09:16:08Z",
       "ui_open": true}],
    "assets": {
      "src1": {"id": "src1", "kind": "SOURCE", "path": "/srv/scenehf/jobs/x/assets/source/street.jpg",
               "width": 800, "height": 600, "created_at": "2025-11-02 09:15:07", "sha": "ab"},
      "out1": {"id": "out1", "kind": "LAYER", "path": "assets/derived/out1.png", "width": 800, "height": 600,
               "step_id": "s1", "run_id": "0123456789", "model": "m", "prompt_hash": "h",
               "created_at": "2025-11-02T09:16:00"}},
    "owner": {"name": "ann", "ids": [1, 2.5, null, "x"]}
  }
  """

@Test func `a job of the web tool opens`() throws {
  let job = try job(webTool)
  #expect(job.status == .paused)
  #expect(job.source?.width == 800)
  #expect(job.createdAt.description == "2025-11-02T09:15:07.123Z")
  #expect(job.updatedAt.description == "2025-11-02T09:15:07.500Z")
  #expect(job.assets["src1"]?.createdAt.description == "2025-11-02T09:15:07.000Z")
  let step = try #require(job.steps.first)
  #expect(step.status == .needsReview)
  #expect(step.validation?.metrics["nonwhite_ratio"] == 0.61)
  #expect(step.imageConfig.provider == "gemini")
  #expect(job.planned(step)?.fallbacks == [.plateAndRetry])
  #expect(job.face == "picture--0b0e8a52")
}

@Test func `the outline read alone is that of the whole job`() throws {
  let outline = try JSONDecoder().decode(JobOutline.self, from: Data(webTool.utf8))
  #expect(outline == JobOutline(try job(webTool)))
  #expect(outline.reason == "Step 1 \"Red car\": much")
  #expect(outline.stepAtWork == "01-red-car")
}

@Test func `the outline of a newer format is refused like the job`() throws {
  let newer = webTool.replacing("\"owner\":", with: "\"format\": 99, \"owner\":")
  #expect(throws: NewerFormat.self) { try JSONDecoder().decode(JobOutline.self, from: Data(newer.utf8)) }
}

@Test func `what it does not know comes back as it was, at every level`() throws {
  let again = try job(written(job(webTool)))
  #expect(again == (try job(webTool)))
  #expect(again.unknown.values["owner"] == .object(["name": "ann", "ids": .array([1, 2.5, .null, "x"])]))
  #expect(again.plan?.unknown.values["version"] == 2)
  #expect(again.plan?.steps.first?.unknown.values["hint"] == "left")
  #expect(again.steps.first?.unknown.values["ui_open"] == true)
  #expect(again.steps.first?.imageConfig.unknown.values["seed"] == 7)
  #expect(again.assets["src1"]?.unknown.values["sha"] == "ab")
  #expect(again.metadata["scene"] == .object(["era": 1920]))
}

@Test func `a record says its format, and one of a newer program is refused`() throws {
  #expect(try written(job(webTool)).contains("\"format\":1,"))
  let newer = webTool.replacing("\"id\": \"0b0e", with: "\"format\": 2, \"id\": \"0b0e")
  #expect(throws: NewerFormat(found: 2, known: 1)) { try job(newer) }
}

@Test func `a key in another program's job is not written on`() throws {
  #expect(!(try written(job(webTool))).contains("planted"))
  let text = webTool.replacing("\"n\": 3", with: "\"max_tokens\": 3")
  #expect(try job(text).metadata["max_tokens"] == 3)
}

@Test func `a job comes through a round trip unchanged, with every key written`() throws {
  var job = Job(
    id: "0b0e8a52-3f9b-4f7e-9a5e-1d7cf1f5c001",
    source: Asset(id: "a", kind: .source, path: "assets/source/a.png", width: 3, height: 2))
  job.steps = [Step(PlanStep(id: "s", name: "n", type: .remove, target: "", prompt: "", validate: .plate), index: 1)]
  job.steps[0].outputsHistory = [
    StepOutput(runID: "r", assetID: "a", prompt: "", score: 1, status: .success, notes: "")
  ]
  let text = try written(job)
  #expect(try JSONDecoder().decode(Job.self, from: Data(text.utf8)) == job)
  for key in [
    "id", "status", "source_image", "plan", "steps", "assets", "metadata", "storage_root", "created_at", "updated_at",
    "index", "name", "type", "input_asset_id", "output_asset_id", "mask_mode", "mask_asset_id", "mask_intent",
    "mask_prompt", "prompt", "prompt_variations", "custom_prompt", "image_config", "validation", "actions_available",
    "outputs_history", "last_run_id", "last_prompt_used", "kind", "path", "width", "height", "step_id", "run_id",
    "model",
    "prompt_hash",
  ] {
    #expect(text.contains("\"\(key)\":"), "\(key)")
  }
}

@Test func `a metric that is no number does not keep a job from being saved`() throws {
  var job = try job(webTool)
  job.steps[0].validation?.metrics = ["rebuild_psnr": .number(.infinity), "drift": .number(.nan)]
  #expect(try written(job).contains("\"rebuild_psnr\":null"))
}

@Test(arguments: [
  "", "{", "[]", "null", "{}", "{\"id\": 7}", webTool.replacing("\"PAUSED\"", with: "\"WEIRD\""),
  webTool.replacing("\"kind\": \"LAYER\"", with: "\"kind\": 3"), String(repeating: "[", count: 2000),
])
func `what is no job is refused, not guessed`(_ text: String) {
  #expect(throws: (any Error).self) { try job(text) }
}

@Test(arguments: ["/etc", "..", ".hidden", "", "a\0b", "a/\u{301}b", String(repeating: "x", count: 256)])
func `a face's name stays within its folder whatever job.json says`(_ name: String) throws {
  var job = try job(webTool)
  job.metadata["face"] = .string(name)
  #expect(job.face == "picture--0b0e8a52")
}

@Test func `a history file's name stays within its folder whatever the plan says`() throws {
  var step = try #require(try job(webTool).steps.first)
  step.id = "../../x/\u{301}y"
  let record = HistoryRecord(
    runID: "0123456789", jobID: "j", step: step, attempt: 1, startedAt: Timestamp(milliseconds: 1), provider: "",
    model: "", prompt: "")
  #expect(record.fileName == "19700101_000000_001_------x-y_0123456789.json")
}
