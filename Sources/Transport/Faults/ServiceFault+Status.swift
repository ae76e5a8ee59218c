import Model

extension ServiceFault {
  /// A fault by the status alone, with what the body says of it: for self-hosted services and as the fallback
  /// for bodies that do not keep the vendor's form, such as a proxy's HTML page.
  package init(_ response: HTTPResponse, service: String, model: String) {
    let words = Self.plainWords(response)
    self.init(
      Self.kind(status: response.status, model: model), service, words, after: retryDelay(of: response),
      requestID: Self.requestID(response))
    status = response.status
  }

  /// The class of a bare status.
  package static func kind(status: Int, model: String) -> Kind {
    switch status {
    case 401, 403: .auth
    case 402: .quota
    case 404: .modelGone(model)
    case 408, 409, 500...599: .transient
    case 429: .rateLimited
    case 200..<300: .malformed
    default: .badRequest
    }
  }

  /// The vendors' ids of a call, for their support.
  package static func requestID(_ response: HTTPResponse) -> String? {
    ["x-request-id", "x-fal-request-id", "x-goog-request-id"].lazy.compactMap { response.headers[$0] }.first
  }

  /// The words of a body of no known form: a JSON message, or text that is no HTML, or the status.
  package static func plainWords(_ response: HTTPResponse) -> String {
    if let json = JSONValue(json: response.body) {
      for key in ["message", "detail", "error", "errors"] {
        guard let value = json[key] else { continue }
        if let text = value.text ?? value["message"]?.text { return "\(text) (status \(response.status))" }
        if let first = value.items.first, let text = first["msg"]?.text ?? first.text {
          return "\(text) (status \(response.status))"
        }
      }
    }
    let text = response.text(limit: 300).trimmed
    if text.isEmpty || text.hasPrefix("<") || text.hasPrefix("{") { return "status \(response.status)" }
    return "\(text) (status \(response.status))"
  }
}
