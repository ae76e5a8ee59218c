package import Model

extension ServiceFault {
  /// A fault that the Gemini API or Vertex AI answered (google.rpc.Status in JSON, alone or in an array).
  package init(google response: HTTPResponse, service: String, model: String) {
    let body = JSONValue(json: response.body)
    guard let error = body?["error"] ?? body?.items.first?["error"] else {
      self.init(response, service: service, model: model)
      return
    }
    let words = error["message"]?.text ?? error["status"]?.text ?? "status \(response.status)"
    self.init(
      Self.googleKind(error, status: response.status, model: model), service, words, after: retryDelay(of: response),
      requestID: Self.requestID(response))
    status = response.status
  }

  private static func googleKind(_ error: JSONValue, status: Int, model: String) -> Kind {
    let details = error["details"]?.items ?? []
    let reasons = details.compactMap { $0["reason"]?.text }
    // A 200 that carries an error counts as the error's own code.
    let code = error["code"]?.double.map(Int.init) ?? status
    switch error["status"]?.text {
    case "INVALID_ARGUMENT" where reasons.contains("API_KEY_INVALID"): return .auth
    case "FAILED_PRECONDITION": return .quota
    case "RESOURCE_EXHAUSTED",
      nil where code == 429:
      let violations = details.flatMap { $0["violations"]?.items ?? [] }
      return violations.contains { $0["quotaId"]?.text?.contains("PerDay") == true } ? .quota : .rateLimited
    case "UNAUTHENTICATED", "PERMISSION_DENIED": return .auth
    case "NOT_FOUND": return .modelGone(model)
    default: return kind(status: (400..<600).contains(code) ? code : status, model: model)
    }
  }

  /// What a Gemini answer of status 200 without the wanted content means; nil if nothing in it speaks against use.
  ///
  /// `candidates` may be missing (the prompt was blocked) or have no content (the output was).
  package init?(geminiAnswer body: JSONValue, service: String) {
    if body["candidates"]?.items.first == nil, let feedback = body["promptFeedback"],
      let reason = feedback["blockReason"]?.text
    {
      self.init(.refused, service, "\(reason): \(feedback["blockReasonMessage"]?.text ?? "the request was blocked")")
      return
    }
    guard let candidate = body["candidates"]?.items.first else {
      self.init(.empty, service, "no candidate")
      return
    }
    let reason = candidate["finishReason"]?.text ?? "STOP"
    let words = candidate["finishMessage"]?.text.map { "\(reason): \($0)" } ?? reason
    switch reason {
    case "STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED": return nil
    case "PUP_LIMITED_DISABLED": self.init(.auth, service, words)
    case "NO_IMAGE", "IMAGE_OTHER", "OTHER", "MALFORMED_RESPONSE", "CONTINUATION": self.init(.empty, service, words)
    default:
      // The list of refusals grows; an unknown word with content is no refusal.
      if candidate["content"]?["parts"]?.items.isEmpty == false { return nil }
      self.init(.refused, service, words)
    }
  }
}
