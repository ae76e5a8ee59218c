package import Blocking
import Imaging
package import Model
package import Transport

/// Background removal and erasing by models on fal.ai, through fal's queue.
///
/// A call is submitted once and then asked for until it is done; what it costs is spent at the submission, so faults
/// while asking are waited out here and never lead to a second one. A call that is given up is cancelled at fal.
package struct FalService: ImageService {
  package let name = "fal"
  package let isPaid = true
  private let background: String
  private let eraser: String
  private let queue: FalQueue
  private let caller: Caller

  /// `base` is `https://queue.fal.run`; `background` and `eraser` are models such as `fal-ai/birefnet/v2`.
  package init(
    client: HTTPClient, key: Secret, base: WebAddress, background: String, eraser: String, pool: BlockingPool
  ) {
    caller = Caller(
      client: client, service: "fal", fault: { ServiceFault(fal: $0, service: $1, model: $2) }, pool: pool)
    queue = FalQueue(caller: caller, key: key, base: base)
    self.background = background
    self.eraser = eraser
  }

  package var defaultModel: String { background }

  package func offers(_ kind: StepType, hasMask: Bool) -> Bool {
    switch kind {
    case .backgroundRemove: true
    case .extract, .remove: hasMask
    default: false
    }
  }

  package func placement(of request: ImageRequest, model: String) -> Placement? {
    Framing(request, fitting: 2048).placement
  }

  package func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    guard offers(request.kind, hasMask: request.mask != nil) else {
      throw ServiceError(.notOffered(request, by: "fal"))
    }
    let kind: FalModel = request.kind == .remove ? .eraser : .background
    let model = request.model ?? (kind == .eraser ? eraser : background)
    let (file, mask) = try await caller.blocking { () throws(ServiceError) in
      // The background models look at 1024 pixels; the erasers paint what they are given.
      let prepared = Prepared(request, Framing(request, fitting: 2048))
      let mask = kind == .eraser ? try prepared.maskFile() : nil
      return (try prepared.file(limit: .max), mask)
    }
    do throws(ServiceFault) {
      let picture = try await queue.reference(to: file.bytes, type: file.type)
      var maskReference: String?
      if let mask { maskReference = try await queue.reference(to: mask, type: "image/png") }
      let input = kind.input(model: model, picture: picture, mask: maskReference)
      let (output, requestID) = try await queue.run(model, input: input)
      let answer: [UInt8]
      do {
        answer = try await queue.picture(in: output, model: model)
      } catch {
        throw error.spent(requestID)
      }
      return ImageAnswer(file: answer, model: model, requestID: requestID)
    } catch {
      throw ServiceError(error.withoutOtherModel)
    }
  }
}
