import Testing

@testable import Running

/// When jobs wait for drops.
@Suite struct RushTests {
  @Test func `jobs wait from when every place is busy until all are empty`() async {
    let rush = Rush()
    for place in 1..<Rush.places {
      await rush.enter()
      #expect(!rush.isOn, "\(place) of \(Rush.places) places are busy")
    }
    await rush.enter()
    for _ in 1..<Rush.places {
      #expect(rush.isOn)
      rush.leave()
    }
    #expect(rush.isOn)
    rush.leave()
    #expect(!rush.isOn)
  }

  @Test func `drops without end do not hold the jobs for ever`() async {
    let rush = Rush(longest: .zero)
    for _ in 0..<Rush.places { await rush.enter() }
    #expect(!rush.isOn)
  }
}
