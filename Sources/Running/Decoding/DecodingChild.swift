import Blocking
import CLinux
import FoundationEssentials
import Glibc
import Imaging

/// One child process that decodes pictures, seen from here. Used by one thread at a time.
///
/// A socket carries the messages; the file goes in, and the pixels come out, through two files in memory that both
/// sides have. They are read, never mapped, so a child that shortens one hurts nobody.
final class DecodingChild: Sendable {
  private let process: pid_t
  private let socket: Int32
  private let input: Int32
  private let output: Int32
  private let past = Locked(Past())

  /// What it has behind it.
  private struct Past {
    var pictures = 0
    var isReaped = false
  }

  /// How a child ended before it answered.
  enum Death: Error {
    case of(String)
    /// The kernel ended it, which had no memory left for anybody.
    case forWantOfMemory
  }

  /// The child's descriptors for the socket and the two files.
  static let descriptors: (socket: Int32, input: Int32, output: Int32) = (3, 4, 5)
  /// Longer than the processor time that any picture is given, for a child that waits instead of working.
  private static let patience: Int32 = 600_000

  /// Starts it.
  init(_ command: [String]) throws {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw RunningError.noDecoder(errno)
    }
    (input, output) = (clinux_memory_file("scenehf-file"), clinux_memory_file("scenehf-pixels"))
    socket = ends[0]
    var process = pid_t()
    var error = input < 0 ? -input : output < 0 ? -output : 0
    if error == 0 { error = Self.spawn(&process, command, [ends[1], input, output]) }
    close(ends[1])
    self.process = process
    if error != 0 { throw RunningError.noDecoder(error) }
  }

  deinit {
    // It ends by itself when its socket does; what still computes is of no use to anybody.
    for descriptor in [socket, input, output] where descriptor >= 0 { close(descriptor) }
    if process > 0, !past.withLock({ $0.isReaped }) {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
  }

  /// How many pictures it was asked for.
  var pictures: Int { past.withLock { $0.pictures } }

  /// The picture's facts, and with `wantsPixels` its profile and samples; with `isAlone` while nothing else is decoded.
  /// Throws the decoder's refusal, or `Death`.
  func decode(
    _ bytes: [UInt8], _ request: DecodingRequest, _ budget: MemoryBudget, isAlone: Bool
  ) throws -> (facts: PictureFacts, payload: [UInt8]) {
    past.withLock { $0.pictures += 1 }
    defer {
      ftruncate(input, 0)
      ftruncate(output, 0)
    }
    var request = request
    request.byteCount = bytes.count
    guard Transfer.write(bytes, to: input), Message.send(request, over: socket) else { throw death() }
    guard case .about(let pixels) = try answer() else { throw death() }
    return try budget.spend(isAlone ? .max : pixels) {
      guard Message.send(true, over: socket) else { throw death() }
      switch try answer() {
      case .refused(let error): throw error
      case .about: throw death()
      case .decoded(let facts):
        guard let size = facts.payloadCount(within: request.limits) else { throw death() }
        guard request.wantsPixels else { return (facts, []) }
        guard let payload = Transfer.read(size, from: output) else { throw death() }
        return (facts, payload)
      }
    }
  }

  private func answer() throws -> DecodingAnswer {
    var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    var ready = poll(&waiting, 1, Self.patience)
    while ready < 0, errno == EINTR { ready = poll(&waiting, 1, Self.patience) }
    guard ready > 0, let answer = Message.receive(DecodingAnswer.self, over: socket) else { throw death() }
    return answer
  }

  /// Ends it for good and says how it had ended.
  private func death() -> Death {
    var status: Int32 = 0
    // One that closed its socket is about to be gone; one that only waits is ended.
    var hungUp = pollfd(fd: socket, events: 0, revents: 0)
    let isGone = poll(&hungUp, 1, 0) > 0 && hungUp.revents & Int16(POLLHUP) != 0
    if !isGone { kill(process, SIGKILL) }
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    past.withLock { $0.isReaped = true }
    switch status & 0x7F {
    case 0: return .of("its decoder gave up")
    case SIGXCPU: return .of("its decoder did not come to an end")
    case SIGKILL: return isGone ? .forWantOfMemory : .of("its decoder took too much time")
    default: return .of("its decoder crashed")
    }
  }

  /// A group of its own, so that Ctrl-C at a terminal is not the end of a picture; no variables but those that the
  /// loader needs, so that no key is where a decoder could read it.
  private static func spawn(_ process: inout pid_t, _ command: [String], _ handed: [Int32]) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for standard in 0...2 { posix_spawn_file_actions_addopen(&actions, Int32(standard), "/dev/null", O_RDWR, 0) }
    // Out of the way first, because one of them may have the number that another is to get: above all of them.
    let above = (handed.max() ?? 0) + 1
    for (place, descriptor) in handed.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, above + Int32(place))
    }
    for place in handed.indices {
      posix_spawn_file_actions_adddup2(&actions, above + Int32(place), descriptors.socket + Int32(place))
      posix_spawn_file_actions_addclose(&actions, above + Int32(place))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    let kept = ProcessInfo.processInfo.environment.filter { DecodingServer.variables.contains($0.key) }
    var argv = command.map { strdup($0) } + [nil]
    var envp = kept.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    return posix_spawn(&process, command[0], &actions, &attributes, &argv, &envp)
  }
}
