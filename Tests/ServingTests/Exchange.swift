import Dispatch
import Foundation
import Glibc
import Model
import NIOCore

/// A TCP connection to the server, on which anything can be said: what a browser would never send, too.
final class Connection: Sendable {
  private let socket: Int32

  init(port: Int) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    // No read waits longer than a test may hang.
    var patience = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let connected = try SocketAddress(ipAddress: "127.0.0.1", port: port).withSockAddr { [socket] in
      connect(socket, $0, socklen_t($1))
    }
    if connected != 0 { throw CocoaError(.fileReadUnknown) }
  }

  deinit { close(socket) }

  /// Says all of it, or as much as the other end takes before it closes; whether it was all.
  @discardableResult
  func write(_ bytes: [UInt8]) async -> Bool {
    await onThread { [socket] in
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes {
          send(socket, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return false }
        done += count
      }
      return true
    }
  }

  /// Says as much of it as there is room for on the way.
  func writeWithoutWaiting(_ bytes: [UInt8]) async {
    await onThread { [socket] in
      let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes {
          send(socket, $0.baseAddress.map { $0 + done }, bytes.count - done, flags)
        }
        if count <= 0 { return }
        done += count
      }
    }
  }

  /// What comes next; empty at the end.
  func read() async -> [UInt8] {
    await onThread { [socket] in
      var bytes = [UInt8](repeating: 0, count: 64 * 1024)
      let count = recv(socket, &bytes, bytes.count, 0)
      return Array(bytes.prefix(max(0, count)))
    }
  }

  /// Everything until the other end closes.
  func readAll() async -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let bytes = await read()
      if bytes.isEmpty { return all }
      all += bytes
    }
  }

  /// Breaks the connection off, as a program that dies does.
  func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

  private func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: work()) }
    }
  }
}

/// An answer of the server.
struct Reply {
  var status: Int
  /// Names in lower case.
  var fields: [String: String]
  var body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  func json() throws -> JSONValue { try JSONDecoder().decode(JSONValue.self, from: Data(body)) }

  /// The code of a refusal.
  var code: String? { (try? json())?["code"]?.text }

  /// Reads a whole answer, of which the connection was closed afterwards.
  init(_ bytes: [UInt8]) {
    let gap = Array("\r\n\r\n".utf8)
    let head = bytes.indices.first { bytes[$0...].starts(with: gap) } ?? bytes.endIndex
    let lines = String(decoding: bytes[..<head], as: UTF8.self).split(separator: "\r\n")
    status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
    fields = Dictionary(
      lines.dropFirst().compactMap { line in
        line.firstIndex(of: ":").map { colon in
          (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
      }, uniquingKeysWith: { $0 + ", " + $1 })
    body = head < bytes.endIndex ? Array(bytes[(head + 4)...]) : []
    if fields["transfer-encoding"] == "chunked" { body = Self.dechunked(body) }
  }

  private static func dechunked(_ bytes: [UInt8]) -> [UInt8] {
    var whole: [UInt8] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A),
      let size = Int(String(decoding: rest[..<end].dropLast(), as: UTF8.self), radix: 16), size > 0
    {
      let start = rest.index(after: end)
      whole += rest[start..<min(start + size, rest.endIndex)]
      rest = rest[min(start + size + 2, rest.endIndex)...]
    }
    return whole
  }
}

extension JSONValue {
  /// A member of an object, or an element of an array by its number.
  subscript(name: String) -> JSONValue? {
    switch self {
    case .object(let members): members[name]
    case .array(let elements): Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
    default: nil
    }
  }

  /// The elements of an array; none for anything else.
  var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}
