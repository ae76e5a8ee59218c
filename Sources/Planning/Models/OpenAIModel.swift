package import Blocking
import Model
package import Transport

/// Plans by OpenAI's `/responses` with a strict schema. A server that does not know that route is asked by
/// `/chat/completions` instead.
package struct OpenAIModel: PlanningModel {
  package let name = "openai"
  package let title = "OpenAI"
  package let isPaid: Bool
  private let line: ModelCall
  private let key: Secret?
  private let address: WebAddress
  private let models: ModelList
  private let chat: ChatModel

  /// `models` in order; `address` with or without its version; no key for servers that want none.
  package init(http: HTTPClient, key: Secret?, address: WebAddress, models: [String], pool: BlockingPool) {
    line = ModelCall(http: http, pool: pool, service: title)
    self.key = key
    self.address = address.versioned()
    self.models = ModelList(models)
    isPaid = !address.isLoopback || key != nil
    chat = ChatModel(http: http, key: key, address: address, models: models, pool: pool)
  }

  package var defaultModel: String { models.current }

  package func answer(_ question: PlanningQuestion) async throws(ServiceFault) -> ModelAnswer {
    let model = models.current
    do throws(ServiceFault) {
      if let found = try await answer(question, model: model) { return found }
    } catch {
      throw models.judged(error, of: model)
    }
    return try await chat.answer(question)
  }

  /// Nil where the server has no such route.
  private func answer(_ question: PlanningQuestion, model: String) async throws(ServiceFault) -> ModelAnswer? {
    let headers = key.map { [HTTPHeader("Authorization", scheme: "Bearer", $0)] } ?? []
    let response = try await line.post(to: address.appending("responses"), headers: headers) {
      Self.body(question, model: model)
    }
    guard response.isSuccess, let body = JSONValue(json: response.body) else {
      if Self.lacksRoute(response) { return nil }
      throw ServiceFault(openAI: response, service: title, model: model)
    }
    try check(body, model: model)
    let contents = (body["output"]?.items ?? []).filter { $0["type"]?.text == "message" }
      .flatMap { $0["content"]?.items ?? [] }
    if let refusal = contents.compactMap({ $0["refusal"]?.text }).first {
      throw ServiceFault(.refused, title, refusal)
    }
    let text = contents.filter { $0["type"]?.text == "output_text" }.compactMap { $0["text"]?.text }.joined()
    guard !text.isEmpty else { throw ServiceFault(.empty, title, "no text in the answer") }
    return ModelAnswer(
      text: text, model: body["model"]?.text ?? model,
      requestID: ServiceFault.requestID(response) ?? body["id"]?.text)
  }

  /// A wrong route and a missing model are both 404; only the latter speaks of a model.
  private static func lacksRoute(_ response: HTTPResponse) -> Bool {
    guard [404, 405, 501].contains(response.status) else { return false }
    let error = JSONValue(json: response.body)?["error"]
    return error?["code"]?.text != "model_not_found" && error?["message"]?.text?.contains("model") != true
  }

  /// Faults inside a 200.
  private func check(_ body: JSONValue, model: String) throws(ServiceFault) {
    switch body["status"]?.text {
    case "failed":
      let code = body["error"]?["code"]?.text ?? ""
      let words = body["error"]?["message"]?.text ?? "the answer failed"
      throw ServiceFault(ServiceFault.openAIKind([code], status: 400, model: model), title, words)
    case "incomplete" where body["incomplete_details"]?["reason"]?.text == "content_filter":
      throw ServiceFault(.refused, title, "its content filter stopped the answer")
    default: return
    }
  }

  private static func body(_ question: PlanningQuestion, model: String) -> JSONValue {
    [
      "model": .string(model),
      "store": false,
      "max_output_tokens": .integer(ModelCall.mostTokens(question)),
      "instructions": .string(question.instructions),
      "reasoning": ["effort": "low"],
      "input": [
        [
          "role": "user",
          "content": [
            ["type": "input_text", "text": .string(question.wholeTask)],
            ["type": "input_image", "image_url": .string(ModelCall.dataAddress(question)), "detail": "high"],
          ],
        ]
      ],
      "text": [
        "format": ["type": "json_schema", "name": .string(PlanSchema.name), "strict": true, "schema": PlanSchema.value]
      ],
    ]
  }
}
