/// Why a call came to no answer at all. An answer with a bad status is an `HTTPResponse`, not an error.
package struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Cause: Sendable, Hashable {
    case badAddress
    case badRequest
    case unreachable
    /// The other side's certificate or protocol version was not good enough.
    case tls
    case connectTimeout
    case timeout
    case tooLarge(limit: Int)
    case redirected
    /// The connection ended before the answer did.
    case broken
    case file
    case cancelled
    /// `stop()` was called.
    case stopped
    case noMemory
  }

  package var cause: Cause
  /// The host that was asked, never path or query; empty where there is none.
  package var host: String
  /// What libcurl or the check said.
  package var detail: String
  /// Whether any of the request may have reached the other side, so that it may have been worked on and billed.
  package var mayHaveArrived: Bool

  package init(_ cause: Cause, host: String, detail: String, mayHaveArrived: Bool = false) {
    self.cause = cause
    self.host = host
    self.detail = detail
    self.mayHaveArrived = mayHaveArrived
  }

  /// Whether the same call may go through a little later.
  package var isTransient: Bool {
    switch cause {
    case .unreachable, .tls, .connectTimeout, .timeout, .broken, .noMemory: true
    case .badAddress, .badRequest, .tooLarge, .redirected, .file, .cancelled, .stopped: false
    }
  }

  package var description: String { redacted(sentence) }

  private var sentence: String {
    let reason = detail.isEmpty ? "" : " (\(detail))"
    switch cause {
    case .badAddress:
      return
        "The address\(host.isEmpty ? "" : " of \(host)") cannot be used\(reason). Use https, or http for localhost."
    case .badRequest:
      return "The request to \(host) could not be made\(reason). Check the address and the keys in the environment."
    case .unreachable:
      return "\(host) cannot be reached\(reason). Check the network, and whether the service runs."
    case .tls:
      return
        "The connection to \(host) is not safe\(reason), so nothing was sent. Check the clock and the certificates."
    case .connectTimeout:
      return "\(host) did not take the connection in time\(reason). Check the network, and whether the service runs."
    case .timeout:
      return "\(host) did not answer in time\(reason). Try again later."
    case .tooLarge(let limit):
      return "\(host) answered with more than \(limit / 1_000_000) MB, which is no picture of ours. Try another model."
    case .redirected:
      return "\(host) wants to send us elsewhere\(reason), which is not followed. Set the service's final address."
    case .broken:
      return "\(host) ended the connection before its answer was complete\(reason). Try again later."
    case .file:
      return "The file for the call to \(host) could not be used\(reason). Check the disk and its permissions."
    case .cancelled:
      return "The call to \(host) was cancelled. Run the step again to repeat it."
    case .stopped:
      return "The call to \(host) was not made because the service stops. It is made after the next start."
    case .noMemory:
      return "There is not enough memory for the call to \(host). Close other programs, or lower jobs_at_once."
    }
  }
}
