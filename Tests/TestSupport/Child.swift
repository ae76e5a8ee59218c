import Foundation
import Glibc
package import Model
package import SystemPackage

/// A running process, as a rule of the built `scenehf`, its two outputs going to files so that neither can fill up.
package final class Child: Sendable {
  /// The executable lies beside the test bundle.
  package static let executable: String = {
    let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("scenehf").path
  }()

  private let process: Process
  private let said: URL
  private let errors: URL
  private let end: AsyncStream<Int32>

  /// What a process that has ended leaves.
  package struct Outcome {
    package var status: Int32
    package var output: String
    package var complaint: String

    /// Standard output as one JSON document.
    package func json() throws -> JSONValue { try JSONDecoder().decode(JSONValue.self, from: Data(output.utf8)) }
  }

  /// Starts it in `folder`, with these variables and no others but a sanitizer's.
  package init(
    _ arguments: [String], running program: String? = nil, environment: [String: String], in folder: FilePath
  ) throws {
    process = Process()
    process.executableURL = URL(fileURLWithPath: program ?? Self.executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.string)
    // A sanitizer in the program has to know where Config/sanitize.sh wants its reports.
    let sanitizers = ProcessInfo.processInfo.environment.filter { ["TSAN_OPTIONS", "ASAN_OPTIONS"].contains($0.key) }
    process.environment = environment.merging(sanitizers) { mine, _ in mine }
    let stem = folder.appending("process-\(UUID().uuidString)").string
    said = URL(fileURLWithPath: stem + ".out")
    errors = URL(fileURLWithPath: stem + ".err")
    for url in [said, errors] { try Data().write(to: url) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: said)
    process.standardError = try FileHandle(forWritingTo: errors)
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
    end = stream
    process.terminationHandler = { process in
      // A death by signal is told apart from an exit status as shells do.
      continuation.yield(
        process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus)
      continuation.finish()
    }
    try process.run()
  }

  /// What it has said on standard error so far.
  package func complaint() throws -> String { String(decoding: try Data(contentsOf: errors), as: UTF8.self) }

  /// What it has said on standard output so far.
  package func output() throws -> String { String(decoding: try Data(contentsOf: said), as: UTF8.self) }

  package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  package var processID: Int32 { process.processIdentifier }
  package var isRunning: Bool { process.isRunning }

  /// Waits for its end; to be asked once.
  package func ended() async throws -> Outcome {
    var status: Int32 = -1
    for await code in end { status = code }
    return Outcome(
      status: status, output: try output(), complaint: try complaint())
  }
}
