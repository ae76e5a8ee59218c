import Model

extension ServiceFault {
  /// A fault that OpenAI or a compatible server answered: `{"error": {…}}`, or `{"error": "text"}` from some.
  package init(openAI response: HTTPResponse, service: String, model: String) {
    guard let error = JSONValue(json: response.body)?["error"] else {
      self.init(response, service: service, model: model)
      self.obey(response)
      return
    }
    let codes = [error["code"]?.text, error["type"]?.text].compactMap { $0 }
    let words = error["message"]?.text ?? error.text ?? codes.first ?? "status \(response.status)"
    self.init(
      Self.openAIKind(codes, status: response.status, model: model), service, words, after: retryDelay(of: response),
      requestID: Self.requestID(response))
    status = response.status
    self.obey(response)
  }

  /// The class of an error code of OpenAI, as in error bodies and in a failed `/responses` answer.
  package static func openAIKind(_ codes: [String], status: Int, model: String) -> Kind {
    for code in codes {
      switch code {
      case "moderation_blocked", "content_policy_violation", "image_content_policy_violation", "content_filter",
        "bio_policy", "misalignment_policy_violation", "invalid_prompt":
        return .refused
      case "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "spend_limit_reached":
        return .quota
      case let code where code.contains("spend_limit"): return .quota
      case "invalid_api_key": return .auth
      case "model_not_found": return .modelGone(model)
      case "rate_limit_exceeded", "slow_down": return .rateLimited
      case "server_error", "server_is_overloaded", "service_unavailable_error": return .transient
      default: continue
      }
    }
    return kind(status: status, model: model)
  }

  /// `x-should-retry` wins over the status (as in OpenAI's own client).
  private mutating func obey(_ response: HTTPResponse) {
    switch (response.headers["x-should-retry"], remedy) {
    case ("true", .askPerson) where kind == .badRequest: kind = .transient
    case ("false", .tryLater): kind = .badRequest
    default: break
    }
  }
}
