import Blocking
import Model
import Transport

/// What the planning models share: posting JSON, and stepping down a list of models.
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

  /// Asks the models in order until one is there.
  func firstThere<Answer>(
    of models: [String], _ ask: (String) async throws(ServiceFault) -> Answer
  ) async throws(ServiceFault) -> Answer {
    var gone = ServiceFault(.badRequest, service, "no model is configured")
    for model in models {
      do throws(ServiceFault) {
        return try await ask(model)
      } catch {
        guard case .modelGone = error.kind else { throw error }
        gone = error
      }
    }
    throw gone
  }

  /// A fault that is final here: the models of the list have been stepped through.
  static func final(_ fault: ServiceFault) -> ServiceFault {
    guard case .modelGone(let model) = fault.kind else { return fault }
    return ServiceFault(
      .badRequest, fault.service, "none of the configured models is there any more, the last was \"\(model)\"",
      requestID: fault.requestID, mayHaveArrived: fault.mayHaveArrived)
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
