import Testing
import Transport

struct Base64Tests {
  @Test(arguments: [
    "+/+/AA==", "-_-_AA==", "-_-_AA", "+/+/\r\nAA==\n", "data:image/png;base64,+/+/AA==",
  ])
  func `either alphabet, line breaks, missing padding and data addresses are read`(text: String) {
    #expect(bytes(base64: text) == [0xFB, 0xFF, 0xBF, 0x00])
  }

  @Test(arguments: ["", "***", "AAAA!", "data:image/png,AAAA", "data:image/png;base64,", "A"])
  func `anything else is nothing`(text: String) {
    #expect(bytes(base64: text) == nil)
  }
}
