import CLinux
import FoundationEssentials
import Glibc
import Imaging

/// The other side: the child process that decodes, until nobody asks any more.
///
/// It has no keys, no files but the two it was given, and what it may use is limited for each picture by what the
/// picture's header says: memory (RLIMIT_AS) and processor time (RLIMIT_CPU). Whatever ends it, ends only it.
package enum DecodingServer {
  /// The variables that a child keeps.
  static let variables = ["LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", plantVariable]
  /// In debug builds, plants a fault in the decoding of files that contain its value: see `plant`.
  private static let plantVariable = "SCENEHF_PLANTED_FAULT"

  /// An unused child ends after so many milliseconds.
  private static let idleTime: Int32 = 30_000

  /// Serves until the socket is closed or nothing was asked for a while.
  package static func run() {
    // Who stops the service stops its children too, and the picture in hand is not to blame for it.
    for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
    clinux_no_new_privileges()
    limit(.init(RLIMIT_CORE.rawValue), to: 0)
    let (socket, input, output) = DecodingChild.descriptors
    let base = addressSpace()
    while isAsked(socket), let request = Message.receive(DecodingRequest.self, over: socket) {
      guard let bytes = Transfer.read(request.byteCount, from: input) else { return }
      let count = min((try? probePicture(bytes))?.size.pixels ?? 0, request.limits.maxPixels)
      guard Message.send(DecodingAnswer.about(pixels: count), over: socket),
        Message.receive(Bool.self, over: socket) == true
      else { return }
      allow(pixels: count, bytes: bytes.count, above: base)
      guard Message.send(answer(bytes, request, output), over: socket) else { return }
      limit(.init(RLIMIT_AS.rawValue), to: .max)
      // What was not given back would be missing to the others while nothing is decoded.
      if let base, let now = addressSpace(), now > base + 128 << 20 { return }
    }
  }

  private static func isAsked(_ socket: Int32) -> Bool {
    var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&waiting, 1, idleTime) > 0
  }

  private static func answer(_ bytes: [UInt8], _ request: DecodingRequest, _ output: Int32) -> DecodingAnswer {
    do throws(ImagingError) {
      plant(bytes)
      let file = try decodePicture(bytes, limits: request.limits)
      let facts = PictureFacts(file)
      guard request.wantsPixels else { return .decoded(facts) }
      let profile = file.picture.profile ?? []
      let isSent =
        switch file.picture.samples {
        case .eight(let samples): Transfer.write(samples, to: output, at: profile.count)
        case .sixteen(let samples): Transfer.write(samples, to: output, at: profile.count)
        }
      guard isSent, Transfer.write(profile, to: output) else { throw .outOfMemory }
      return .decoded(facts)
    } catch {
      return .refused(error)
    }
  }

  // MARK: - Limits

  /// What one picture may use: at most four copies of it as 16-bit RGBA, and a second for each megapixel.
  private static func allow(pixels: Int, bytes: Int, above base: Int?) {
    if let base { limit(.init(RLIMIT_AS.rawValue), to: base + 512 << 20 + pixels * 32 + bytes * 4) }
    var used = rusage()
    getrusage(RUSAGE_SELF.rawValue, &used)
    limit(.init(RLIMIT_CPU.rawValue), to: used.ru_utime.tv_sec + used.ru_stime.tv_sec + 10 + pixels / 1_000_000)
  }

  /// Sets the soft limit; the hard one stays, so that the next picture may have more.
  private static func limit(_ resource: __rlimit_resource_t, to value: Int) {
    var limits = rlimit()
    getrlimit(resource, &limits)
    limits.rlim_cur = min(rlim_t(value), limits.rlim_max)
    setrlimit(resource, &limits)
  }

  /// Bytes of address space in use (proc(5), statm); nil under a sanitizer, which takes all there is.
  private static func addressSpace() -> Int? {
    guard let text = FileManager.default.contents(atPath: "/proc/self/statm"),
      let pages = Int(String(decoding: text, as: UTF8.self).prefix { $0 != " " })
    else { return nil }
    let bytes = pages * sysconf(Int32(_SC_PAGESIZE))
    return bytes < 1 << 40 ? bytes : nil
  }

  // MARK: - Planted faults

  /// Crashes, never ends, eats memory or is ended as by a kernel without memory on a file that contains `planted-crash`,
  /// `planted-loop`, `planted-hunger` or `planted-kill`; only in debug builds, and only where the variable is set. It
  /// stands for a fault of a C decoder.
  private static func plant(_ bytes: [UInt8]) {
    #if DEBUG
      guard getenv(plantVariable) != nil else { return }
      let text = String(decoding: bytes, as: UTF8.self)
      if text.contains("planted-crash") { UnsafeMutablePointer<UInt8>(bitPattern: 1)?.pointee = 0 }
      if text.contains("planted-kill") { kill(getpid(), SIGKILL) }
      var rounds: UInt = 0
      while text.contains("planted-loop") { rounds &+= 1 }
      while text.contains("planted-hunger") {
        guard let more = malloc(1 << 26) else { abort() }
        memset(more, 1, 1 << 26)
      }
    #endif
  }
}
