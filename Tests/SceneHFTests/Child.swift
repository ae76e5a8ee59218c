import Foundation
import Glibc
import SystemPackage

/// A running process of the program, its two outputs going to files so that neither can fill up.
final class Child: Sendable {
  private let process: Process
  private let output: URL
  private let errors: URL
  private let end: AsyncStream<Int32>

  init(_ process: Process, folder: FilePath) throws {
    self.process = process
    let stem = folder.appending("process-\(UUID().uuidString)").string
    output = URL(fileURLWithPath: stem + ".out")
    errors = URL(fileURLWithPath: stem + ".err")
    for url in [output, errors] { try Data().write(to: url) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
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
  func complaint() throws -> String { String(decoding: try Data(contentsOf: errors), as: UTF8.self) }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for its end.
  func ended() async throws -> Program.Outcome {
    var status: Int32 = -1
    for await code in end { status = code }
    return Program.Outcome(
      status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      complaint: try complaint())
  }
}
