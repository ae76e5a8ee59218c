import Blocking
import Foundation

/// A Python script beside this file that serves on ports of its own and ends with this process.
///
/// It prints one line of JSON with its ports when it listens, and lives until its standard input closes.
package final class PythonServer: Sendable {
  package let ports: [String: Int]
  /// Held open for the server's life.
  private let input: FileHandle

  /// The folder of the scripts.
  package static let folder = URL(filePath: #filePath).deletingLastPathComponent().path

  private static let pool = BlockingPool(label: "scenehf.tests.servers", width: 2)

  private init(ports: [String: Int], input: FileHandle) {
    self.ports = ports
    self.input = input
  }

  /// Starts `script` and returns when it listens.
  package static func start(
    _ script: String, _ arguments: [String] = [], python: String = "/usr/bin/env"
  ) async throws -> PythonServer {
    try await pool.run {
      let process = Process()
      let (input, output) = (Pipe(), Pipe())
      process.executableURL = URL(filePath: python)
      let interpreter = python == "/usr/bin/env" ? ["python3"] : []
      process.arguments = interpreter + ["-B", "-W", "ignore", "\(folder)/\(script)"] + arguments
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      var line: [UInt8] = []
      while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
      let ports = try JSONDecoder().decode([String: Int].self, from: Data(line))
      return PythonServer(ports: ports, input: input.fileHandleForWriting)
    }
  }

  /// Runs a script of the folder to its end and returns what it printed; throws unless it succeeds.
  @discardableResult
  package static func run(_ script: String, _ arguments: [String] = []) async throws -> String {
    try await pool.run {
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["bash", "\(folder)/\(script)"] + arguments
      process.standardOutput = output
      try process.run()
      let printed = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw ScriptFailed(script: script, status: process.terminationStatus)
      }
      return String(decoding: printed, as: UTF8.self)
    }
  }

  package struct ScriptFailed: Error {
    let script: String
    let status: Int32
  }
}

/// Runs `body` with a fresh folder and removes the folder afterwards.
package func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "scenehf-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}
