import Model
import Testing
import Transport

/// Every row of the table of error classes, as the vendors' bodies look.
struct FaultTests {
  static let google: [(Int, String, ServiceFault.Kind)] = [
    (400, #"{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"bad field"}}"#, .badRequest),
    (
      400,
      #"{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key not valid","details":[{"reason":"API_KEY_INVALID"}]}}"#,
      .auth
    ),
    (400, #"{"error":{"code":400,"status":"FAILED_PRECONDITION","message":"enable billing"}}"#, .quota),
    (401, #"{"error":{"code":401,"status":"UNAUTHENTICATED","message":"no token"}}"#, .auth),
    (403, #"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}}"#, .auth),
    (404, #"{"error":{"code":404,"status":"NOT_FOUND","message":"gone"}}"#, .modelGone("m")),
    (429, #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow"}}"#, .rateLimited),
    (429, #"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow"}}]"#, .rateLimited),
    (
      429,
      #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"q","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}"#,
      .quota
    ),
    (500, #"{"error":{"code":500,"status":"INTERNAL","message":"x"}}"#, .transient),
    (503, "<html><body>Service Unavailable</body></html>", .transient),
    (504, #"{"error":{"code":504,"status":"DEADLINE_EXCEEDED","message":"x"}}"#, .transient),
    (200, #"[{"error":{"code":503,"status":"UNAVAILABLE","message":"overloaded"}}]"#, .transient),
    (408, "", .transient), (413, "", .badRequest), (422, "", .badRequest), (402, "", .quota),
  ]

  @Test(arguments: google)
  func `Google's errors fall into their classes`(status: Int, body: String, kind: ServiceFault.Kind) {
    let fault = ServiceFault(google: response(status, body), service: "Gemini", model: "m")
    #expect(fault.kind == kind)
    #expect(!fault.words.contains("<"))
  }

  static let openAI: [(Int, String, ServiceFault.Kind)] = [
    (
      400, #"{"error":{"message":"bad","type":"invalid_request_error","param":"size","code":"invalid_value"}}"#,
      .badRequest
    ),
    (
      400,
      #"{"error":{"message":"rejected by the safety system","type":"image_generation_user_error","param":"","code":"moderation_blocked"}}"#,
      .refused
    ),
    (400, #"{"error":{"message":"x","type":"invalid_request_error","code":"content_policy_violation"}}"#, .refused),
    (401, #"{"error":{"message":"x","type":"invalid_request_error","code":"invalid_api_key"}}"#, .auth),
    (404, #"{"error":{"message":"x","code":"model_not_found"}}"#, .modelGone("m")),
    (400, #"{"error":{"message":"x","code":"model_not_found"}}"#, .modelGone("m")),
    (409, #"{"error":{"message":"x"}}"#, .transient),
    (429, #"{"error":{"message":"x","type":"requests","code":"rate_limit_exceeded"}}"#, .rateLimited),
    (429, #"{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}"#, .quota),
    (429, #"{"error":{"message":"x","code":"credit_balance_exhausted"}}"#, .quota),
    (503, #"{"error":{"message":"x","type":"service_unavailable_error","code":"server_is_overloaded"}}"#, .transient),
    (500, #"{"error":"the model crashed"}"#, .transient), (502, "<html>", .transient),
  ]

  @Test(arguments: openAI)
  func `OpenAI's errors fall into their classes`(status: Int, body: String, kind: ServiceFault.Kind) {
    #expect(ServiceFault(openAI: response(status, body), service: "OpenAI", model: "m").kind == kind)
  }

  @Test func `x-should-retry wins over the status`() {
    var no = response(503, #"{"error":{"message":"x"}}"#, [("X-Should-Retry", "false")])
    #expect(ServiceFault(openAI: no, service: "OpenAI", model: "m").kind == .badRequest)
    no = response(400, #"{"error":{"message":"x"}}"#, [("x-should-retry", "true")])
    #expect(ServiceFault(openAI: no, service: "OpenAI", model: "m").kind == .transient)
  }

  @Test(arguments: [
    (#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT","blockReasonMessage":"no"}}"#, ServiceFault.Kind.refused),
    (#"{"candidates":[{"finishReason":"IMAGE_SAFETY","finishMessage":"blocked"}]}"#, .refused),
    (#"{"candidates":[{"finishReason":"SOMETHING_NEW"}]}"#, .refused),
    (#"{"candidates":[{"finishReason":"PUP_LIMITED_DISABLED"}]}"#, .auth),
    (#"{"candidates":[{"finishReason":"NO_IMAGE"}]}"#, .empty),
    (#"{"candidates":[{"finishReason":"CONTINUATION","continuationToken":"x"}]}"#, .empty),
    ("{}", .empty),
  ])
  func `an answer of status 200 can be a refusal`(body: String, kind: ServiceFault.Kind) throws {
    let json = try #require(JSONValue(json: Array(body.utf8)))
    #expect(ServiceFault(geminiAnswer: json, service: "Gemini")?.kind == kind)
  }

  @Test func `a fault without secrets is one line that ends with the remedy`() throws {
    let key = try #require(Secret("canary-fault-123456"))
    let words = "first line\nsecond \(key.revealed) line"
    let fault = ServiceFault(.auth, "OpenAI", words)
    #expect(
      "\(fault)"
        == "OpenAI does not accept the key: first line second [secret] line. Put a valid key into the environment and restart."
    )
  }
}

/// How long is waited, and when not at all.
struct RetryDelayTests {
  static let hints: [([(String, String)], Double)] = [
    ([("retry-after-ms", "1500"), ("Retry-After", "9")], 1.5),
    ([("Retry-After", "2")], 2), ([("retry-after", "0.25")], 0.25),
    ([("Retry-After", "Thu, 01 Jan 1970 00:16:40 GMT")], 100),
  ]

  @Test(arguments: hints)
  func `the sources of a delay count in their order`(headers: [(String, String)], seconds: Double) {
    let body = #"{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"38s"}]}}"#
    #expect(retryDelay(of: response(429, body, headers), now: 900) == seconds)
    #expect(retryDelay(of: response(429, body)) == 38)
  }

  @Test func `no hint means no delay of the service's`() {
    #expect(retryDelay(of: response(429, "slow down")) == nil)
    #expect(retryDelay(of: response(429, "{}", [("Retry-After", "soon")])) == nil)
  }

  @Test func `our own waits double up to the cap and are shortened at most by a quarter`() {
    let fault = ServiceFault(.transient, "x", "")
    let waits = (1...8).map { BackOff(tries: 9).wait(for: fault.remedy, made: $0, jitter: 0) }
    #expect(waits == [1, 2, 4, 8, 16, 30, 30, 30])
    #expect(BackOff.image.wait(for: fault.remedy, made: 1, jitter: 1) == 0.75)
    #expect(BackOff.image.wait(for: fault.remedy, made: 3) == nil)
    #expect(BackOff.planner.wait(for: fault.remedy, made: 3) != nil)
  }

  @Test func `a wait that is named is obeyed up to a minute`() {
    #expect(BackOff.image.wait(for: ServiceFault(.rateLimited, "x", "", after: 38).remedy, made: 1, jitter: 1) == 38)
    #expect(BackOff.image.wait(for: ServiceFault(.rateLimited, "x", "", after: 61).remedy, made: 1) == nil)
  }

  @Test(arguments: [ServiceFault.Kind.quota, .auth, .refused, .badRequest, .cancelled])
  func `what waiting does not mend is not repeated`(kind: ServiceFault.Kind) {
    #expect(BackOff.image.wait(for: ServiceFault(kind, "x", "").remedy, made: 1) == nil)
  }

  @Test(arguments: [ServiceFault.Kind.empty, .malformed])
  func `an unusable answer is asked for once more`(kind: ServiceFault.Kind) {
    #expect(BackOff.image.wait(for: ServiceFault(kind, "x", "").remedy, made: 1) == 0)
    #expect(BackOff.image.wait(for: ServiceFault(kind, "x", "").remedy, made: 2) == nil)
  }
}

/// An answer as it comes.
func response(_ status: Int, _ body: String, _ headers: [(String, String)] = []) -> HTTPResponse {
  HTTPResponse(status: status, headers: HTTPHeaders(headers), body: Array(body.utf8))
}
