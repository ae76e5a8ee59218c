import Glibc
import NIOCore

/// Whose program is at the other end of a loopback connection.
///
/// The kernel lists every TCP socket with its owner in `/proc/net/tcp` (proc(5)). So programs of the person who
/// runs the service need no password on loopback, and those of other people on the same computer get nothing.
enum ConnectionOwner {
  /// Whether the socket that connected from `remote` to `local` belongs to this user or to root. Blocks.
  static func isThisUser(remote: SocketAddress?, local: SocketAddress?) -> Bool {
    guard let remote = remote.flatMap(Endpoint.init), let local = local.flatMap(Endpoint.init) else { return false }
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      if let owner = owner(of: remote, connectedTo: local, in: table) { return owner == getuid() || owner == 0 }
    }
    return false
  }

  /// The user of the socket at `remote`, by a table of the kernel; nil if it is not in there.
  static func owner(of remote: Endpoint, connectedTo local: Endpoint, in table: String) -> uid_t? {
    guard let file = fopen(table, "re") else { return nil }
    defer { fclose(file) }
    // Such a file has no size to go by and is read to its end, line by line: there may be thousands.
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let fields = text.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count > 7, remote.matches(fields[1]), local.matches(fields[2]) else { continue }
      return uid_t(fields[7])
    }
    return nil
  }

  /// An address and port as the table writes them: 32-bit words of the address in this machine's byte order.
  struct Endpoint {
    private let address: String
    private let port: String

    init?(_ socket: SocketAddress) {
      guard let port = socket.port else { return nil }
      self.port = String(UInt16(clamping: port), radix: 16, uppercase: true)
      // The address begins behind family and port, with IPv6 also behind the flow label (ip(7), ipv6(7)).
      address = socket.withSockAddr { pointer, size in
        let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
        let isSix = Int32(pointer.pointee.sa_family) == AF_INET6
        return Self.hex(of: bytes, from: isSix ? 8 : 4, count: isSix ? 16 : 4)
      }
    }

    func matches(_ field: Substring) -> Bool {
      let parts = field.split(separator: ":")
      guard parts.count == 2, parts[1].drop(while: { $0 == "0" }) == port else { return false }
      // An IPv4 peer of a socket for both families is listed as ::ffff:a.b.c.d.
      return parts[0] == address || (address.count == 8 && parts[0].hasSuffix("FFFF0000" + address))
    }

    private static func hex(of bytes: UnsafeRawBufferPointer, from start: Int, count: Int) -> String {
      stride(from: start, to: start + count, by: 4).map { offset in
        let word = String(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self), radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - word.count) + word
      }.joined()
    }
  }
}
