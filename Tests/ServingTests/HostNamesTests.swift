import HTTPTypes
import Testing

@testable import Serving

@Suite struct HostNamesTests {
  private func head(_ authority: String?) -> HTTPRequest {
    HTTPRequest(method: .get, scheme: nil, authority: authority, path: "/api/jobs")
  }

  private func isAllowed(_ authority: String?, _ names: HostNames) -> Bool {
    (try? names.check(head(authority))) != nil
  }

  @Test(arguments: [
    "localhost", "localhost:8765", "LOCALHOST:8765", "127.0.0.1:8765", "127.0.0.1", "[::1]:8765", "[::1]",
  ])
  func `loopback names are ours under every port`(authority: String) throws {
    #expect(isAllowed(authority, HostNames(listening: try ListenAddress("127.0.0.1:8765"))))
  }

  @Test(arguments: [
    nil, "", "evil.example", "evil.example:8765", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2",
    "[::1].evil.example", "localhost:8765@evil.example", "0.0.0.0:8765", "localhost:x",
  ])
  func `no other name is ours`(authority: String?) throws {
    #expect(!isAllowed(authority, HostNames(listening: try ListenAddress("127.0.0.1:8765"))))
  }

  @Test func `names that a person has given are ours`() throws {
    let names = HostNames(listening: try ListenAddress("0.0.0.0:80"), extra: ["Studio.lan"])
    #expect(isAllowed("studio.lan", names))
    #expect(!isAllowed("0.0.0.0", names))
  }

  @Test(arguments: [
    ("127.0.0.1:8765", "127.0.0.1", 8765, true), ("[::1]:0", "::1", 0, true), (":99", "127.0.0.1", 99, true),
    ("localhost:1", "localhost", 1, true), ("0.0.0.0:80", "0.0.0.0", 80, false), ("127.1.2.3:4", "127.1.2.3", 4, true),
    ("studio.lan:80", "studio.lan", 80, false), ("127.evil:80", "127.evil", 80, false),
  ])
  func `an address is read`(text: String, host: String, port: Int, isLoopback: Bool) throws {
    let address = try ListenAddress(text)
    #expect(address.host == host && address.port == port && address.isLoopback == isLoopback)
  }

  @Test(arguments: ["", "8765", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "a/b:80", "a b:80", "host:-1"])
  func `what is no address is refused with an example`(text: String) {
    let error = #expect(throws: ServingError.self) { try ListenAddress(text) }
    #expect(error?.description.contains("127.0.0.1:8765") == true)
  }
}
