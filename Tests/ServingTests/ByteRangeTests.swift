import Testing

@testable import Serving

@Suite struct ByteRangeTests {
  @Test(
    arguments: [
      (nil, .whole), ("bytes=0-0", .part(0..<1)), ("bytes=0-99", .part(0..<100)), ("bytes=90-200", .part(90..<100)),
      ("bytes=99-", .part(99..<100)), ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)),
      ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable),
      ("bytes=5-3", .whole), ("bytes=0-1,5-6", .whole), ("lines=0-1", .whole), ("bytes=a-b", .whole),
      ("bytes=--5", .whole), ("bytes=", .whole), ("bytes=-", .whole), ("bytes=0-99999999999999999999", .whole),
    ] as [(String?, ByteRange)])
  func `a range of a hundred bytes`(field: String?, expected: ByteRange) {
    #expect(ByteRange(field, size: 100) == expected)
  }

  @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
  func `nothing of an empty file can be had`(field: String) {
    #expect(ByteRange(field, size: 0) == .unsatisfiable)
  }
}
