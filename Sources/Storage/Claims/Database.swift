import Blocking
import CPQ
import Glibc

/// One connection to PostgreSQL, made anew after it broke. Several threads may use it; one command runs at a time, and
/// none takes longer than `patience`. Blocks: never to be used on the cooperative pool.
///
/// The address may hold a password: it is in memory only, and no error and no description repeats it.
final class Database: Sendable {
  private let uri: String
  private let application: String
  private let connection = Locked(Connection())

  /// How long an answer is waited for. A database that takes longer is as good as away.
  private static let patience: Int32 = 10

  /// The handle that libpq gives; touched under the lock alone.
  private final class Connection: @unchecked Sendable {
    // Unchecked: it lives behind `Locked`.
    var handle: cpq_connection?

    deinit { close() }

    func close() {
      if let handle { cpq_close(handle) }
      handle = nil
    }
  }

  /// Rows of texts; null is the empty text.
  struct Answer {
    var rows: [[String]] = []
    /// Of an insert, update or delete.
    var changed = 0
  }

  /// `application` is the name under which the database's own views show the connection.
  init(_ uri: String, application: String) {
    self.uri = uri
    self.application = application
  }

  /// Carries out one command; `$1` and so on stand for `values`. Throws `.databaseAway` where there is no connection,
  /// `.databaseRefused` where the server does not do it.
  ///
  /// A connection that was found broken, as after a restart of the server, is made anew and the command repeated, unless
  /// it must not be carried out twice.
  @discardableResult
  func run(
    _ command: String, _ values: [String] = [], columns: Int = 0, isRepeatable: Bool = true
  ) throws(StorageError) -> Answer {
    try connection.withLock { (connection) throws(StorageError) in
      let isUsed = connection.handle != nil
      let begin = ContinuousClock.now
      do throws(StorageError) {
        return try run(command, values, columns, on: connection)
      } catch {
        guard case .databaseAway = error, isRepeatable, isUsed, ContinuousClock.now - begin < .seconds(1) else {
          throw error
        }
        return try run(command, values, columns, on: connection)
      }
    }
  }

  private func run(
    _ command: String, _ values: [String], _ columns: Int, on connection: Connection
  ) throws(StorageError) -> Answer {
    let handle = try open(connection)
    var texts: [UnsafeMutablePointer<CChar>?] = values.map { strdup($0) }
    defer { for text in texts { free(text) } }
    let result = texts.withUnsafeMutableBufferPointer { texts in
      texts.withMemoryRebound(to: UnsafePointer<CChar>?.self) { texts in
        cpq_run(handle, command, Int32(texts.count), texts.baseAddress, Self.patience * 1000)
      }
    }
    guard let result else {
      let reason = Self.firstLine(cpq_error(handle)) ?? "it did not answer within \(Self.patience) s"
      connection.close()
      throw .databaseAway(reason)
    }
    defer { cpq_free(result) }
    return try Self.answer(result, columns: columns)
  }

  private static func answer(_ result: cpq_result, columns: Int) throws(StorageError) -> Answer {
    let state = String(cString: cpq_state(result))
    guard state.isEmpty else {
      throw .databaseRefused(state: state, firstLine(cpq_complaint(result)) ?? "no reason given")
    }
    var answer = Answer(changed: Int(cpq_changed(result)))
    for row in 0..<cpq_rows(result) {
      answer.rows.append((0..<Int32(columns)).map { String(cString: cpq_value(result, row, $0)) })
    }
    return answer
  }

  private func open(_ connection: Connection) throws(StorageError) -> cpq_connection {
    if let handle = connection.handle { return handle }
    guard let handle = cpq_connect(uri, application, Self.patience / 2) else {
      throw .databaseAway("libpq is not installed; install the package libpq5")
    }
    guard cpq_is_open(handle) == 1 else {
      defer { cpq_close(handle) }
      throw .databaseAway(Self.firstLine(cpq_error(handle)) ?? "no reason given")
    }
    connection.handle = handle
    return handle
  }

  // MARK: - Notifications

  /// Waits up to `milliseconds` for notifications on channels that were listened to; what came, oldest first.
  func notifications(within milliseconds: Int) throws(StorageError) -> [(channel: String, payload: String)] {
    try connection.withLock { (connection) throws(StorageError) in
      let handle = try open(connection)
      guard cpq_wait(handle, Int32(milliseconds)) >= 0 else {
        connection.close()
        throw .databaseAway("the connection broke")
      }
      var found: [(channel: String, payload: String)] = []
      var (channel, payload) = ([CChar](repeating: 0, count: 64), [CChar](repeating: 0, count: 512))
      while cpq_notification(handle, &channel, 64, &payload, 512) == 1 {
        found.append((Self.text(channel), Self.text(payload)))
      }
      return found
    }
  }

  private static func text(_ bytes: [CChar]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func firstLine(_ text: UnsafePointer<CChar>?) -> String? {
    text.flatMap { String(cString: $0).split(separator: "\n").first.map(String.init) }
  }

  /// `{…}` as PostgreSQL reads a list of texts.
  static func list(_ texts: some Sequence<String>) -> String {
    let quoted = texts.map { text in
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
  }
}
