package import Blocking
import Model
package import Transport

/// Plans by Gemini's `generateContent` with `responseJsonSchema`.
package struct GeminiModel: PlanningModel {
  package let name = "gemini"
  package let title = "Gemini"
  package let isPaid = true
  private let line: ModelCall
  private let key: Secret
  private let address: WebAddress
  private let models: ModelList

  /// `models` in order; `address` with or without its version.
  package init(http: HTTPClient, key: Secret, address: WebAddress, models: [String], pool: BlockingPool) {
    line = ModelCall(http: http, pool: pool, service: title)
    self.key = key
    self.address = address.versioned(besides: ["v1beta"])
    self.models = ModelList(models)
  }

  package var defaultModel: String { models.current }

  package func answer(_ question: PlanningQuestion) async throws(ServiceFault) -> ModelAnswer {
    let model = models.current
    do throws(ServiceFault) {
      return try await answer(question, model: model)
    } catch {
      throw models.judged(error, of: model)
    }
  }

  private func answer(_ question: PlanningQuestion, model: String) async throws(ServiceFault) -> ModelAnswer {
    let target = address.appending("models/\(WebAddress.segment(model)):generateContent")
    let response = try await line.post(to: target, headers: [HTTPHeader("x-goog-api-key", key)]) {
      Self.body(question, model: model)
    }
    // A 200 may carry an error too, alone or as the only item of a list.
    guard response.isSuccess, let body = JSONValue(json: response.body), body["error"] == nil, body.items.isEmpty else {
      throw ServiceFault(google: response, service: title, model: model)
    }
    if let fault = ServiceFault(geminiAnswer: body, service: title) { throw fault }
    let parts = body["candidates"]?.items.first?["content"]?["parts"]?.items ?? []
    let text = parts.filter { $0["thought"]?.isTrue != true }.compactMap { $0["text"]?.text }.joined()
    guard !text.isEmpty else { throw ServiceFault(.empty, title, "no text in the answer") }
    return ModelAnswer(
      text: text, model: body["modelVersion"]?.text ?? model,
      requestID: body["responseId"]?.text ?? ServiceFault.requestID(response))
  }

  private static func body(_ question: PlanningQuestion, model: String) -> JSONValue {
    var generation: [String: JSONValue] = [
      "maxOutputTokens": .integer(ModelCall.mostTokens(question)),
      "responseMimeType": "application/json",
      "responseJsonSchema": PlanSchema.value,
      "mediaResolution": "MEDIA_RESOLUTION_HIGH",
    ]
    // The 2.x models know only the older thinkingBudget.
    if !model.hasPrefix("gemini-2") { generation["thinkingConfig"] = ["thinkingLevel": "LOW"] }
    return [
      "contents": [
        [
          "role": "user",
          "parts": [
            ["inlineData": ["mimeType": "image/png", "data": .string(base64(question.picture))]],
            ["text": .string(question.wholeTask)],
          ],
        ]
      ],
      "systemInstruction": ["parts": [["text": .string(question.instructions)]]],
      "generationConfig": .object(generation),
    ]
  }
}
