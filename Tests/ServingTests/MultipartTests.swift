import Testing

@testable import Serving

@Suite struct MultipartTests {
  private static let type = "multipart/form-data; boundary=\"edge\""
  private static let body =
    "preamble\r\n--edge\r\nContent-Disposition: form-data; name=\"step_id\"\r\n\r\ns02\r\n"
    + "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\ %22b%22.png\"\r\n"
    + "Content-Type: image/png\r\n\r\n\r\n--edg\r\n-\r\n\r\n--edge--\r\nepilogue"

  /// Everything that came, the bytes of each part put together.
  private func read(_ body: String, pieces: Int, type: String = type) throws -> (
    parts: [(String, String?, String)], isComplete: Bool
  ) {
    var form = try #require(Multipart(contentType: type))
    var parts: [(String, String?, String)] = []
    let bytes = Array(body.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      for event in try form.read(Array(bytes[start..<min(start + pieces, bytes.count)])) {
        switch event {
        case .part(let part): parts.append((part.name, part.fileName, ""))
        case .bytes(let bytes): parts[parts.count - 1].2 += String(decoding: bytes, as: UTF8.self)
        case .endOfPart, .end: break
        }
      }
    }
    return (parts, form.isComplete)
  }

  @Test(arguments: [1, 2, 3, 5, 7, 11, 64, 10_000])
  func `a form reads the same in pieces of every size`(pieces: Int) throws {
    let (parts, isComplete) = try read(Self.body, pieces: pieces)
    #expect(isComplete)
    try #require(parts.count == 2)
    #expect(parts[0] == ("step_id", nil, "s02"))
    #expect(parts[1] == ("file", "a \\ \"b\".png", "\r\n--edg\r\n-\r\n"))
  }

  @Test func `a form that is cut off is not complete`() throws {
    for length in 0..<Self.body.utf8.count - 12 {
      let cut = String(decoding: Array(Self.body.utf8).prefix(length), as: UTF8.self)
      #expect(try !read(cut, pieces: 4096).isComplete, "after \(length) bytes")
    }
  }

  @Test(arguments: [
    "multipart/form-data", "multipart/form-data; boundary=", "application/json; boundary=edge", "",
  ])
  func `a type without a boundary is no form`(type: String) {
    #expect(Multipart(contentType: type) == nil)
  }

  @Test(arguments: [
    "--edge\r\n\r\nno name\r\n--edge--", "--edgeX\r\n\r\n", "--edge\r\nContent-Disposition: form-data\r\n\r\nx",
    String(repeating: "x", count: 9000), "--edge\r\n" + String(repeating: "x", count: 9000),
  ])
  func `a malformed form is refused`(body: String) throws {
    #expect(throws: Multipart.Malformed.self) { try read(body, pieces: 4096) }
  }
}
