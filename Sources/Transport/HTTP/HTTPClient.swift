import Glibc

/// HTTP to image services and planners: one thread of libcurl's multi interface for any number of calls.
///
/// Certificates are verified, TLS is 1.2 or newer, bodies are capped while they arrive, and a redirect is
/// followed only for a GET that stays on the same origin. Nothing is retried here: whether a call may be made
/// again is for those to decide who know what it costs.
package final class HTTPClient: Sendable {
  private let thread: TransferThread
  private let authorities: String?

  /// Redirects within one origin that a GET follows at most.
  private static let redirectLimit = 3

  /// Starts the thread. `authorities` is a PEM file to trust instead of the system's authorities.
  package init(authorities: String? = nil) throws(TransportError) {
    thread = try TransferThread()
    self.authorities = authorities
  }

  deinit { thread.askToStop() }

  /// The whole answer, whatever its status. Cancelling the task ends the call at once with `.cancelled`.
  package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
    var request = request
    for _ in 0...Self.redirectLimit {
      let response = try await sendOnce(request)
      guard (300..<400).contains(response.status), let target = response.headers["location"] else { return response }
      request.url = try Self.redirection(of: request, to: target)
    }
    throw TransportError(.redirected, host: request.url.host, detail: "in a circle", mayHaveArrived: true)
  }

  /// Ends all calls with `.stopped` and returns when the thread is gone.
  package func stop() async { await thread.stop() }

  private func sendOnce(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
    guard case .file(let path) = request.sink else {
      return try await thread.transfer(request, sink: -1, authorities: authorities)
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw TransportError(.file, host: request.url.host, detail: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    return try await thread.transfer(request, sink: descriptor, authorities: authorities)
  }

  /// Where a redirect leads, if it may be followed.
  private static func redirection(of request: HTTPRequest, to target: String) throws(TransportError) -> WebAddress {
    let absolute = target.hasPrefix("/") && !target.hasPrefix("//") ? request.url.description + target : target
    let address = try? WebAddress(absolute)
    if let address, request.method == .get, address.hasOrigin(of: request.url) { return address }
    let detail = address.map { "to \($0.host)" } ?? "to an address that cannot be used"
    throw TransportError(.redirected, host: request.url.host, detail: detail, mayHaveArrived: true)
  }
}
