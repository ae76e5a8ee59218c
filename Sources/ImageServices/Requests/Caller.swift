import Blocking
import Model
import Transport

/// Sends the calls of one vendor and sorts what comes back into answers and faults.
struct Caller: Sendable {
  let client: HTTPClient
  /// As people call it.
  let service: String
  /// How the vendor words its faults; the texts are service and model.
  let fault: @Sendable (HTTPResponse, String, String) -> ServiceFault
  /// For encoding, decoding and base64.
  let pool: BlockingPool

  /// The answer, if its status is 200 to 299.
  func send(_ request: HTTPRequest, model: String) async throws(ServiceFault) -> HTTPResponse {
    let response: HTTPResponse
    do {
      response = try await client.send(request)
    } catch {
      throw ServiceFault(error, service: service)
    }
    guard response.isSuccess else { throw fault(response, service, model) }
    return response
  }

  /// The answer's JSON. A success whose body is an error after all is one (Google sends them wrapped in an array).
  func json(
    _ request: HTTPRequest, model: String
  ) async throws(ServiceFault) -> (JSONValue, HTTPResponse) {
    let response = try await send(request, model: model)
    let (service, fault) = (service, fault)
    return try await pool.run { () throws(ServiceFault) in
      guard let body = JSONValue(json: response.body) else {
        throw ServiceFault(
          .malformed, service, "it is no JSON", requestID: ServiceFault.requestID(response))
      }
      if body["error"] != nil || body.items.first?["error"] != nil { throw fault(response, service, model) }
      return (body, response)
    }
  }

  /// Runs `work` off the cooperative pool.
  func blocking<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    try await pool.run(work)
  }
}
