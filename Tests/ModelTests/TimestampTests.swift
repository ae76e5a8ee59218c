import Model
import Testing

@Test(arguments: [
  (0, "1970-01-01T00:00:00.000Z"), (951_782_400_001, "2000-02-29T00:00:00.001Z"),
  (-1, "1969-12-31T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
  (1_763_928_708_123, "2025-11-23T20:11:48.123Z"),
])
func `a time is written in UTC with milliseconds and read back`(_ milliseconds: Int64, _ text: String) {
  #expect(Timestamp(milliseconds: milliseconds).description == text)
  #expect(Timestamp(text)?.milliseconds == milliseconds)
}

@Test(arguments: [
  ("2025-11-23T20:11:48", 0), ("2025-11-23 20:11:48", 0), ("2025-11-23T20:11:48Z", 0),
  ("2025-11-23T20:11:48.1", 100), ("2025-11-23T20:11:48.123456", 123), ("2025-11-23T20:11:48.123456+00:00", 123),
  ("2025-11-23T21:11:48.5+01:00", 500), ("2025-11-23T15:11:48-05:00", 0),
])
func `times of other programs are read`(_ text: String, _ fraction: Int64) {
  #expect(Timestamp(text)?.milliseconds == 1_763_928_708_000 + fraction)
}

@Test(arguments: ["", "x", "2025", "20:11", "2025-13-01T00:00:00Z", "....", "+-Z", "٢٠٢٥"])
func `what is no time is nil`(_ text: String) {
  #expect(Timestamp(text) == nil)
}

@Test func `the compact form sorts as time does`() {
  let times: [Int64] = [-62_135_596_800_000, 0, 1, 999, 1000, 86_399_999, 86_400_000, 1_763_928_708_123]
  let texts = times.map { Timestamp(milliseconds: $0).compact }
  #expect(texts == texts.sorted())
  #expect(texts.last == "20251123_201148_123")
}
