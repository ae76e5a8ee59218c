import Blocking
import CLinux
import FoundationEssentials
import Glibc
import Model
import Running

/// Programs of the person's choice that are told when a job is done, needs them, was rejected or is paused.
///
/// Each is an argument vector, run without a shell, one after the other, for a limited time. What happened is told in
/// `SCENEHF_…` variables, in `{words}` of the arguments, and as one JSON object on standard input. Keys and tokens
/// are not handed on.
final class Hooks: Sendable {
  /// What may be told of, and the setting's name behind `hook_`.
  enum Event: String, Sendable {
    case done
    case review
    case rejected
    case paused
  }

  private let settings: @Sendable () -> Settings
  private let note: @Sendable (String) -> Void
  private let calls: AsyncStream<[String: String]>
  private let queue: AsyncStream<[String: String]>.Continuation
  private let pool = BlockingPool(label: "scenehf.hooks", width: 1)

  /// `settings` are asked anew for each call.
  init(_ settings: @escaping @Sendable () -> Settings, note: @escaping @Sendable (String) -> Void) {
    self.settings = settings
    self.note = note
    // A night's worth; who tells more than this does not want to be told one by one.
    (calls, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1000))
  }

  /// Tells of a job's change, if it is one of those.
  func consider(_ news: JobNews, folder: (Job) -> String) {
    let job = news.job
    guard news.events.contains(where: { $0.event == .jobUpdated }) else { return }
    switch job.status {
    case .done: tell(.done, of: job, folder: folder(job))
    case .paused where job.isHeld: tell(.paused, of: job, folder: folder(job))
    case .paused, .failed: tell(.review, of: job, folder: folder(job))
    case .idle, .planned, .running, .cancelled: break
    }
  }

  private func tell(_ event: Event, of job: Job, folder: String) {
    tell(event, ["job": job.id, "name": job.sourceName, "folder": folder, "reason": job.reason ?? ""])
  }

  /// Tells of anything; `facts` are `job`, `name`, `folder` and `reason`, as far as there are such.
  func tell(_ event: Event, _ facts: [String: String]) {
    guard settings().hooks[event.rawValue]?.isEmpty == false else { return }
    queue.yield(facts.merging(["event": event.rawValue]) { first, _ in first })
  }

  /// Calls the programs until the task is cancelled.
  func run() async {
    for await facts in calls {
      let settings = settings()
      guard let command = settings.hooks[facts["event"] ?? ""], !command.isEmpty else { continue }
      let arguments = command.map { Self.filled($0, facts) }
      let limit = settings.hookTimeout
      let ending = await pool.run { HookProcess.run(arguments, facts: facts, seconds: limit) }
      if let complaint = ending.complaint(of: arguments[0], limit: limit) { note(complaint) }
    }
  }

  /// The argument with `{name}` and the like replaced.
  private static func filled(_ argument: String, _ facts: [String: String]) -> String {
    facts.reduce(argument) { $0.replacing("{\($1.key)}", with: $1.value) }
  }
}

/// One run of a hook's program.
enum HookProcess {
  enum Ending: Sendable, Equatable {
    case exited(Int32)
    case killed
    case timedOut
    case notStarted(Int32)

    /// What to say of it; nil if all went well.
    func complaint(of program: String, limit: Double) -> String? {
      switch self {
      case .exited(0): nil
      case .exited(let status): "The hook \(program) ended with status \(status). Run it by hand to see why."
      case .killed: "The hook \(program) died. Run it by hand to see why."
      case .timedOut: "The hook \(program) took longer than \(Int(limit)) s and was stopped. Raise hook_timeout."
      case .notStarted(let error):
        "The hook \(program) could not be started: \(String(cString: strerror(error))). Check its name and rights."
      }
    }
  }

  /// Runs the program to its end or to the time limit. Blocks.
  static func run(_ arguments: [String], facts: [String: String], seconds: Double) -> Ending {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return .notStarted(errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }
    var child = pid_t()
    let error = spawn(&child, arguments, environment(facts), input: ends[0])
    close(ends[0])
    guard error == 0 else { return .notStarted(error) }
    // Less than a pipe holds (64 KiB), so that this never waits for a program that does not read.
    let told = (try? JSONEncoder().encode(facts)).map { Array($0.prefix(32_000)) + [UInt8(ascii: "\n")] } ?? []
    _ = told.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }
    close(ends[1])
    ends[1] = -1
    return wait(for: child, seconds: seconds)
  }

  private static func spawn(_ child: inout pid_t, _ arguments: [String], _ environment: [String], input: Int32) -> Int32
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    // What it says goes to the log.
    posix_spawn_file_actions_adddup2(&actions, 2, 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that the time limit also ends what it has started; and default signals, none held back.
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setpgroup(&attributes, 0)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGIO] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    return posix_spawnp(&child, arguments[0], &actions, &attributes, &argv, &envp)
  }

  /// This process's variables without secrets, and what happened.
  private static func environment(_ facts: [String: String]) -> [String] {
    let ours = Keyring().secretVariables
    // Other programs' secrets, by what their names say.
    let words = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"]
    let kept = ProcessInfo.processInfo.environment.filter { variable in
      !ours.contains(variable.key) && !words.contains { variable.key.uppercased().contains($0) }
    }
    let told = facts.map { ("SCENEHF_\($0.key.uppercased())", $0.value.replacing("\0", with: "")) }
    return kept.merging(told) { _, told in told }.map { "\($0.key)=\($0.value)" }
  }

  /// Waits for the end by a descriptor of the process, so that nothing is asked again and again.
  private static func wait(for child: pid_t, seconds: Double) -> Ending {
    let ending = clinux_pidfd(child)
    defer { if ending >= 0 { close(ending) } }
    var status: Int32 = 0
    if ending >= 0, !ended(ending, within: seconds) {
      kill(-child, SIGKILL)
      waitpid(child, &status, 0)
      return .timedOut
    }
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed
  }

  private static func ended(_ process: Int32, within seconds: Double) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
      let left = max(.zero, ContinuousClock.now.duration(to: end))
      var descriptor = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
      let count = poll(&descriptor, 1, Int32((left / .milliseconds(1)).rounded(.up)))
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }
}
