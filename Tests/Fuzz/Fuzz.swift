import FoundationEssentials
import Glibc

/// Feeds all readers for so many seconds: `Config/fuzz.sh` builds it with AddressSanitizer and runs it.
@main struct Fuzz {
  /// A reader that needs more processor time than this for one input has lost its way.
  private static let mostSeconds = 60

  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let seconds = Double(arguments[1]) else {
      print("usage: Fuzz SECONDS FOLDER [SEED [READER]]")
      exit(64)
    }
    let seed = arguments.dropFirst(3).first.flatMap(UInt64.init) ?? UInt64(time(nil))
    let only = arguments.dropFirst(4).first
    say("seed \(seed)")
    var isBroken = false
    let readers = Reader.all.filter { only == nil || $0.name == only }
    for (number, reader) in readers.enumerated() {
      var fuzzer = Fuzzer(reader, seed: seed &+ UInt64(number), folder: arguments[2])
      let end = ContinuousClock.now + .seconds(seconds / Double(readers.count))
      var rounds = 0
      do {
        limitTime()
        try fuzzer.run(rounds: 0)
        while ContinuousClock.now < end {
          limitTime()
          try fuzzer.runOn(rounds: 200)
          rounds += 200
        }
      } catch {
        say("FAILED: \(error)")
        isBroken = true
      }
      say("\(reader.name): \(rounds) inputs, \(fuzzer.kindCount) kinds of answers, \(fuzzer.inputCount) inputs kept")
    }
    exit(isBroken ? 1 : 0)
  }

  /// Ends the process unless it is called again in time: on a busy machine that is said by the processor time. The clock
  /// is for a reader that waits for ever.
  private static func limitTime() {
    var limit = itimerval()
    limit.it_value.tv_sec = mostSeconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &limit, nil)
    alarm(UInt32(10 * mostSeconds))
  }

  /// At once, because the next input may end the process.
  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}
