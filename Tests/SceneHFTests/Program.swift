import Foundation
import Glibc
import Imaging
import Model
import SystemPackage
import Testing

/// The built `scenehf` on a storage root and a home of its own, driven as people and scripts drive it.
struct Program: Sendable {
  /// A temporary folder; the root and everything else lies below it.
  let folder: FilePath
  /// Further variables for every process.
  var environment: [String: String] = [:]

  var root: FilePath { folder.appending("root") }
  var inbox: FilePath { root.appending("inbox") }

  /// The executable lies beside the test bundle.
  private static let executable: URL = {
    let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("scenehf")
  }()

  /// What a process that has ended leaves.
  struct Outcome {
    var status: Int32
    var output: String
    var complaint: String

    /// Standard output as one JSON document.
    func json() throws -> JSONValue { try JSONDecoder().decode(JSONValue.self, from: Data(output.utf8)) }
  }

  /// Runs a command to its end.
  func run(_ arguments: String...) async throws -> Outcome { try await start(arguments).ended() }

  /// Starts a command and leaves it running.
  func start(_ arguments: [String]) throws -> Child {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.string)
    var variables = ["HOME": folder.string, "STORAGE_ROOT": root.string, "PATH": "/usr/bin:/bin"]
    // Without the network only plain backgrounds are separated, which is all that most tests need and is quick.
    variables["SCENEHF_ENGINE_DIR"] = folder.appending("no-engine").string
    variables["TMPDIR"] = ProcessInfo.processInfo.environment["TMPDIR"]
    process.environment = variables.merging(environment) { _, mine in mine }
    return try Child(process, folder: folder)
  }

  /// Starts the service and returns when it says that it watches.
  func watch() async throws -> Child {
    let child = try start(["watch"])
    try await eventually("the service watches") { try child.complaint().contains("Watching ") }
    return child
  }

  /// Runs `body` with the service running, which is stopped afterwards.
  func whileWatching(_ body: () async throws -> Void) async throws {
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

  struct Job: Decodable {
    var id: String
    var name: String
    var face: String
    var folder: String?
    var status: String
    var step: String?
    var reason: String?
  }

  struct Status: Decodable {
    var state: String
    var inbox: Int
    var working: Int
    var review: Int
    var done: Int
    var rejected: Int
    var jobs: [Job]

    var isSettled: Bool {
      inbox == 0 && working == 0 && jobs.allSatisfy { ["DONE", "PAUSED", "FAILED", "CANCELLED"].contains($0.status) }
    }
  }

  func status() async throws -> Status {
    let outcome = try await run("status", "--json")
    return try JSONDecoder().decode(Status.self, from: Data(outcome.output.utf8))
  }

  /// Waits until `jobs` jobs are there and nothing is left to do.
  @discardableResult
  func settled(jobs: Int) async throws -> Status {
    var last: Status?
    try await eventually("\(jobs) jobs have settled") {
      let status = try await status()
      last = status
      return status.jobs.count == jobs && status.isSettled
    }
    return try #require(last)
  }

  func path(_ job: Job, _ file: String) throws -> FilePath {
    root.appending(try #require(job.folder)).appending(job.face).appending(file)
  }

  func text(_ path: FilePath) throws -> String { try String(contentsOfFile: path.string, encoding: .utf8) }

  func names(_ path: FilePath) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: path.string).filter { !$0.hasPrefix(".") })
  }

  /// The only face in `rejected/`: its reason and the names beside it.
  func rejections() throws -> [String: String] {
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
  func runs(of job: Job, step: String) throws -> [HistoryRecord] {
    let history = root.appending("jobs").appending(job.id).appending("history")
    return try names(history).sorted().map { name in
      let bytes = try Data(contentsOf: URL(fileURLWithPath: history.appending(name).string))
      return try JSONDecoder().decode(HistoryRecord.self, from: bytes)
    }.filter { $0.stepID == step }
  }

  /// Puts a file into the inbox as file managers do: written beside, then renamed.
  func drop(_ bytes: [UInt8], named name: String, in subfolder: String? = nil) throws {
    let beside = folder.appending("drop-\(UUID().uuidString)")
    try write(bytes, to: beside)
    let target = (subfolder.map { inbox.appending($0) } ?? inbox).appending(name)
    try move(beside, to: target)
  }
}

/// Runs `body` with a program on a fresh folder, which is removed afterwards.
func withProgram(_ environment: [String: String] = [:], _ body: (Program) async throws -> Void) async throws {
  var template = Array("\(FileManager.default.temporaryDirectory.path)/scenehf-program-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
  let folder = FilePath(platformString: template)
  defer { try? FileManager.default.removeItem(atPath: folder.string) }
  try await body(Program(folder: folder, environment: environment))
}

/// Waits for a fact, looking at it again and again; the deadline is generous and only ends a test that hangs.
func eventually(
  _ fact: String, within seconds: Double = 240, at location: SourceLocation = #_sourceLocation,
  _ holds: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  var pause = Duration.milliseconds(20)
  while try await !holds() {
    if ContinuousClock.now > end {
      Issue.record("Waited in vain: \(fact)", sourceLocation: location)
      throw Errno.timedOut
    }
    try await Task.sleep(for: pause)
    pause = min(pause * 1.5, .milliseconds(500))
  }
}

func write(_ bytes: some Sequence<UInt8>, to path: FilePath) throws {
  let file = try FileDescriptor.open(
    path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
  _ = try file.closeAfter { try file.writeAll(bytes) }
}

func move(_ from: FilePath, to target: FilePath) throws {
  let result = from.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
  guard result == 0 else { throw Errno(rawValue: errno) }
}

func read(_ path: FilePath) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path.string))) }
