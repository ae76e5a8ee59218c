import Foundation

/// A real PostgreSQL server on a socket in a folder of its own, for this test process; it ends with it.
package final class Postgres: Sendable {
  private let socket: String
  /// Held open for the server's life.
  private let input: FileHandle

  private static let started = Result { try Postgres() }

  /// The address of a fresh, empty database. The first call starts the server, which takes some seconds.
  package static func freshDatabase() throws -> String {
    let server = try started.get()
    let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: ""))"
    try server.run("create database \(name)", in: "postgres")
    return server.address(of: name)
  }

  /// Carries out a statement by psql(1) in a database that `freshDatabase` made; what it printed.
  @discardableResult
  package static func run(_ statement: String, at address: String) throws -> String {
    try Self.psql(statement, address)
  }

  private func address(of database: String) -> String { "postgresql://scenehf@/\(database)?host=\(socket)" }

  private func run(_ statement: String, in database: String) throws {
    try Self.psql(statement, address(of: database))
  }

  private init() throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "postgres.sh").path
    let (input, output) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["bash", script, fastPlace, "-c", "fsync=off", "-c", "max_connections=60"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
    guard !line.isEmpty else { throw Failed(words: "PostgreSQL did not start; bash Config/install.sh installs it") }
    socket = String(decoding: line, as: UTF8.self)
    self.input = input.fileHandleForWriting
  }

  @discardableResult
  private static func psql(_ statement: String, _ address: String) throws -> String {
    let output = Pipe()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", statement, address]
    process.standardOutput = output
    try process.run()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(words: "psql: \(statement)") }
    return String(decoding: printed, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  package struct Failed: Error {
    let words: String
  }
}
