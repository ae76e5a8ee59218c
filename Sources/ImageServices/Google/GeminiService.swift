package import Blocking
import Imaging
package import Model
package import Transport

/// Pictures from the Gemini API (`generateContent` with image output).
///
/// The models take no mask: a second picture shows in magenta where to work. They repaint the whole frame in a size
/// of their own, so the picture is letterboxed into the nearest of their sizes and mapped back.
package struct GeminiService: ImageService {
  package let name = "gemini"
  package let isPaid = true
  private let caller: Caller
  private let key: Secret
  private let base: WebAddress
  private let models: ModelList

  /// `base` is the host without version, `models` the order in which to ask.
  package init(client: HTTPClient, key: Secret, base: WebAddress, models: [String], pool: BlockingPool) {
    caller = Caller(
      client: client, service: "Gemini", fault: { ServiceFault(google: $0, service: $1, model: $2) }, pool: pool)
    self.key = key
    self.base = base
    self.models = ModelList(models)
  }

  package var defaultModel: String { models.current }

  package func offers(_ kind: StepType, hasMask: Bool) -> Bool { kind != .analyze && kind != .upscale }

  package func wording(of request: ImageRequest) -> String { Wording.withMarkedPicture(request) }

  package func placement(of request: ImageRequest, model: String) -> Placement? {
    GeminiPicture.framing(request, model: model).placement
  }

  package func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    guard offers(request.kind, hasMask: request.mask != nil) else {
      throw ServiceError(.notOffered(request, by: "Gemini"))
    }
    return try await GeminiPicture.answer(to: request, of: models, by: caller) { (model, body) throws(ServiceFault) in
      try await caller.json(
        HTTPRequest(
          .post, base.appending("v1/models/\(WebAddress.segment(model)):generateContent"),
          headers: [HTTPHeader("Content-Type", "application/json"), HTTPHeader("x-goog-api-key", key)],
          body: .bytes(body), totalTimeout: .seconds(180), maxResponseBytes: 64 << 20), model: model)
    }
  }
}
