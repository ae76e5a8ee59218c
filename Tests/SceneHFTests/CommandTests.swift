import Foundation
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct CommandTests {
  @Test func `run tells by its exit status how it went, and leaves the files alone`() async throws {
    try await withProgram { program in
      let good = program.folder.appending("good.png")
      try write(try plainPicture(), to: good)
      let wide = program.folder.appending("wide.png")
      try write(try plainPicture(share: 0.9), to: wide)
      let done = try await program.run("run", "good.png")
      #expect(done.status == 0)
      #expect(done.output.contains("good.png  DONE"))
      #expect(done.complaint.contains("ANALYZE"))
      let review = try await program.run("run", good.string, wide.string)
      #expect(review.status == 2)
      let missing = try await program.run("run", "good.png", "nowhere.png")
      #expect(missing.status == 1)
      #expect(missing.complaint.contains("There is no file"))
      #expect(try readBytes(good) == plainPicture())
      #expect(try await program.status().jobs.count == 4)
    }
  }

  @Test func `run leaves the work to a service that watches the root`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        try write(try plainPicture(), to: program.folder.appending("good.png"))
        let done = try await program.run("run", "good.png")
        #expect(done.status == 0)
        #expect(done.complaint.contains("it does the work"))
      }
    }
  }

  @Test func `status, show, doctor and config print one JSON document`() async throws {
    try await withProgram(["OPENAI_API_KEY": "sk-planted-1234567890"]) { program in
      try write(try plainPicture(), to: program.folder.appending("good.png"))
      #expect(try await program.run("run", "good.png").status == 0)
      let status = try await program.run("status", "--json").json()
      #expect(
        status.names == [
          "root", "state", "inbox", "working", "review", "done", "rejected", "jobs", "calls_today", "cost_today",
        ])
      let job = try #require(status.member("jobs")?.first)
      #expect(job.names == ["id", "name", "face", "folder", "status", "step", "reason", "since"])
      let id = try #require(job.member("id")?.text)
      let shown = try await program.run("show", id, "--json").json()
      #expect(shown.names.isSuperset(of: ["id", "status", "source_image", "plan", "steps", "assets", "metadata"]))
      #expect(try await program.run("show", id).output.contains("SUCCESS"))
      let doctor = try await program.run("doctor", "--json")
      #expect(doctor.status == 0)
      #expect(try doctor.json().names == ["ok", "checks"])
      #expect(try doctor.json().member("checks")?.first?.names == ["check", "ok", "note", "message"])
      let config = try await program.run("config", "--json")
      #expect(config.status == 0)
      #expect(try config.json().names.isSuperset(of: ["storage_root", "attempts", "OPENAI_API_KEY"]))
      for outcome in [doctor, config, try await program.run("config"), try await program.run("doctor")] {
        #expect(!outcome.output.contains("planted") && !outcome.complaint.contains("planted"))
      }
    }
  }

  @Test func `check tells pass, review and failure apart`() async throws {
    try await withProgram { program in
      let source = program.folder.appending("source.png")
      try write(try plainPicture(), to: source)
      let picture = try decodePicture(plainPicture()).picture
      let mask = try Mask(decoding: plainMask(), expecting: picture.size)
      let layer = picture.layer(Matte(width: picture.width, height: picture.height, alpha: mask.values))
      try write(try encodePNG(layer, preset: .fast), to: program.folder.appending("layer.png"))
      try write(try encodePNG(layer.scaledDown(to: 32), preset: .fast), to: program.folder.appending("small.png"))
      let passed = try await program.run("check", "layer.png", "--source", "source.png", "--json")
      #expect(passed.status == 0)
      #expect(try passed.json().names == ["passed", "status", "metrics", "notes"])
      let review = try await program.run(
        "check", "layer.png", "--source", "source.png", "--max-nonwhite", "0.01", "--json")
      #expect(review.status == 2)
      #expect(try review.json().member("status") == "NEEDS_REVIEW")
      #expect(try await program.run("check", "small.png", "--source", "source.png").status == 1)
      #expect(try await program.run("check", "source.png", "--source", "source.png", "--kind", "plate").status == 0)
      #expect(try await program.run("check", "nowhere.png", "--source", "source.png").status == 1)
    }
  }

  @Test func `what needs somebody is done for all jobs at once, chosen by the reason`() async throws {
    try await withProgram(["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]) { program in
      for name in ["a.png", "b.png"] { try write(try plainPicture(), to: program.folder.appending(name)) }
      #expect(try await program.run("run", "a.png", "b.png").status == 2)
      let none = try await program.run("accept", "--all", "--because", "haze")
      #expect(none.status == 1 && none.complaint.contains("No step needs you because of \"haze\""))
      let all = try await program.run("accept", "--all", "--because", "is not white")
      #expect(all.status == 0 && all.output.split(separator: "\n").count == 2)
      #expect(try await program.status().done == 2)
    }
  }

  @Test func `one damaged job does not keep a person from the others`() async throws {
    try await withProgram(["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]) { program in
      for name in ["a.png", "b.png"] { try write(try plainPicture(), to: program.folder.appending(name)) }
      #expect(try await program.run("run", "a.png", "b.png").status == 2)
      let damaged = try #require(try await program.status().jobs.first { $0.name == "a.png" })
      let file = program.root.appending("jobs").appending(damaged.id).appending("job.json")
      let text = try program.text(file)
      // What lists show of it stays whole.
      let changed = text.replacing("\"assets\" : {", with: "\"assets\" : [], \"was\" : {", maxReplacements: 1)
      #expect(changed != text)
      try write(changed, to: file)
      let all = try await program.run("accept", "--all")
      #expect(all.status == 0 && all.output.split(separator: "\n").count == 1, "\(all.output)\(all.complaint)")
      #expect(try await program.status().done == 1)
    }
  }

  @Test func `engine says what is missing`() async throws {
    try await withProgram { program in
      let engine = try await program.run("engine")
      #expect(engine.status == 1)
      #expect(!engine.output.isEmpty)
    }
  }

  @Test func `a job that is not there is told, with the way to find those that are`() async throws {
    try await withProgram { program in
      try write(try plainPicture(), to: program.folder.appending("good.png"))
      #expect(try await program.run("run", "good.png").status == 0)
      for verb in ["show", "retry", "accept", "skip", "cancel", "pause", "resume"] {
        let outcome = try await program.run(verb, "nosuch")
        #expect(outcome.status == 1)
        #expect(outcome.complaint.contains("There is no job \"nosuch\". \"scenehf status\" lists them."))
      }
    }
  }

  @Test(arguments: [
    ["retry"], ["accept", "a", "--all"], ["skip", "a", "--because", "x"], ["nonsense"], ["run"],
    ["show"], ["check", "a.png"], ["status", "--jsn"],
    ["check", "a.png", "--source", "b.png", "--kind", "plat"],
    ["check", "a.png", "--source", "b.png", "--min-nonwhite", "2"], ["--config", "nowhere.yaml", "status"],
  ])
  func `a command that is not understood exits with 64`(_ arguments: [String]) async throws {
    try await withProgram { program in
      let outcome = try await program.start(arguments).ended()
      #expect(outcome.status == 64)
      #expect(!outcome.complaint.isEmpty)
    }
  }

  @Test func `the root and the configuration may be named before and after the command`() async throws {
    try await withProgram { program in
      let other = program.folder.appending("other").string
      try write("attempts: 5\n".utf8, to: program.folder.appending("mine.yaml"))
      for arguments in [
        ["--storage-root", other, "--config", "mine.yaml", "config", "--json"],
        ["config", "--json", "--storage-root=\(other)", "--config", "mine.yaml"],
        ["--storage-root=\(other)", "config", "--config=mine.yaml", "--json"],
      ] {
        let config = try await program.start(arguments).ended()
        #expect(config.status == 0)
        #expect(try config.json().member("storage_root")?.member("value") == .string(other))
        #expect(try config.json().member("attempts")?.member("value") == "5")
      }
    }
  }
}
