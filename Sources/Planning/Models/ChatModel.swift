package import Blocking
import Model
package import Transport

/// Plans by `/chat/completions` of any server that speaks OpenAI's protocol: Ollama, llama.cpp, vLLM, LM Studio.
///
/// The body is what all of them understand and nothing more: a system message, the picture as a data URL, a
/// schema in OpenAI's nested form. Some ignore the schema; the answer is read the same way.
package struct ChatModel: PlanningModel {
  package let name = "openai-compatible"
  package let title: String
  package let isPaid: Bool
  private let line: ModelCall
  private let key: Secret?
  private let address: WebAddress
  private let models: ModelList

  /// `models` in order; where the server has none of them, the first it lists is asked.
  package init(http: HTTPClient, key: Secret?, address: WebAddress, models: [String], pool: BlockingPool) {
    self.key = key
    self.address = address.versioned()
    self.models = ModelList(models)
    title = "The server at \(address)"
    line = ModelCall(http: http, pool: pool, service: title)
    isPaid = !address.isLoopback
  }

  package var defaultModel: String { models.current }

  package func answer(_ question: PlanningQuestion) async throws(ServiceFault) -> ModelAnswer {
    let model = models.current
    do throws(ServiceFault) {
      return try await answer(question, model: model)
    } catch {
      var fault = models.judged(error, of: model)
      if case .modelGone = fault.kind, fault.nextModel == nil, let listed = await firstListedModel(), models.add(listed)
      {
        fault.nextModel = listed
      }
      throw fault
    }
  }

  private var headers: [HTTPHeader] { key.map { [HTTPHeader("Authorization", scheme: "Bearer", $0)] } ?? [] }

  private func answer(_ question: PlanningQuestion, model: String) async throws(ServiceFault) -> ModelAnswer {
    let response = try await line.post(to: address.appending("chat/completions"), headers: headers) {
      Self.body(question, model: model)
    }
    guard response.isSuccess, let body = JSONValue(json: response.body), body["error"] == nil else {
      throw ServiceFault(openAI: response, service: title, model: model)
    }
    guard let choice = body["choices"]?.items.first else { throw ServiceFault(.empty, title, "no choice") }
    if let refusal = choice["message"]?["refusal"]?.text { throw ServiceFault(.refused, title, refusal) }
    if choice["finish_reason"]?.text == "content_filter" {
      throw ServiceFault(.refused, title, "its content filter stopped the answer")
    }
    guard let text = choice["message"]?["content"]?.text, !text.isEmpty else {
      throw ServiceFault(.empty, title, "no text in the answer")
    }
    return ModelAnswer(
      text: text, model: body["model"]?.text ?? model,
      requestID: ServiceFault.requestID(response) ?? body["id"]?.text)
  }

  private func firstListedModel() async -> String? {
    let request = HTTPRequest(.get, address.appending("models"), headers: headers, totalTimeout: .seconds(10))
    guard let response = try? await line.http.send(request), response.isSuccess else { return nil }
    return JSONValue(json: response.body)?["data"]?.items.first?["id"]?.text
  }

  private static func body(_ question: PlanningQuestion, model: String) -> JSONValue {
    [
      "model": .string(model),
      "max_tokens": .integer(ModelCall.mostTokens(question)),
      "stream": false,
      "messages": [
        ["role": "system", "content": .string(question.instructions)],
        [
          "role": "user",
          "content": [
            ["type": "text", "text": .string(question.wholeTask)],
            ["type": "image_url", "image_url": ["url": .string(ModelCall.dataAddress(question))]],
          ],
        ],
      ],
      "response_format": [
        "type": "json_schema",
        "json_schema": ["name": .string(PlanSchema.name), "strict": true, "schema": PlanSchema.value],
      ],
    ]
  }
}
