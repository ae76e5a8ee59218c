import Blocking
import Testing

@Suite struct PauseTests {
  @Test func `a pause ends when its time has come`() async {
    await Pause.wait(for: .milliseconds(1))
    await Pause.wait(byTheClock: .milliseconds(1))
  }

  @Test(.timeLimit(.minutes(1))) func `a pause of a day ends when its task is cancelled`() async {
    let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      hasBegun.finish()
      await Pause.wait(for: .seconds(86_400))
      await Pause.wait(byTheClock: .seconds(86_400))
    }
    for await _ in begun {}
    task.cancel()
    await task.value
  }
}
