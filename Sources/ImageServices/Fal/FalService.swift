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
    do throws(ServiceFault) {
      let kept = request.ticket.flatMap { queue.ticket($0) }
      let ticket = if let kept { kept } else { try await submit(request) }
      let output = try await queue.output(of: ticket)
      do {
        let file = try await queue.picture(in: output, model: ticket.model)
        return ImageAnswer(file: file, model: ticket.model, requestID: ticket.requestID)
      } catch {
        throw error.spent(ticket.requestID)
      }
    } catch {
      throw ServiceError(error)
    }
  }

  /// Sends the pictures and hands the call over; its ticket is kept before anything is waited for.
  private func submit(_ request: ImageRequest) async throws(ServiceFault) -> FalQueue.Ticket {
    let kind: FalModel = request.kind == .remove ? .eraser : .background
    let model = request.model ?? (kind == .eraser ? eraser : background)
    let (file, mask) = try await caller.blocking { () throws(ServiceFault) in
      try Self.files(request, withMask: kind == .eraser)
    }
    let picture = try await queue.reference(to: file.bytes, type: file.type)
    var maskReference: String?
    if let mask { maskReference = try await queue.reference(to: mask, type: "image/png") }
    let input = kind.input(model: model, picture: picture, mask: maskReference)
    let ticket = try await queue.submit(model, input: input)
    do {
      try await request.keepTicket(ticket.text)
    } catch {
      throw ServiceFault(.malformed, "fal", "its ticket could not be kept: \(error)").spent(ticket.requestID)
    }
    return ticket
  }

  /// The background models look at 1024 pixels; the erasers paint what they are given.
  private static func files(
    _ request: ImageRequest, withMask: Bool
  ) throws(ServiceFault) -> (file: (bytes: [UInt8], type: String), mask: [UInt8]?) {
    do throws(ServiceError) {
      let prepared = Prepared(request, Framing(request, fitting: 2048))
      return (try prepared.file(limit: .max), withMask ? try prepared.maskFile() : nil)
    } catch {
      throw ServiceFault(.badRequest, "fal", error.description, mayHaveArrived: false)
    }
  }
}
