import FoundationEssentials
import Glibc

/// Bytes through a file in memory.
enum Transfer {
  /// Writes the values' bytes at the offset. False if memory is used up.
  static func write<Value: FixedWidthInteger>(_ values: [Value], to file: Int32, at offset: Int = 0) -> Bool {
    values.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = pwrite(file, bytes.baseAddress?.advanced(by: done), bytes.count - done, offset + done)
        if count > 0 { done += count } else if errno != EINTR { return false }
      }
      return true
    }
  }

  /// The first `count` bytes; nil if there are fewer.
  static func read(_ count: Int, from file: Int32) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let got = pread(file, buffer.baseAddress?.advanced(by: initialized), count - initialized, initialized)
        if got > 0 {
          initialized += got
        } else if got == 0 || errno != EINTR {
          failed = true
          return
        }
      }
    }
    return failed ? nil : bytes
  }
}

/// Values as JSON in one packet each of a SOCK_SEQPACKET socket.
enum Message {
  private static let limit = 1 << 16

  static func send(_ message: some Encodable, over socket: Int32) -> Bool {
    guard let bytes = try? [UInt8](JSONEncoder().encode(message)), bytes.count <= limit else { return false }
    while true {
      let sent = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      if sent == bytes.count { return true }
      if sent >= 0 || errno != EINTR { return false }
    }
  }

  /// Nil if the other side is gone or says nothing that can be understood.
  static func receive<Value: Decodable>(_ type: Value.Type, over socket: Int32) -> Value? {
    var bytes = [UInt8](repeating: 0, count: limit)
    while true {
      let count = recv(socket, &bytes, limit, 0)
      if count > 0 { return try? JSONDecoder().decode(type, from: Data(bytes[..<count])) }
      if count == 0 || errno != EINTR { return nil }
    }
  }
}
