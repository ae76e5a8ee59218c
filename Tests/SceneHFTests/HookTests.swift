import Foundation
import Glibc
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

/// Programs that are told.
@Suite(.timeLimit(.minutes(20))) struct HookTests {
  private static let strict = ["SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"]

  /// An executable script in the program's folder.
  private func script(_ name: String, _ lines: String, in program: Program) throws -> FilePath {
    let path = program.folder.appending(name)
    try write("#!/bin/sh\n\(lines)\n".utf8, to: path)
    #expect(path.withPlatformString { chmod($0, 0o755) } == 0)
    return path
  }

  private func folder(_ name: String, in program: Program) throws -> FilePath {
    let path = program.folder.appending(name)
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    return path
  }

  @Test func `programs are told, with their arguments filled in and without a shell`() async throws {
    try await withProgram([
      "SCENEHF_INCOMPLETE_TIMEOUT": "0.2", "OPENAI_API_KEY": "sk-planted", "ANOTHER_NAME": "sk-planted",
    ]) { program in
      let told = try folder("told", in: program)
      let tell = try script(
        "tell.sh", "{ echo \"$1|$SCENEHF_FOLDER\"; env; cat; } > '\(told.string)'/$SCENEHF_EVENT", in: program)
      let hook = "[\(tell.string), \"{name} is {event}; $(touch nothing)\"]"
      try program.configure(["scenehf.yaml": "hook_done: \(hook)\nhook_rejected: \(hook)\nhook_timeout: 20\n"])
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "a b.png")
        try program.drop(Array("no picture".utf8), named: "c.png")
        try await eventually("both are told") {
          try program.names(told) == ["done", "rejected"] && program.text(told.appending("done")).contains("\"name\"")
            && program.text(told.appending("rejected")).contains("\"name\"")
        }
        let done = try program.text(told.appending("done"))
        let face = try #require(try await program.settled(jobs: 1).jobs.first).face
        #expect(done.hasPrefix("a b.png is done; $(touch nothing)|\(program.root.string)/done/\(face)\n"))
        #expect(done.contains("\"event\":\"done\"") && !done.contains("planted"))
      }
    }
  }

  @Test func `a review is told once with its reason, and so is a pause`() async throws {
    try await withProgram(Self.strict) { program in
      let told = program.folder.appending("told.txt")
      let tell = try script(
        "tell.sh", "echo \"$SCENEHF_EVENT|$SCENEHF_NAME|$SCENEHF_FOLDER|$SCENEHF_REASON\" >> '\(told.string)'",
        in: program)
      try program.configure(["scenehf.yaml": "hook_review: [\(tell.string)]\nhook_paused: [\(tell.string)]\n"])
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "a.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        try await eventually("the review is told") { (try? program.text(told))?.isEmpty == false }
        #expect(try await program.run("pause", job.id).status == 0)
        try await eventually("the pause is told") { try program.text(told).contains("paused|") }
        let place = "\(program.root.string)/review/\(job.face)"
        let lines = try program.text(told).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("review|a.png|\(place)|Step 2 \"Red object\": ") == true)
        #expect(lines.last == "paused|a.png|\(place)|Paused by you; \"scenehf resume\" goes on.")
      }
    }
  }

  @Test func `a program that takes too long is stopped, and one that fails is told`() async throws {
    try await withProgram { program in
      try program.configure(["scenehf.yaml": "hook_done: [sleep, 600]\nhook_rejected: [\"false\"]\nhook_timeout: 1\n"])
      let service = try await program.watch()
      try program.drop(try plainPicture(), named: "a.png")
      try program.drop(Array("no picture".utf8), named: "c.png")
      try await eventually("one was stopped and one failed") {
        let said = try service.complaint()
        return said.contains("The hook sleep took longer than 1 s")
          && said.contains("The hook false ended with status 1")
      }
      service.signal(SIGTERM)
      _ = try await service.ended()
    }
  }

  /// The scripts that are shipped, each as its own remark says how to set it, against what it calls: mail and
  /// notify-send played by scripts, the web by a real listener.
  @Test func `what a day came to is one line of the log, also when the service stops before its end`() async throws {
    try await withProgram(["SCENEHF_INCOMPLETE_TIMEOUT": "0.2"]) { program in
      let service = try await program.watch()
      try program.drop(try plainPicture(), named: "a.png")
      try program.drop(Array("no picture".utf8), named: "c.png")
      try await eventually("one is done and one is rejected") {
        let status = try await program.status()
        return status.done == 1 && status.rejected == 1
      }
      service.signal(SIGTERM)
      let said = try await service.ended().complaint
      #expect(said.contains(": 1 arrived, 1 done, 0 times a review, 1 rejected."), "\(said)")
    }
  }

  @Test(arguments: ["mail.sh", "notify.sh", "webhook.sh"])
  func `a shipped example tells what happened`(_ name: String) async throws {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let examples = here.appendingPathComponent("../../Config/hooks/\(name)").standardizedFileURL.path
    try await withProgram { program in
      var program = program
      let heard = program.folder.appending("heard.txt")
      let stubs = try folder("stubs", in: program)
      for stub in ["mail", "notify-send"] {
        let line = "{ printf '%s\\n' \"$@\"; [ \"$0\" = \"${0%mail}\" ] || cat; } > '\(heard.string)'"
        _ = try script("stubs/\(stub)", line, in: program)
      }
      program.environment["PATH"] = "\(stubs.string):/usr/bin:/bin"
      let listener = try WebListener(into: heard)
      defer { listener.stop() }
      let address = name == "webhook.sh" ? try await listener.address() : "you@example.org"
      try program.configure(["scenehf.yaml": "hook_done: [\"\(examples)\", \"\(address)\"]\n"])
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "-a \"b\" $(c).png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        let place = "\(program.root.string)/done/\(job.face)"
        try await eventually("it is heard") { (try? program.text(heard))?.contains("done") == true }
        let text = try program.text(heard)
        switch name {
        case "mail.sh":
          #expect(text.contains("SceneHF: -a \"b\" $(c).png, done\n--\nyou@example.org\n") && text.contains(place))
        case "notify.sh": #expect(text.contains("--\n-a \"b\" $(c).png: done\n\(place)\n"))
        default:
          guard case .object(let facts) = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
            Issue.record("no JSON object: \(text)")
            return
          }
          #expect(facts["event"] == "done" && facts["folder"] == .string(place))
          #expect(facts["name"] == "-a \"b\" $(c).png" && facts["job"] == .string(job.id))
        }
      }
    }
  }
}

/// A web server that writes the body of the last POST to a file.
private final class WebListener: Sendable {
  private let process: Process
  private let port: FilePath

  init(into file: FilePath) throws {
    port = file.removingLastComponent().appending("port")
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      "-c",
      """
      import http.server, os, sys
      class Listener(http.server.BaseHTTPRequestHandler):
          def do_POST(self):
              body = self.rfile.read(int(self.headers["Content-Length"]))
              open(sys.argv[1] + ".part", "wb").write(body)
              os.rename(sys.argv[1] + ".part", sys.argv[1])
              self.send_response(204)
              self.end_headers()
          def log_message(self, *arguments): pass
      server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
      open(sys.argv[2] + ".part", "w").write(str(server.server_port))
      os.rename(sys.argv[2] + ".part", sys.argv[2])
      server.serve_forever()
      """, file.string, port.string,
    ]
    try process.run()
  }

  func address() async throws -> String {
    try await eventually("the listener listens") { FileManager.default.fileExists(atPath: port.string) }
    return "http://127.0.0.1:\(try String(contentsOfFile: port.string, encoding: .utf8))/scenehf"
  }

  /// By force: children of a test may have inherited that other signals are blocked.
  func stop() { kill(process.processIdentifier, SIGKILL) }
}
