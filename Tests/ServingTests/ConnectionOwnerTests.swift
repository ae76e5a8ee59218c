import Foundation
import Glibc
import NIOCore
import Testing

@testable import Serving

@Suite struct ConnectionOwnerTests {
  private func owner(_ table: String, from: (String, Int), to: (String, Int)) throws -> uid_t? {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("scenehf-\(UUID().uuidString)")
    try table.write(to: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: path) }
    let remote = try #require(ConnectionOwner.Endpoint(try SocketAddress(ipAddress: from.0, port: from.1)))
    let local = try #require(ConnectionOwner.Endpoint(try SocketAddress(ipAddress: to.0, port: to.1)))
    return ConnectionOwner.owner(of: remote, connectedTo: local, in: path.path)
  }

  private static let table = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:2256 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
       1: 0100007F:2256 0100007F:0400 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
       2: 0100007F:0400 0100007F:2256 01 00000000:00000000 00:00000000 00000000  1234        0 3 1 0 20 4 30 10 -1
    """

  @Test func `the owner is that of the other end, not ours`() throws {
    #expect(try owner(Self.table, from: ("127.0.0.1", 0x400), to: ("127.0.0.1", 0x2256)) == 1234)
  }

  @Test func `another port or address is another connection`() throws {
    #expect(try owner(Self.table, from: ("127.0.0.1", 0x401), to: ("127.0.0.1", 0x2256)) == nil)
    #expect(try owner(Self.table, from: ("127.0.0.2", 0x400), to: ("127.0.0.1", 0x2256)) == nil)
    #expect(try owner(Self.table, from: ("127.0.0.1", 0x400), to: ("127.0.0.1", 0x2257)) == nil)
  }

  @Test(arguments: [
    (
      "0000000000000000FFFF00000100007F:0400 0000000000000000FFFF00000100007F:2256", "127.0.0.1"
    ),
    ("00000000000000000000000001000000:0400 00000000000000000000000001000000:2256", "::1"),
  ])
  func `a socket of the other family is found`(pair: String, address: String) throws {
    let line = "   0: \(pair) 01 00000000:00000000 00:00000000 00000000  77        0 3 1 0 20 4 30 10 -1"
    #expect(try owner("head\n\(line)\n", from: (address, 0x400), to: (address, 0x2256)) == 77)
  }
}
