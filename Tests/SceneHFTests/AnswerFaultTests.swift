import FakeServices
import Foundation
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

/// What image services do to pictures, from the dropped file to what lands: `scenehf run` against a service that draws as
/// the vendor's models do, with one fault each. Put right exactly, or reported with the right number; never passed silently.
@Suite(.timeLimit(.minutes(20))) struct AnswerFaultTests {
  /// A fault of the fake service (Tests/FakeServices/painting.py) and what must become of it.
  struct Fault: Sendable, CustomTestStringConvertible {
    var scenario: String
    var what: String
    /// What was put right in every layer: the metric and its value.
    var corrected: [String: Double] = [:]
    /// How far from that value a measurement may be.
    var within = 0.1
    /// How far plates may be from the bare ground, in levels.
    var ground = 1

    var testDescription: String { what }
  }

  /// A program whose pictures come from Gemini under a scenario; the embedded planner makes plan and masks.
  private func withService(
    _ scenario: String, settings: [String: String] = [:], _ body: (Program) async throws -> Void
  ) async throws {
    let vendors = try await FakeVendors.shared()
    let environment = [
      "PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "gemini", "GOOGLE_API_KEY": "AIza-test",
      "OPENAI_API_KEY": "sk-test",
      "GEMINI_BASE_URL": vendors.address(of: "gemini", scenario: scenario),
      "OPENAI_BASE_URL": vendors.address(of: "openai", scenario: scenario) + "/v1", "SCENEHF_ATTEMPTS": "1",
    ]
    try await withProgram(environment.merging(settings) { _, new in new }) { try await body($0) }
  }

  /// Runs the picture and returns the command's exit status with the job.
  private func run(_ picture: Picture, _ program: Program) async throws -> (status: Int32, job: Ended) {
    let file = program.folder.appending("still life.png")
    try write(try encodePNG(picture, preset: .fast), to: file)
    let outcome = try await program.run("run", file.string)
    let job = try #require(try await program.status().jobs.first, "\(outcome.complaint)")
    let bytes = try readBytes(program.root.appending("jobs").appending(job.id).appending("job.json"))
    return (outcome.status, Ended(listed: job, job: try JSONDecoder().decode(Job.self, from: Data(bytes))))
  }

  private struct Ended {
    var listed: Program.Job
    var job: Job

    func steps(_ type: StepType) -> [Step] { job.steps.filter { $0.type == type } }

    func notes(_ step: Int) -> String { job.steps[step - 1].validation?.notes ?? "" }

    func metric(_ name: String, _ step: Int) -> Double? { job.steps[step - 1].validation?.metrics[name]?.double }
  }

  private func picture(_ name: String, _ ended: Ended, _ program: Program) throws -> Picture {
    try decodePicture(readBytes(program.path(ended.listed, name))).picture
  }

  @Test(arguments: [
    Fault(scenario: "ok", what: "nothing wrong"),
    Fault(
      scenario: "shift", what: "moved by 3 pixels", corrected: ["corrected_shift_x": 3, "corrected_shift_y": 0],
      within: 0),
    Fault(scenario: "tint", what: "4 levels brighter", corrected: ["corrected_drift": 4], within: 0.3),
    Fault(scenario: "jpeg", what: "a JPEG labelled PNG"),
    Fault(scenario: "grey", what: "a background of grey 253"),
    Fault(scenario: "soften", what: "redrawn a little", ground: 2),
  ])
  func `a fault that can be put right is, to the pixel, and the amount is told`(_ fault: Fault) async throws {
    let scene = StillLife()
    try await withService(fault.scenario) { program in
      let (status, ended) = try await run(scene.picture(), program)
      #expect(status == 0 && ended.job.status == .done, "\(ended.job.steps.map { $0.reason ?? "" })")
      try expectTrue(ended, scene, program, ground: fault.ground)
      for step in ended.steps(.extract) {
        for (name, value) in fault.corrected {
          let measured = try #require(step.validation?.metrics[name]?.double, "\(name) is not told")
          #expect(abs(measured - value) <= fault.within)
        }
        guard fault.scenario == "ok" else { continue }
        for name in ["corrected_shift_x", "corrected_drift"] { #expect(step.validation?.metrics[name] == nil) }
      }
    }
  }

  /// Layers, plate and rebuild as the scene's truth has them.
  private func expectTrue(_ ended: Ended, _ scene: StillLife, _ program: Program, ground: Int) throws {
    for (step, thing) in zip(ended.steps(.extract), StillLife.Thing.allCases) {
      let layer = try picture("\(step.fileStem).png", ended, program)
      #expect(scene.faults(of: layer, thing) == 0, "\(step.name)")
    }
    #expect(scene.worstOfGround(try picture("90-plate.png", ended, program)) <= ground)
    let manifest = try JSONDecoder().decode(
      [String: JSONValue].self, from: Data(readBytes(program.path(ended.listed, "manifest.json"))))
    #expect(manifest["rebuild_psnr"]?.double ?? 0 >= 45)
  }

  @Test func `an answer zoomed by 2 % is reported as 102 %, layer and plate alike`() async throws {
    try await withService("zoom") { program in
      let (status, ended) = try await run(StillLife().picture(), program)
      #expect(status == 2 && ended.listed.folder == "review")
      for step in [2, 3] {
        #expect(ended.notes(step).contains("102.0% of the source's scale"), "\(ended.notes(step))")
        #expect(abs(try #require(ended.metric("scale", step)) - 1.02) < 0.001)
      }
    }
  }

  /// A thing that shows little across, cut out by a mask whose edge says nothing: its shading alone reads as stretched.
  @Test func `a smooth thing zoomed by 2 % is reported as 102 % in both directions, and as unmoved`() async throws {
    try await withService("zoom", settings: ["SCENEHF_ENGINE_DIR": SampleTests.engine]) { program in
      let mug = try decodePicture(readBytes(SampleTests.samples.appending("mug.png"))).picture
      let (_, ended) = try await run(mug, program)
      #expect(ended.notes(2).contains("102.0% of the source's scale"), "\(ended.notes(2))")
      #expect(abs(try #require(ended.metric("shift", 2))) < 0.1)
    }
  }

  @Test func `an answer of 1024 by 1024 is placed where our own frame says so, and a finding elsewhere`() async throws {
    try await withService("framed") { program in
      let (status, ended) = try await run(StillLife(width: 1200, height: 800).picture(), program)
      // The disc was sent in a frame of that very size; the square was not.
      #expect(status == 1 && ended.job.steps[1].status == .success && ended.job.steps[2].status == .success)
      #expect(abs(try #require(ended.metric("shift", 2))) < 0.1)
      #expect(ended.notes(4) == "The picture is 1024 × 1024, but the source is 1200 × 800; nothing is stretched.")
      #expect(ended.job.steps[3].status == .failed)
    }
  }

  @Test(arguments: [(1200, 800), (700, 1000)])
  func `a picture scaled into the service's frame comes back without a shift`(width: Int, height: Int) async throws {
    let scene = StillLife(width: width, height: height)
    try await withService("ok", settings: ["IMAGE_PROVIDER": "openai", "OPENAI_IMAGE_MODEL": "gpt-image-1.5"]) {
      program in
      let (status, ended) = try await run(scene.picture(), program)
      #expect(status == 0, "\(ended.job.steps.map { $0.reason ?? "" })")
      try expectTrue(ended, scene, program, ground: 2)
      for step in ended.steps(.extract) { #expect(step.validation?.metrics["corrected_shift_x"] == nil) }
    }
  }

  @Test func `everything repainted outside the mask stays out of the plate, and layer and plate say how much it was`()
    async throws
  {
    let scene = StillLife()
    try await withService("repaint") { program in
      let (status, ended) = try await run(scene.picture(), program)
      #expect(status == 2 && ended.job.steps[1].status == .needsReview && ended.job.steps[2].status == .needsReview)
      #expect(ended.notes(2).contains("of the surroundings was not cleared but painted"), "\(ended.notes(2))")
      #expect(try #require(ended.metric("painted_around", 2)) > 0.9)
      #expect(scene.faults(of: try picture("\(ended.job.steps[1].fileStem).png", ended, program), .disc) == 0)
      let notes = ended.notes(3)
      #expect(notes.contains("of what should stay does not look like the source any more"), "\(notes)")
      #expect(try #require(ended.metric("redrawn", 3)) > 0.9 && ended.metric("changed_outside_mask", 3) == 0)
    }
  }

  @Test func `a thing that was painted anew is reported, and its own pixels are not shown`() async throws {
    let scene = StillLife()
    try await withService("rework") { program in
      let (status, ended) = try await run(scene.picture(), program)
      #expect(status == 2 && ended.job.steps[1].status == .needsReview)
      #expect(ended.notes(2).contains("of the subject does not look like the source any more"), "\(ended.notes(2))")
      #expect(try #require(ended.metric("redrawn", 2)) > 0.9)
      #expect(scene.faults(of: try picture("\(ended.job.steps[1].fileStem).png", ended, program), .disc) == 0)
    }
  }

  @Test func `colors provider shows the service's pixels, registered, and tells their drift`() async throws {
    let scene = StillLife()
    try await withService("tint", settings: ["SCENEHF_COLORS": "provider"]) { program in
      let (status, ended) = try await run(scene.picture(), program)
      #expect(status == 2)
      #expect(ended.notes(2).contains("The colours drifted by 4"), "\(ended.notes(2))")
      let layer = try picture("\(ended.job.steps[1].fileStem).png", ended, program)
      let expected = scene.colour(300, 800).map { Int($0) + 4 }
      let at = (800 * 1024 + 300) * 3
      #expect(layer.eightBitRGB()[at..<at + 3].map(Int.init) == expected)
    }
    try await withService("shift", settings: ["SCENEHF_COLORS": "provider"]) { program in
      let (status, ended) = try await run(scene.picture(), program)
      #expect(status == 0 && ended.metric("corrected_shift_x", 2) == 3)
      try expectTrue(ended, scene, program, ground: 1)
    }
  }
}
