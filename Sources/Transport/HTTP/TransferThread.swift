import Blocking
import CCurl
import Dispatch

/// The one thread that owns a libcurl loop; others reach it only through a locked inbox and a wake-up.
final class TransferThread: @unchecked Sendable {
  // Unchecked: `waiting` is touched on the thread alone, `loop` there and, to wake it, under the inbox's lock.
  private var waiting: [UInt64: Call] = [:]
  private let loop: OpaquePointer
  private let inbox = Locked(Inbox())

  private typealias Answer = Result<HTTPResponse, TransportError>

  /// A transfer and the task that waits for it.
  private struct Call {
    var id: UInt64
    var request: HTTPRequest
    var sink: Int32
    var authorities: String?
    var continuation: CheckedContinuation<Answer, Never>
  }

  private struct Inbox {
    var starts: [Call] = []
    var cancels: [UInt64] = []
    var nextID: UInt64 = 0
    var isStopping = false
    /// The loop is gone and must not be woken.
    var isGone = false
    var waitingForStop: [CheckedContinuation<Void, Never>] = []
  }

  init() throws(TransportError) {
    guard let loop = ccurl_open() else { throw TransportError(.noMemory, host: "", detail: "libcurl") }
    self.loop = loop
    DispatchQueue(label: "scenehf.http").async { self.run() }
  }

  /// Runs one transfer. `sink` is an open descriptor for the body, or -1; it is used no more on return.
  func transfer(
    _ request: HTTPRequest, sink: Int32, authorities: String?
  ) async throws(TransportError) -> HTTPResponse {
    let id = inbox.withLock { inbox in
      inbox.nextID += 1
      return inbox.nextID
    }
    let answer: Answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        post(Call(id: id, request: request, sink: sink, authorities: authorities, continuation: continuation))
      }
    } onCancel: {
      inbox.withLock { inbox in
        inbox.cancels.append(id)
        wake(inbox)
      }
    }
    return try answer.get()
  }

  /// Ends all calls and the thread, soon.
  func askToStop() {
    inbox.withLock { inbox in
      inbox.isStopping = true
      wake(inbox)
    }
  }

  /// The same, and returns when the thread is gone.
  func stop() async {
    askToStop()
    await withCheckedContinuation { continuation in
      let isGone = inbox.withLock { inbox in
        if !inbox.isGone { inbox.waitingForStop.append(continuation) }
        return inbox.isGone
      }
      if isGone { continuation.resume() }
    }
  }

  /// A cancellation before this finds the task cancelled here; a later one finds the call in the inbox.
  private func post(_ call: Call) {
    let refusal: TransportError.Cause? = inbox.withLock { inbox in
      if inbox.isStopping { return .stopped }
      if Task.isCancelled { return .cancelled }
      inbox.starts.append(call)
      wake(inbox)
      return nil
    }
    guard let refusal else { return }
    call.continuation.resume(returning: .failure(TransportError(refusal, host: call.request.url.host, detail: "")))
  }

  private func wake(_ inbox: Inbox) {
    if !inbox.isGone { ccurl_wake(loop) }
  }

  private func run() {
    while true {
      let (starts, cancels, isStopping) = inbox.withLock { inbox in
        defer { (inbox.starts, inbox.cancels) = ([], []) }
        return (inbox.starts, inbox.cancels, inbox.isStopping)
      }
      // Starts first: a cancellation in the same batch is of one of them.
      for call in starts { start(call) }
      for id in cancels { end(id, .cancelled) }
      if isStopping { break }
      // With nothing under way only a wake-up brings work, and an idle service costs nothing.
      ccurl_turn(loop, waiting.isEmpty ? 3_600_000 : 1000)
      finishTransfers()
    }
    for id in Array(waiting.keys) { end(id, .stopped) }
    let waiters = inbox.withLock { inbox in
      inbox.isGone = true
      defer { inbox.waitingForStop = [] }
      return inbox.waitingForStop
    }
    ccurl_close(loop)
    for waiter in waiters { waiter.resume() }
  }

  private func start(_ call: Call) {
    let code = call.request.withRaw(sink: call.sink, authorities: call.authorities) { raw in
      ccurl_add(loop, call.id, &raw)
    }
    guard let code, Int(code) == CCURL_OK else {
      let cause = code.map { TransportError.Cause(code: Int($0), limit: 0) } ?? .badRequest
      let detail = code == nil ? "a header holds a line break" : ""
      call.continuation.resume(
        returning: .failure(TransportError(cause, host: call.request.url.host, detail: detail)))
      return
    }
    var call = call
    // libcurl has its own copy; a body of megabytes is not kept twice for minutes.
    call.request.body = .none
    waiting[call.id] = call
  }

  private func end(_ id: UInt64, _ cause: TransportError.Cause) {
    guard let call = waiting.removeValue(forKey: id) else { return }
    ccurl_cancel(loop, id)
    let error = TransportError(cause, host: call.request.url.host, detail: "", mayHaveArrived: true)
    call.continuation.resume(returning: .failure(error))
  }

  private func finishTransfers() {
    var result = ccurl_result()
    while ccurl_next(loop, &result) == 1 {
      defer { ccurl_free_result(&result) }
      guard let call = waiting.removeValue(forKey: result.id) else { continue }
      call.continuation.resume(returning: Self.answer(&result, to: call.request))
    }
  }

  private static func answer(_ result: inout ccurl_result, to request: HTTPRequest) -> Answer {
    guard Int(result.code) == CCURL_OK else {
      let message = withUnsafeBytes(of: &result.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      let cause = TransportError.Cause(code: Int(result.code), limit: request.maxResponseBytes)
      return .failure(
        TransportError(cause, host: request.url.host, detail: message, mayHaveArrived: result.sent == 1))
    }
    let block = UnsafeRawBufferPointer(start: result.headers, count: result.headers_size)
    return .success(
      HTTPResponse(
        status: result.status, headers: HTTPHeaders(block: String(decoding: block, as: UTF8.self)),
        body: Array(UnsafeBufferPointer(start: result.body, count: result.body_size))))
  }
}

extension TransportError.Cause {
  fileprivate init(code: Int, limit: Int) {
    self =
      switch code {
      case CCURL_UNREACHABLE: .unreachable
      case CCURL_TLS: .tls
      case CCURL_CONNECT_TIMEOUT: .connectTimeout
      case CCURL_TIMEOUT: .timeout
      case CCURL_TOO_LARGE: .tooLarge(limit: limit)
      case CCURL_FILE: .file
      case CCURL_BAD_REQUEST: .badRequest
      case CCURL_NO_MEMORY: .noMemory
      default: .broken
      }
  }
}
