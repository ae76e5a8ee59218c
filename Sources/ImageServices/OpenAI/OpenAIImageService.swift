package import Blocking
import Imaging
package import Model
package import Transport

/// Pictures from OpenAI's `/images/edits`.
///
/// The mask goes along with its polarity turned: what is transparent in it is drawn anew. It guides the model and
/// binds it to nothing, so what lies outside is kept by us. The answer has exactly the size that is asked for.
package struct OpenAIImageService: ImageService {
  package let name = "openai"
  package let isPaid = true
  private let caller: Caller
  private let key: Secret
  private let base: WebAddress
  private let models: ModelList
  private let quality: String

  /// `base` ends with the version, as in `https://api.openai.com/v1`; `quality` is `low`, `medium`, `high` or `auto`.
  package init(
    client: HTTPClient, key: Secret, base: WebAddress, models: [String], quality: String = "medium",
    pool: BlockingPool
  ) {
    caller = Caller(
      client: client, service: "OpenAI", fault: { ServiceFault(openAI: $0, service: $1, model: $2) }, pool: pool)
    self.key = key
    self.base = base
    self.models = ModelList(models)
    self.quality = quality
  }

  package var defaultModel: String { models.current }

  package func offers(_ kind: StepType, hasMask: Bool) -> Bool { kind != .analyze && kind != .upscale }

  package func wording(of request: ImageRequest) -> String {
    String(Wording.instruction(for: request, transparent: Self.makesLayer(request)).prefix(32_000))
  }

  private static func makesLayer(_ request: ImageRequest) -> Bool {
    request.kind == .extract || request.kind == .backgroundRemove
  }

  package func placement(of request: ImageRequest, model: String) -> Placement? {
    Self.framing(request, model).placement
  }

  private static func framing(_ request: ImageRequest, _ model: String) -> Framing {
    Framing(request) { OpenAISizes.canvas(for: $0, model: model) }
  }

  package func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    guard offers(request.kind, hasMask: request.mask != nil) else {
      throw ServiceError(.notOffered(request, by: "OpenAI"))
    }
    let model = request.model ?? models.current
    let (quality, prompt) = (quality, wording(of: request))
    let parts = try await caller.blocking { () throws(ServiceError) in
      let prepared = Prepared(request, Self.framing(request, model))
      return try Self.form(prepared, prompt, isLayer: Self.makesLayer(request), model: model, quality: quality)
    }
    let call = HTTPRequest(
      .post, base.appending("images/edits"), headers: [HTTPHeader("Authorization", scheme: "Bearer", key)],
      body: .multipart(parts), totalTimeout: .seconds(300), maxResponseBytes: 64 << 20)
    do throws(ServiceFault) {
      let (answer, response) = try await caller.json(call, model: model)
      let file = try await caller.blocking { () throws(ServiceFault) in try Self.picture(in: answer) }
      return ImageAnswer(
        file: file, model: model, requestID: ServiceFault.requestID(response), cost: Self.cost(of: answer))
    } catch {
      throw ServiceError(models.judged(error, of: model, named: request.model))
    }
  }

  private static func form(
    _ prepared: Prepared, _ prompt: String, isLayer: Bool, model: String, quality: String
  ) throws(ServiceError) -> [HTTPRequest.Part] {
    let file = try prepared.file(limit: 49_000_000)
    let size = prepared.picture.size
    // Of a layer the mask would say "draw anew here", which is the opposite of "keep what is here".
    let mask = isLayer ? nil : prepared.mask
    var parts: [HTTPRequest.Part] = [
      .init("model", model), .init("prompt", prompt), .init("n", "1"),
      .init("size", "\(size.width)x\(size.height)"), .init("quality", quality), .init("output_format", "png"),
      .init("background", isLayer ? "transparent" : "opaque"),
      .init(
        "image[]", filename: file.type == "image/png" ? "picture.png" : "picture.jpg", contentType: file.type,
        bytes: file.bytes),
    ]
    if let mask {
      let bytes = try Self.encoded(mask)
      parts.append(.init("mask", filename: "mask.png", contentType: "image/png", bytes: bytes))
    }
    return parts
  }

  /// The mask as OpenAI reads it: RGBA, alpha 0 where to draw, 255 where to keep.
  private static func encoded(_ mask: Mask) throws(ServiceError) -> [UInt8] {
    var values = [UInt8](repeating: 0, count: mask.values.count * 4)
    for pixel in mask.values.indices { values[pixel * 4 + 3] = 255 - mask.values[pixel] }
    let picture = Picture(width: mask.width, height: mask.height, channels: 4, samples: .eight(values))
    do {
      return try encodePNG(picture, preset: .compact)
    } catch {
      throw ServiceError(.askPerson, "\(error)")
    }
  }

  private static func picture(in answer: JSONValue) throws(ServiceFault) -> [UInt8] {
    guard let text = answer["data"]?.items.first?["b64_json"]?.text else {
      throw ServiceFault(.empty, "OpenAI", "no picture")
    }
    guard let bytes = bytes(base64: text), PictureFormat.detect(bytes) != nil else {
      throw ServiceFault(.malformed, "OpenAI", "its picture cannot be read")
    }
    return bytes
  }

  /// From the tokens used, at the list price of gpt-image-2 and 2.5 (8, 5 and 30 dollars a million); nil without usage.
  private static func cost(of answer: JSONValue) -> Double? {
    guard let usage = answer["usage"], let output = usage["output_tokens"]?.double else { return nil }
    let input = usage["input_tokens_details"]
    let image = input?["image_tokens"]?.double ?? usage["input_tokens"]?.double ?? 0
    let text = input?["text_tokens"]?.double ?? 0
    return (image * 8 + text * 5 + output * 30) / 1_000_000
  }
}
