import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// SIGHUP: new settings for a running service.
@Suite(.timeLimit(.minutes(20))) struct ReloadTests {
  /// Has the settings read again, and returns when the service has said `count` times what became of it.
  private func reload(_ service: Child, saying words: String, times count: Int = 1) async throws {
    service.signal(SIGHUP)
    try await eventually(words) { try service.complaint().split(separator: words).count > count }
  }

  @Test func `new settings hold for what begins from then on`() async throws {
    try await withProgram { program in
      try program.configure(["scenehf.yaml": "max_nonwhite: 0.05\nattempts: 1\n"])
      let service = try await program.watch()
      try program.drop(try plainPicture(), named: "first.png")
      #expect(try await program.settled(jobs: 1).review == 1)
      try program.configure([
        "scenehf.yaml": "attempts: 1\nignore: ['*.skip']\n", "presets/strict.yaml": "attempts: 1\n",
      ])
      try await reload(service, saying: "The settings were read again.")
      #expect(try service.complaint().contains("ignore cannot change while the service runs: restart it for that."))
      try await eventually("the new preset has its folder") {
        exists(program.inbox.appending("strict/README.txt"))
      }
      try program.drop(try plainPicture(), named: "second.png")
      let status = try await program.settled(jobs: 2)
      #expect(status.done == 1 && status.review == 1)
      service.signal(SIGTERM)
      #expect(try await service.ended().status == 0)
    }
  }

  @Test func `with a mistake the earlier settings hold, and why is said until it is mended`() async throws {
    try await withProgram(["SCENEHF_ATTEMPTS": "1"]) { program in
      try program.configure(["scenehf.yaml": "max_nonwhite: 0.05\n"])
      let service = try await program.watch()
      let refused = "The settings were not taken; the earlier ones hold."
      for (count, mistake) in ["max_nonwhit: 0.5\n", "max_nonwhite: [\n", "image_provider: openai\n"].enumerated() {
        try program.configure(["scenehf.yaml": mistake])
        try await reload(service, saying: refused, times: count + 1)
      }
      #expect(try service.complaint().contains("Did you mean \"max_nonwhite\"?"))
      #expect(try service.complaint().contains("image_provider names openai, which needs OPENAI_API_KEY."))
      let told = try await program.run("status")
      #expect(told.output.contains("\(refused) image_provider names openai"))
      #expect(try service.complaint().contains("is not valid YAML"))
      #expect(try await program.run("status", "--json").json().member("settings")?.text?.hasPrefix(refused) == true)
      try program.drop(try plainPicture(), named: "a.png")
      #expect(try await program.settled(jobs: 1).review == 1)
      try program.configure(["scenehf.yaml": "max_nonwhite: 0.5\n"])
      try await reload(service, saying: "The settings were read again.")
      #expect(try await !program.run("status").output.contains(refused))
      service.signal(SIGTERM)
      #expect(try await service.ended().status == 0)
    }
  }

  @Test func `in the journal each line has its gravity and its job, and no time of its own`() async throws {
    try await withProgram(["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]) { program in
      let log = program.folder.appending("log")
      let script = """
        exec 2> "$0"; JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/self/fd/2); export JOURNAL_STREAM
        exec "$1" watch
        """
      let service = try program.start(["-c", script, log.string, Child.executable], running: "/bin/sh")
      try await eventually("it watches") { try exists(log) && read(log).contains("<6>Watching ") }
      try program.drop(try plainPicture(), named: "a.png")
      try program.drop(Array("no picture".utf8), named: "b.png")
      let job = try #require(try await program.settled(jobs: 1).jobs.first)
      try await eventually("it is rejected") { try read(log).contains("<4>b.png was not taken. ") }
      service.signal(SIGTERM)
      #expect(try await service.ended().status == 0)
      let lines = try read(log).split(separator: "\n")
      #expect(lines.allSatisfy { $0.hasPrefix("<") })
      let id = job.id.prefix(8)
      #expect(lines.contains { $0.hasPrefix("<6>[\(id)] a.png  RUNNING") || $0.hasPrefix("<6>[\(id)] a.png  IDLE") })
      #expect(lines.contains { $0.hasPrefix("<5>[\(id)] a.png  2/3 EXTRACT") && $0.contains("NEEDS_REVIEW") })
    }
  }
}
