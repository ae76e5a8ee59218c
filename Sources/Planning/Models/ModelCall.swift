import Blocking
import Model
import Transport

/// What the planning models share: posting JSON.
struct ModelCall: Sendable {
  let http: HTTPClient
  /// For making the body: base64 and JSON of megabytes.
  let pool: BlockingPool
  /// As people call it.
  let service: String

  /// For the whole call; nothing arrives before the model has thought.
  private static let patience = Duration.seconds(180)

  /// Posts what `body` makes and returns the whole answer, whatever its status.
  func post(
    to address: WebAddress, headers: [HTTPHeader], _ body: @escaping @Sendable () -> JSONValue
  ) async throws(ServiceFault) -> HTTPResponse {
    let bytes = await pool.run { body().json }
    let request = HTTPRequest(
      .post, address, headers: [HTTPHeader("Content-Type", "application/json")] + headers, body: .bytes(bytes),
      totalTimeout: Self.patience)
    do {
      return try await http.send(request)
    } catch {
      throw ServiceFault(error, service: service)
    }
  }

  /// How many tokens an answer may have: a plan of twenty layers needs some 6,000, thinking comes on top. The
  /// second try gets more, because a plan that was cut off is one reason for it.
  static func mostTokens(_ question: PlanningQuestion) -> Int { question.correction == nil ? 16_384 : 32_768 }

  static func dataAddress(_ question: PlanningQuestion) -> String {
    "data:image/png;base64,\(base64(question.picture))"
  }
}

extension WebAddress {
  /// With `/v1` at the end of its path, unless that or another version stands there already.
  func versioned(besides others: [String] = []) -> WebAddress {
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    return (["v1"] + others).contains(last) ? self : appending("v1")
  }
}
