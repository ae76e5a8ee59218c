import Testing

@testable import Transport

struct SecretTests {
  @Test func `a secret shows itself in no way of printing it`() throws {
    let secret = try #require(Secret("  canary-0123456789\n"))
    var dumped = ""
    dump(["header": HTTPHeader("Authorization", scheme: "Bearer", secret)], to: &dumped)
    let printed = "\(secret) \(String(reflecting: secret)) \(HTTPHeader("x-goog-api-key", secret))"
    #expect(secret.revealed == "canary-0123456789")
    #expect(!printed.contains("canary"))
    #expect(printed.contains("[secret]"))
  }

  @Test func `what a service echoes of our secrets is masked`() throws {
    let key = try #require(Secret("my-id-of-sixteen:the-other-half-of-it"))
    let form = redacted("key=\(WebAddress.segment(key.revealed))&x")
    let basic = redacted("Basic \(base64(Array(key.revealed.utf8)))")
    #expect(redacted("bad key \(key.revealed).") == "bad key [secret].")
    #expect(form == "key=[secret]&x")
    #expect(basic == "Basic [secret]")
    #expect(redacted("only the-other-half-of-it") == "only [secret]")
  }

  @Test(arguments: [
    ("Incorrect API key provided: sk-proj-abc123def456.", "Incorrect API key provided: [secret]"),
    ("key AIzaSyA-1234567890 is bad", "key [secret] is bad"),
    ("Bearer ya29.a0AfH6SMB123", "Bearer [secret]"),
    ("assertion eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "assertion [secret]"),
    ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "[secret]"),
    ("a task-force, an ask-me and a sk-y", "a task-force, an ask-me and a sk-y"),
  ])
  func `what looks like a key is masked though it is not ours`(text: String, expected: String) {
    #expect(redacted(text) == expected)
  }
}
