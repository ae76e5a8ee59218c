import Foundation
import Glibc
package import Model
package import SystemPackage
import Testing

/// The built `scenehf` on a storage root and a home of its own, driven as people and scripts drive it.
package struct Program: Sendable {
  /// A temporary folder; the root and everything else lies below it.
  package let folder: FilePath
  /// Further variables for every process.
  package var environment: [String: String] = [:]

  package var root: FilePath { folder.appending("root") }
  package var inbox: FilePath { root.appending("inbox") }

  /// Runs a command to its end.
  package func run(_ arguments: String...) async throws -> Child.Outcome { try await start(arguments).ended() }

  /// Starts a command, or another program in its surroundings, and leaves it running.
  package func start(_ arguments: [String], running program: String? = nil) throws -> Child {
    // Without the network only plain backgrounds are separated, which is all that most tests need and is quick.
    let variables = [
      "HOME": folder.string, "STORAGE_ROOT": root.string, "PATH": "/usr/bin:/bin", "TMPDIR": diskPlace,
      "SCENEHF_ENGINE_DIR": folder.appending("no-engine").string,
    ]
    return try Child(
      arguments, running: program, environment: variables.merging(environment) { _, mine in mine }, in: folder)
  }

  /// Starts the service and returns when it says that it watches.
  package func watch() async throws -> Child {
    let child = try start(["watch"])
    try await eventually("the service watches") { try child.complaint().contains("Watching ") }
    return child
  }

  /// Runs `body` with the service running, which is stopped afterwards.
  package func whileWatching(_ body: () async throws -> Void) async throws {
    let service = try await watch()
    do {
      try await body()
    } catch {
      print(try service.complaint())
      service.signal(SIGKILL)
      throw error
    }
    service.signal(SIGTERM)
    _ = try await service.ended()
  }

  // MARK: - What is where

  package struct Job: Decodable {
    package var id: String
    package var name: String
    package var face: String
    package var folder: String?
    package var status: String
    package var step: String?
    package var reason: String?
  }

  package struct Status: Decodable {
    package var state: String
    package var reason: String?
    package var inbox: Int
    package var working: Int
    package var review: Int
    package var done: Int
    package var rejected: Int
    package var jobs: [Job]

    package var isSettled: Bool {
      inbox == 0 && working == 0 && jobs.allSatisfy { ["DONE", "PAUSED", "FAILED", "CANCELLED"].contains($0.status) }
    }
  }

  package func status() async throws -> Status {
    let outcome = try await run("status", "--json")
    return try JSONDecoder().decode(Status.self, from: Data(outcome.output.utf8))
  }

  /// Waits until `jobs` jobs are there and nothing is left to do.
  @discardableResult
  package func settled(jobs: Int) async throws -> Status {
    var last: Status?
    try await eventually("\(jobs) jobs have settled") {
      let status = try await status()
      last = status
      return status.jobs.count == jobs && status.isSettled
    }
    return try #require(last)
  }

  package func path(_ job: Job, _ file: String) throws -> FilePath {
    root.appending(try #require(job.folder)).appending(job.face).appending(file)
  }

  package func text(_ path: FilePath) throws -> String { try String(contentsOfFile: path.string, encoding: .utf8) }

  package func names(_ path: FilePath) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: path.string).filter { !$0.hasPrefix(".") })
  }

  /// What lies in `rejected/`: each file's name with its reason.
  package func rejections() throws -> [String: String] {
    let rejected = root.appending("rejected")
    var reasons: [String: String] = [:]
    for face in try names(rejected) {
      let folder = rejected.appending(face)
      let file = try names(folder).first { $0 != "reason.txt" } ?? ""
      reasons[file] = try text(folder.appending("reason.txt"))
    }
    return reasons
  }

  /// The history records of a job's step, in order.
  package func runs(of job: Job, step: String) throws -> [HistoryRecord] {
    let history = root.appending("jobs").appending(job.id).appending("history")
    return try names(history).sorted().map { name in
      let bytes = try Data(contentsOf: URL(fileURLWithPath: history.appending(name).string))
      return try JSONDecoder().decode(HistoryRecord.self, from: bytes)
    }.filter { $0.stepID == step }
  }

  /// Writes files of the configuration folder, such as `scenehf.yaml` and `presets/strict.yaml`.
  package func configure(_ files: [String: String]) throws {
    let folder = folder.appending(".config/scenehf/presets")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    for (name, text) in files { try write(text, to: folder.removingLastComponent().appending(name)) }
  }

  /// Puts a file into the inbox as file managers do: written beside, then renamed.
  package func drop(_ bytes: [UInt8], named name: String, in subfolder: String? = nil) throws {
    let beside = folder.appending("drop-\(UUID().uuidString)")
    try write(bytes, to: beside)
    let target = (subfolder.map { inbox.appending($0) } ?? inbox).appending(name)
    try move(beside, to: target)
  }
}

/// Runs `body` with a program on a fresh folder, which is removed afterwards.
package func withProgram(_ environment: [String: String] = [:], _ body: (Program) async throws -> Void) async throws {
  try await withTemporaryFolder(in: diskPlace) { try await body(Program(folder: $0, environment: environment)) }
}
