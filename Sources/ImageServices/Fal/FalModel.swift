import Model
import Transport

/// What a model on fal takes, by what it does: the models differ in little else.
enum FalModel {
  /// Finds what stands out: `birefnet` and the background removers.
  case background
  /// Takes away what the mask shows.
  case eraser

  /// The model's input as its page on fal names the fields.
  func input(model: String, picture: String, mask: String?) -> JSONValue {
    var input: [String: JSONValue] = ["image_url": .string(picture), "sync_mode": true]
    switch self {
    case .background:
      if model.hasPrefix("fal-ai/birefnet") {
        input["model"] = "General Use (Heavy)"
        input["operating_resolution"] = "1024x1024"
        input["output_format"] = "png"
        input["refine_foreground"] = true
      }
    case .eraser:
      input["mask_url"] = mask.map(JSONValue.string)
      if model == "fal-ai/bria/eraser" { input["mask_type"] = "manual" }
    }
    return .object(input)
  }
}

extension ServiceFault {
  /// A fault that fal answered: `detail` is an array of typed errors, or one text with `error_type`.
  init(fal response: HTTPResponse, service: String, model: String) {
    let body = JSONValue(json: response.body)
    let first = body?["detail"]?.items.first
    let type = first?["type"]?.text ?? body?["error_type"]?.text ?? response.headers["x-fal-error-type"]
    let words = first?["msg"]?.text ?? body?["detail"]?.text ?? Self.plainWords(response)
    self.init(
      Self.falKind(type, response: response, model: model), service, words, after: retryDelay(of: response),
      requestID: Self.requestID(response))
    status = response.status
  }

  private static func falKind(_ type: String?, response: HTTPResponse, model: String) -> Kind {
    // Our own deadline: the same call would meet it again.
    if response.status == 504, response.headers["x-fal-request-timeout-type"] == "user" { return .badRequest }
    switch type {
    case "content_policy_violation": return .refused
    case "generation_timeout", "downstream_service_error", "downstream_service_unavailable", "request_timeout",
      "startup_timeout", "runner_scheduling_failure", "runner_connection_timeout", "runner_disconnected",
      "runner_connection_refused":
      return .transient
    default: break
    }
    let byStatus = kind(status: response.status, model: model)
    if byStatus == .badRequest, response.headers["x-fal-retryable"]?.lowercased() == "true" { return .transient }
    return byStatus
  }
}
