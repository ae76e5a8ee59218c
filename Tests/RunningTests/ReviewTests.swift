import Glibc
import ImageServices
import Imaging
import Model
import Running
import Storage
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(10))) struct ReviewTests {
  /// A red thing whose wording goes wrong, and a green one that goes well.
  static let planner = SpokenPlanner(
    steps: steps((.extract, "Red thing", "Take everything."), (.extract, "Green", "Take the green.")))

  /// A bench with a job of `planner` that waits for its second step.
  private func withReview(_ body: (Bench, String) async throws -> Void) async throws {
    try await withBench(Self.planner) { bench in
      let job = try await bench.run(scene(.red, .green))
      #expect(job.status == .paused)
      try await body(bench, job.id)
    }
  }

  private static func edit(_ prompt: String) -> String { "action: retry\nprompt: \(prompt)\nmask: none\n" }

  @Test func `a face under review holds the picture, its problems, an edit file, a status and the source`() async throws
  {
    try await withReview { bench, id in
      #expect(
        try bench.names(id) == [
          "02-red-thing.png", "02-red-thing.problems.png", "02-red-thing.yaml", "02-red-thing.status.txt",
          "source.png", "status.txt",
        ])
      #expect(try bench.picture(id, "source.png").samples == scene(.red, .green).samples)
      let edit = try bench.text(id, "02-red-thing.yaml")
      #expect(edit.hasPrefix("# scene.png, step 2 of 3: EXTRACT \"Red thing\" needs you.\n# 100"))
      #expect(edit.contains("Take everything."))
      let status = try bench.text(id, "status.txt")
      #expect(status.contains("02  NEEDS_REVIEW"))
      #expect(status.contains("Needs you: open 02-red-thing.yaml here, change something and save"))
      let step = try bench.store.load(id).steps[1]
      #expect(step.actionsAvailable == [.accept, .retry, .backgroundRemove, .plateAndRetry, .skip, .stop])
    }
  }

  @Test func `a new wording runs the step once, however often it is saved`() async throws {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      try bench.save(id, "02-red-thing.yaml", Self.edit("Still everything."))
      let again = try await bench.afterSave(id)
      #expect(again.status == .paused)
      #expect(bench.service.prompts.dropFirst(calls) == ["Still everything."])
      for text in [
        Self.edit("Still everything."), Self.edit("Still everything.") + "\n\n# a remark\n",
        "mask: none\nprompt: >-\n  Still\n  everything.\n", "",
      ] {
        try bench.save(id, "02-red-thing.yaml", text)
        try await bench.afterSave(id)
      }
      #expect(bench.service.requests.count == calls + 1)
    }
  }

  @Test func `a wording that passes moves the same folder to done by a rename`() async throws {
    try await withReview { bench, id in
      let before = try inode(bench.path(id, "."))
      try bench.save(id, "02-red-thing.yaml", Self.edit("Take the red."))
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(job.steps[1].lastPromptUsed == "Take the red.")
      #expect(try bench.face(id).folder() == .done)
      #expect(try inode(bench.path(id, ".")) == before)
      #expect(
        try bench.names(id).isSuperset(of: [
          "02-red-thing.png", "02-red-thing.cutout.png", "03-green.png", "90-plate.png", "manifest.json", "source.png",
        ]))
      #expect(try bench.names(id).isDisjoint(with: ["02-red-thing.yaml", "02-red-thing.problems.png"]))
    }
  }

  @Test func `an edit file that a person has touched is never rewritten`() async throws {
    try await withReview { bench, id in
      let text = "# mine\n" + Self.edit("Still everything.")
      try bench.save(id, "02-red-thing.yaml", text)
      try await bench.afterSave(id)
      #expect(try bench.text(id, "02-red-thing.yaml") == text)
    }
  }

  @Test func `a file that cannot be read is left alone and explained with its line`() async throws {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      try bench.save(id, "02-red-thing.yaml", "action: retry\nprompt: \"no end\nmask: none\n")
      try await bench.afterSave(id)
      #expect(try bench.text(id, "02-red-thing.status.txt").contains("Line "))
      try bench.save(id, "02-red-thing.yaml", "action: retyr\n")
      try await bench.afterSave(id)
      #expect(try bench.text(id, "02-red-thing.status.txt").contains("Line 1, column 9"))
      #expect(try bench.text(id, "02-red-thing.status.txt").contains("Did you mean retry?"))
      #expect(bench.service.requests.count == calls)
      try bench.save(id, "02-red-thing.yaml", Self.edit("Take the red."))
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `a fault that is taken back is no longer told, and a remark about the file stays beside the reason`()
    async throws
  {
    try await withReview { bench, id in
      let standing = try bench.text(id, "02-red-thing.status.txt")
      try bench.save(id, "02-red-thing.yaml", "action: retyr\n")
      try await bench.afterSave(id)
      #expect(try bench.text(id, "02-red-thing.status.txt") != standing)
      try bench.save(id, "02-red-thing.yaml", "# nothing\n")
      try await bench.afterSave(id)
      #expect(try bench.text(id, "02-red-thing.status.txt") == standing)
      try bench.save(id, "02-red-thing.yaml", "promt: x\nprompt: Still everything.\n")
      try await bench.afterSave(id)
      let told = try bench.text(id, "02-red-thing.status.txt")
      #expect(told.hasPrefix(standing) && told.contains("did you mean \"prompt\"?"))
    }
  }

  @Test(arguments: ["02-RED-THING.mask.PNG", "02-red-thing.Mask.tif"])
  func `a mask is found in whatever letters its name is written`(_ name: String) async throws {
    try await withReview { bench, id in
      try bench.save(id, name, scene(.red).mask(of: .red))
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `a picture that no step uses is told of, with the name that makes it a mask`() async throws {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      try bench.save(id, "my mask.png", scene(.red).mask(of: .red))
      try await bench.afterSave(id)
      let told = try bench.text(id, "02-red-thing.status.txt")
      #expect(told.contains("my mask.png lies here, but no step uses it") && told.contains("02-red-thing.mask.png"))
      #expect(bench.service.requests.count == calls)
      try bench.save(id, "02-red-thing.yaml", "mask: my mask.png\nprompt: Take everything.\n")
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `a picture of another size cannot be accepted, and the sentence says what can be done`() async throws {
    try await withBench(SpokenPlanner(steps: steps((.extract, "Red", "small")))) { bench in
      let id = try await bench.run(scene(.red)).id
      try bench.save(id, "02-red.yaml", "action: accept\n")
      #expect(try await bench.afterSave(id).status == .failed)
      let said = try bench.text(id, "02-red.status.txt")
      #expect(said.contains("the source is 48 × 32") && said.contains("action: skip"))
      try bench.save(id, "02-red.yaml", "try: 1\n")
      #expect(try await bench.afterSave(id).status == .failed)
      try bench.save(id, "02-red.yaml", "action: skip\n")
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `a dropped mask runs the step once, as a manual mask`() async throws {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      try bench.save(id, "02-red-thing.mask.png", scene(.red).mask(of: .red))
      let job = try await bench.afterSave(id)
      try await bench.afterSave(id)
      #expect(bench.service.requests.count == calls + 1)
      #expect(bench.service.requests.last?.maskIsManual == true)
      #expect(bench.service.requests.last?.mask?.count == 96)
      #expect(job.status == .done)
      #expect(job.steps[1].maskMode == .manual)
      #expect(try bench.picture(id, "02-red-thing.png").count(of: Paint.red.rgb) == 96)
      #expect(try bench.picture(id, "02-red-thing.png").count(of: white) == 48 * 32 - 96)
    }
  }

  @Test func `a mask named in the edit file is used, and one that is missing is asked for`() async throws {
    try await withReview { bench, id in
      let text = "mask: my shape.png\nprompt: Take everything.\n"
      try bench.save(id, "02-red-thing.yaml", text)
      try await bench.afterSave(id)
      #expect(try bench.text(id, "02-red-thing.status.txt").contains("no file \"my shape.png\""))
      try bench.save(id, "my shape.png", scene(.red).mask(of: .red))
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `a mask of another size is refused with the right size`() async throws {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      try bench.save(id, "02-red-thing.mask.png", scene(.red).mask(of: .red).scaledDown(to: 24))
      let job = try await bench.afterSave(id)
      #expect(job.status == .paused)
      #expect(bench.service.requests.count == calls)
      let status = try bench.text(id, "02-red-thing.status.txt")
      #expect(status.contains("24 × 16") && status.contains("48 × 32"))
    }
  }

  @Test func `accept takes the picture as it is`() async throws {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      try bench.save(id, "02-red-thing.yaml", "action: accept\n")
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(job.steps[1].status == .success)
      #expect(job.steps[1].validation?.passed == false)
      #expect(bench.service.requests.count == calls)
      #expect(try bench.picture(id, "02-red-thing.png").samples == scene(.red, .green).samples)
    }
  }

  @Test func `accept takes a picture that was painted over, measured`() async throws {
    try await withReview { bench, id in
      let painted = scene(.red).painted(white) { $0 != Paint.red.rgb }
      try bench.save(id, "02-red-thing.png", painted)
      try bench.save(id, "02-red-thing.yaml", "action: accept\n")
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(job.steps[1].validation?.metrics["painted"] == true)
      #expect(job.steps[1].validation?.metrics["nonwhite_ratio"]?.double == 96.0 / (48 * 32))
      #expect(try bench.picture(id, "02-red-thing.png").samples == painted.samples)
    }
  }

  @Test func `a picture painted in another size is refused in words`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.png", scene(.red).scaledDown(to: 24))
      try bench.save(id, "02-red-thing.yaml", "action: accept\n")
      #expect(try await bench.afterSave(id).status == .paused)
      #expect(try bench.text(id, "02-red-thing.status.txt").contains("must be 48 × 32"))
    }
  }

  @Test func `skip leaves the step out and the rest goes on`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "action: skip\n")
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(job.steps[1].status == .skipped)
      #expect(try !bench.names(id).contains("02-red-thing.png"))
    }
  }

  @Test func `bg-remove runs the step as a background removal`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "action: bg-remove\nprompt: Leave what stands out.\n")
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(bench.service.requests.last?.kind == .backgroundRemove)
    }
  }

  @Test func `an edit file that was acted on is gone from done, also where the source is a PNG`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "action: bg-remove\nprompt: Leave what stands out.\n")
      #expect(try await bench.afterSave(id).status == .done)
      #expect(try !bench.names(id).contains("02-red-thing.yaml"))
    }
  }

  @Test func `plate-and-retry removes what lies in front, then takes the layer from that plate`() async throws {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      let text = "action: plate-and-retry\nplate_prompt: Without green.\nprompt: Take the red.\n"
      try bench.save(id, "02-red-thing.yaml", text)
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(bench.service.requests.dropFirst(calls).map(\.kind) == [.remove, .extract])
      #expect(bench.service.prompts.dropFirst(calls) == ["Without green.", "Take the red."])
      #expect(bench.service.requests.last?.picture.count(of: Paint.green.rgb) == 0)
      #expect(job.steps[1].inputAssetID.flatMap { job.assets[$0] }?.kind == .plate)
      try await bench.afterSave(id)
      #expect(bench.service.requests.count == calls + 2)
    }
  }

  @Test func `plate-and-retry without words names what is to be laid bare, and a mask marks what lies before it`()
    async throws
  {
    try await withReview { bench, id in
      let calls = bench.service.requests.count
      try bench.save(id, "front.png", scene(.red, .green).mask(of: .green))
      try bench.save(id, "02-red-thing.yaml", "action: plate-and-retry\nplate_mask: front.png\nprompt: Take the red.\n")
      try await bench.afterSave(id)
      let removal = try #require(bench.service.requests.dropFirst(calls).first)
      #expect(removal.kind == .remove && removal.maskIsManual && removal.prompt.contains("in front of the red thing"))
      #expect(removal.mask?.count == scene(.red, .green).mask(of: .green).count(of: white))
    }
  }

  @Test func `other limits are taken`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "prompt: Take everything.\nmax_nonwhite: 100%\n")
      let job = try await bench.afterSave(id)
      #expect(job.status == .done)
      #expect(job.steps[1].limits.maxNonwhite == 1)
    }
  }

  @Test func `another provider that is not there is refused with those that are`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "prompt: Take the red.\nprovider: gemni\n")
      let job = try await bench.afterSave(id)
      #expect(job.status == .failed || job.status == .paused)
      #expect(try bench.text(id, "02-red-thing.status.txt").contains("paint"))
    }
  }

  @Test func `stop ends the job and keeps everything`() async throws {
    try await withReview { bench, id in
      try bench.save(id, "02-red-thing.yaml", "action: stop\n")
      #expect(try await bench.afterSave(id).status == .cancelled)
      #expect(try bench.names(id).contains("02-red-thing.png"))
      #expect(try bench.text(id, "02-red-thing.status.txt").hasPrefix("The job is cancelled"))
      #expect(try bench.text(id, "status.txt").contains("scenehf resume"))
      try bench.save(id, "02-red-thing.yaml", "action: accept\n")
      #expect(try await bench.afterSave(id).status == .done)
    }
  }

  @Test func `a step that made no picture has no picture to accept`() async throws {
    let planner = SpokenPlanner(steps: steps((.extract, "Red", "refuse")))
    try await withBench(planner) { bench in
      let id = try await bench.run(scene(.red)).id
      try bench.save(id, "02-red.yaml", "action: accept\n")
      #expect(try await bench.afterSave(id).status == .failed)
      #expect(try bench.text(id, "02-red.status.txt").contains("no picture to accept"))
    }
  }

  @Test func `a plate made again makes again what stands on it`() async throws {
    let planner = SpokenPlanner(
      steps: steps((.remove, "No red", "Without red."), (.extract, "Green", "Take the green.")))
    try await withBench(planner) { bench in
      let id = try await bench.run(scene(.red, .green)).id
      try Actions(workshop: bench.workshop).retry(id, "s02", Actions.Retry())
      bench.store.enqueue(id)
      #expect(try await bench.settle(id).status == .done)
      #expect(bench.service.requests.map(\.kind) == [.remove, .extract, .remove, .extract])
    }
  }

  @Test func `a picture with nothing in it asks for a mask and plans again from it`() async throws {
    try await withBench(SpokenPlanner(steps: [])) { bench in
      let job = try await bench.run(scene())
      #expect(job.status == .paused)
      #expect(try bench.text(job.id, "01-analyze.status.txt").contains("Nothing stands out"))
      try bench.save(job.id, "01-analyze.yaml", "action: accept\n")
      #expect(try await bench.afterSave(job.id).status == .done)
    }
  }

  private func inode(_ path: FilePath) throws -> UInt64 {
    var info = stat()
    guard path.withPlatformString({ stat($0, &info) }) == 0 else { throw Errno(rawValue: errno) }
    return UInt64(info.st_ino)
  }
}
