package import Blocking
import Imaging
package import Model
package import Transport

/// Filling of holes by an IOPaint server, usually on this machine: whichever model it was started with.
package struct IOPaintService: ImageService {
  package let name = "iopaint"
  package let isPaid = false
  package let defaultModel = "iopaint"
  private let caller: Caller
  private let base: WebAddress

  package init(client: HTTPClient, base: WebAddress, pool: BlockingPool) {
    caller = Caller(
      client: client, service: "IOPaint", fault: { ServiceFault($0, service: $1, model: $2) }, pool: pool)
    self.base = base
  }

  package func offers(_ kind: StepType, hasMask: Bool) -> Bool {
    (kind == .remove && hasMask) || kind == .reframe
  }

  package func placement(of request: ImageRequest, model: String) -> Placement? {
    Framing(request, fitting: 2048).placement
  }

  package func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    guard offers(request.kind, hasMask: request.mask != nil) else {
      throw ServiceError(.notOffered(request, by: "IOPaint"))
    }
    let body = try await caller.blocking { () throws(ServiceError) in
      let prepared = Prepared(request, Framing(request, fitting: 2048))
      let file = try prepared.file(limit: .max)
      let mask = try prepared.maskFile() ?? []
      // The server ignores what it does not know and keeps what lies outside the mask if told so.
      let body: JSONValue = .object([
        "image": .string(base64(file.bytes)), "mask": .string(base64(mask)), "hd_strategy": "Crop",
        "prompt": .string(request.prompt), "sd_seed": .integer(42 + request.attempt), "sd_keep_unmasked_area": true,
      ])
      return body.json
    }
    let call = HTTPRequest(
      .post, base.appending("api/v1/inpaint"), headers: [HTTPHeader("Content-Type", "application/json")],
      body: .bytes(body), connectTimeout: .seconds(2), totalTimeout: .seconds(300), maxResponseBytes: 64 << 20)
    do throws(ServiceFault) {
      let response = try await caller.send(call, model: defaultModel)
      guard PictureFormat.detect(response.body) != nil else {
        throw ServiceFault(.malformed, "IOPaint", ServiceFault.plainWords(response))
      }
      return ImageAnswer(
        file: response.body, model: defaultModel, requestID: response.headers["x-seed"].map { "seed \($0)" })
    } catch {
      throw ServiceError(error)
    }
  }
}
