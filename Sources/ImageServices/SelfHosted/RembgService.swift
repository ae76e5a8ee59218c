package import Blocking
import Imaging
package import Model
package import Transport

/// Background removal by a rembg server (`rembg s`), usually on this machine.
///
/// It finds what stands out and understands no words. With a mask only the mask's surroundings are sent, so that what
/// stands out there is found. The answer is the picture with alpha at the size that was sent.
package struct RembgService: ImageService {
  package let name = "rembg"
  package let isPaid = false
  package let defaultModel: String
  private let caller: Caller
  private let base: WebAddress

  /// `model` is always sent: the server's own default has changed between versions.
  package init(client: HTTPClient, base: WebAddress, model: String, pool: BlockingPool) {
    caller = Caller(
      client: client, service: "rembg", fault: { ServiceFault($0, service: $1, model: $2) }, pool: pool)
    self.base = base
    defaultModel = model
  }

  package func offers(_ kind: StepType, hasMask: Bool) -> Bool {
    kind == .backgroundRemove || (kind == .extract && hasMask)
  }

  package func placement(of request: ImageRequest, model: String) -> Placement? {
    Framing(request, fitting: 2048).placement
  }

  package func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    guard offers(request.kind, hasMask: request.mask != nil) else {
      throw ServiceError(.notOffered(request, by: "rembg"))
    }
    let file = try await caller.blocking { () throws(ServiceError) in
      try Prepared(request, Framing(request, fitting: 2048)).file(limit: .max)
    }
    let model = request.model ?? defaultModel
    let call = HTTPRequest(
      .post, base.appending("api/remove"),
      body: .multipart([
        .init("file", filename: "picture.png", contentType: file.type, bytes: file.bytes), .init("model", model),
      ]),
      // The first call of a model downloads its weights.
      connectTimeout: .seconds(2), totalTimeout: .seconds(300), maxResponseBytes: 64 << 20)
    do throws(ServiceFault) {
      let response = try await caller.send(call, model: model)
      guard PictureFormat.detect(response.body) != nil else {
        throw ServiceFault(.malformed, "rembg", ServiceFault.plainWords(response))
      }
      return ImageAnswer(file: response.body, model: model)
    } catch {
      throw ServiceError(error)
    }
  }
}

extension ServiceFault {
  /// A step that the service has nothing for.
  static func notOffered(_ request: ImageRequest, by service: String) -> ServiceFault {
    let how = request.mask == nil ? " without a mask" : ""
    return ServiceFault(
      .badRequest, service, "it does not offer \(request.kind.rawValue)\(how)", mayHaveArrived: false)
  }
}

extension Size {
  /// This size scaled down, if it must be, so that the longer side has at most `side` pixels.
  func fitting(_ side: Int) -> Size {
    let longest = max(width, height)
    guard longest > side else { return self }
    return Size(width: max(1, width * side / longest), height: max(1, height * side / longest))
  }
}
