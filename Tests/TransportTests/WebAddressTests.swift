import Testing
import Transport

struct WebAddressTests {
  @Test(arguments: [
    "https://api.example.com", "https://api.example.com:8443/v1?x=1", "http://localhost:7000", "http://127.0.0.1",
    "http://127.8.9.10:80/", "http://[::1]:8080/api",
  ])
  func `https anywhere and http on this machine are taken`(text: String) throws {
    let address = try WebAddress(text)
    #expect(address.text.hasPrefix(text))
  }

  @Test(arguments: [
    "http://example.com", "http://192.168.1.2:7000", "http://127.0.0.1.example.com", "http://localhost.example.com",
    "http://0.0.0.0:7000", "ftp://example.com", "file:///etc/passwd", "example.com", "", "https://", "/v1",
    "https://user:password@example.com", "https://example.com/a b", "https://example.com/\r\nX: y",
    "http://2130706433x",
    "https://example.com/ü",
  ])
  func `anything else is refused with the remedy`(text: String) {
    let error = #expect(throws: TransportError.self) { try WebAddress(text) }
    #expect(error?.cause == .badAddress)
    #expect(error?.description.hasSuffix("Use https, or http for localhost.") == true)
    #expect(error?.description.contains("password@") == false)
  }

  @Test func `an address hides its path and query when it is printed`() throws {
    #expect("\(try WebAddress("https://Example.com:444/secret?token=1"))" == "https://example.com:444")
  }

  @Test func `segments cannot leave their place`() throws {
    let address = try WebAddress("https://example.com/v1/").appending("models/" + WebAddress.segment("../x?y#z"))
    #expect(address.text == "https://example.com/v1/models/..%2Fx%3Fy%23z")
  }

  @Test func `only the metadata server may be asked plainly over the network`() throws {
    #expect(try WebAddress(metadataServer: "metadata.google.internal").scheme == "http")
    #expect(try WebAddress(metadataServer: "127.0.0.1:8080").port == 8080)
    #expect(throws: TransportError.self) { try WebAddress(metadataServer: "example.com") }
  }
}
