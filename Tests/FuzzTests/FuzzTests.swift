import Testing

@testable import Fuzz

/// A short round of what `Config/fuzz.sh` does for hours: the same inputs in every run, without a sanitizer.
@Suite struct FuzzTests {
  @Test(arguments: Reader.all.map(\.name))
  func `changed inputs are answered, and no answer breaks a promise`(_ name: String) throws {
    let reader = try #require(Reader.all.first { $0.name == name })
    var fuzzer = Fuzzer(reader, seed: 1)
    #expect(fuzzer.inputCount > 0)
    try fuzzer.run(rounds: 1500)
    // One kind of answer would mean that nothing gets past the first byte.
    #expect(fuzzer.kindCount > 1)
  }

  @Test func `a seed leads to the same inputs every time`() {
    let mutation = Mutation(tokens: [[1, 2]], fitsChecksums: false)
    func inputs(_ seed: UInt64) -> [[UInt8]] {
      var chance = Chance(seed)
      return (0..<50).map { _ in mutation.mutated(Array(0..<40), with: [9, 9, 9], &chance) }
    }
    #expect(inputs(7) == inputs(7))
    #expect(inputs(7) != inputs(8))
  }

  @Test func `a PNG's checksums fit again after a change`() throws {
    let header: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // The empty last chunk of every PNG.
    let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]
    #expect(withFittingChecksums(header + end.dropLast() + [0]) == header + end)
  }
}
