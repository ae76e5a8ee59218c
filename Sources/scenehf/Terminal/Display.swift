import Blocking
import Glibc
import Model
import Running

/// What a person sees on standard error while work goes on: on a terminal one live line for each job at work,
/// otherwise plain log lines, each of a job with the beginning of its id. A picture's name, or a model's words, cannot
/// break a line or steer the terminal.
final class Display: Sendable {
  private struct State {
    /// The line of each job at work, by its id.
    var lines: [(id: String, text: String)] = []
    var drawn = 0
  }

  private let state = Locked(State())
  private let isTerminal = isatty(2) == 1 && (getenv("TERM").map { String(cString: $0) } ?? "") != "dumb"
  /// More jobs at work than this share one line.
  private static let mostLines = 8

  /// A sentence that stays.
  func note(_ sentence: String, _ gravity: Gravity = .info) {
    state.withLock { state in
      erase(&state)
      writeLine(sentence, gravity, at: .now)
      draw(&state)
    }
  }

  /// What changed in a job.
  func show(_ news: JobNews) {
    let job = news.job
    state.withLock { state in
      erase(&state)
      for event in news.events where isTerminal ? event.event == .jobUpdated && job.isSettled : true {
        writeLine(line(event, of: job), Self.gravity(of: event), at: event.at)
      }
      state.lines.removeAll { $0.id == job.id }
      if !job.isSettled { state.lines.append((job.id, Self.progress(of: job).onOneLine)) }
      draw(&state)
    }
  }

  private func line(_ event: JobEvent, of job: Job) -> String {
    let name = isTerminal ? job.sourceName : "[\(job.id.prefix(8))] \(job.sourceName)"
    if let stepID = event.stepID, let step = job.steps.first(where: { $0.id == stepID }) {
      let place = "\(step.index)/\(job.steps.count) \(step.type.rawValue) \(step.name)"
      return "\(name)  \(place)  \(event.status ?? "")\(event.message.map { "  \($0)" } ?? "")"
    }
    return "\(name)  \(event.status ?? "")\(event.message.map { "  \($0)" } ?? "")"
  }

  private static func progress(of job: Job) -> String {
    let done = job.steps.count { $0.isSettledWell || $0.needsPerson }
    guard let step = job.steps.first(where: { $0.status == .running }) else {
      return job.plan == nil ? "\(job.sourceName)  looking at it" : "\(job.sourceName)  waiting"
    }
    let bar = String(repeating: "#", count: done) + String(repeating: ".", count: job.steps.count - done)
    return "\(job.sourceName)  [\(bar)] \(step.index)/\(job.steps.count) \(step.type.rawValue) \(step.name)"
  }

  private func erase(_ state: inout State) {
    guard isTerminal, state.drawn > 0 else { return }
    write("\u{1B}[\(state.drawn)A\u{1B}[J")
    state.drawn = 0
  }

  private func draw(_ state: inout State) {
    guard isTerminal else { return }
    let width = columns()
    for line in state.lines.prefix(Self.mostLines) {
      write(String(line.text.prefix(width)) + "\n")
    }
    let more = state.lines.count - Self.mostLines
    if more > 0 { write("and \(more) more\n") }
    state.drawn = min(state.lines.count, Self.mostLines) + (more > 0 ? 1 : 0)
  }

  private func columns() -> Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 10 ? Int(size.ws_col) - 1 : 79
  }

  private static func gravity(of event: JobEvent) -> Gravity {
    switch event.status {
    case StepStatus.failed.rawValue: .warning
    case StepStatus.needsReview.rawValue, JobStatus.paused.rawValue: .notice
    default: .info
    }
  }

  private func writeLine(_ text: String, _ gravity: Gravity, at time: Timestamp) {
    let text = text.onOneLine
    write(Journal.isThere ? Journal.marked(text, gravity) : "\(time.clock) \(text)\n")
  }

  private func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
  }
}
