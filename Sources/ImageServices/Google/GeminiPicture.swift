import Imaging
import Model
import Transport

/// The wire form of a picture asked from `generateContent`, shared by the Gemini API and Vertex AI.
enum GeminiPicture {
  /// Inline pictures above this may be refused (Agent Platform, image limits).
  static let largestInline = 7_000_000

  static func framing(_ request: ImageRequest, model: String) -> Framing {
    Framing(request) { GeminiSizes(for: $0, model: model).canvas }
  }

  /// One picture for one request. `send` posts a body to a model; `output` is more for `imageConfig`, which Vertex takes
  /// and the Gemini API refuses.
  static func answer(
    to request: ImageRequest, of models: ModelList, by caller: Caller, output: [String: JSONValue] = [:],
    _ send: (_ model: String, _ body: [UInt8]) async throws(ServiceFault) -> (JSONValue, HTTPResponse)
  ) async throws(ServiceError) -> ImageAnswer {
    let model = request.model ?? models.current
    let body = try await caller.blocking { () throws(ServiceError) in
      try Self.body(request, model: model, output: output)
    }
    do throws(ServiceFault) {
      let (answer, response) = try await send(model, body)
      let service = caller.service
      let file = try await caller.blocking { () throws(ServiceFault) in try Self.picture(in: answer, service: service) }
      return ImageAnswer(
        file: file, model: model, requestID: answer["responseId"]?.text ?? ServiceFault.requestID(response))
    } catch {
      throw ServiceError(models.judged(error, of: model, named: request.model))
    }
  }

  private static func body(
    _ request: ImageRequest, model: String, output: [String: JSONValue]
  ) throws(ServiceError) -> [UInt8] {
    let framing = framing(request, model: model)
    let prepared = Prepared(request, framing)
    let sizes = GeminiSizes(canvas: framing.letterbox.canvas, model: model)
    let file = try prepared.file(limit: largestInline)
    var parts = [inline(file.bytes, file.type)]
    let marked = try prepared.marked()
    if let marked { parts.append(inline(marked, "image/jpeg")) }
    parts.append(.object(["text": .string(Wording.withMarkedPicture(request))]))
    var image: [String: JSONValue] = ["aspectRatio": .string(sizes.ratio)]
    if let tier = sizes.tier { image["imageSize"] = .string(tier) }
    image.merge(output) { _, output in output }
    let body: JSONValue = .object([
      "contents": .array([.object(["role": "user", "parts": .array(parts)])]),
      "generationConfig": .object([
        "responseModalities": .array(["TEXT", "IMAGE"]), "imageConfig": .object(image),
      ]),
    ])
    return body.json
  }

  private static func inline(_ bytes: [UInt8], _ type: String) -> JSONValue {
    .object(["inlineData": .object(["mimeType": .string(type), "data": .string(base64(bytes))])])
  }

  /// The picture in an answer: the last inline one that is no draft of the model's thinking. Throws a refusal with
  /// the model's own words where there is none.
  private static func picture(in body: JSONValue, service: String) throws(ServiceFault) -> [UInt8] {
    if let fault = ServiceFault(geminiAnswer: body, service: service) { throw fault }
    let parts = (body["candidates"]?.items.first?["content"]?["parts"]?.items ?? [])
      .filter { $0["thought"]?.isTrue != true }
    if let data = parts.last(where: { $0["inlineData"] != nil })?["inlineData"]?["data"]?.text {
      guard let bytes = bytes(base64: data), PictureFormat.detect(bytes) != nil else {
        throw ServiceFault(.malformed, service, "its picture cannot be read")
      }
      return bytes
    }
    let words = parts.compactMap { $0["text"]?.text }.joined(separator: " ")
    throw words.isEmpty
      ? ServiceFault(.empty, service, "no picture") : ServiceFault(.refused, service, words)
  }
}
