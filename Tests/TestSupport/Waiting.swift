import SystemPackage
package import Testing

/// Waits for a fact, looking at it again and again; the deadline is generous and only ends a test that hangs.
package func eventually(
  _ fact: String, within seconds: Double = 240, at location: SourceLocation = #_sourceLocation,
  _ holds: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  var pause = Duration.milliseconds(20)
  while try await !holds() {
    if ContinuousClock.now > end {
      Issue.record("Waited in vain: \(fact)", sourceLocation: location)
      throw Errno.timedOut
    }
    try await Task.sleep(for: pause)
    pause = min(pause * 1.5, .milliseconds(500))
  }
}
