package import Imaging
package import Model
package import Transport

/// Something that makes pictures: the plug-in point of SceneHF.
///
/// A conformer answers one request with one picture file and decides nothing: which step runs, how often,
/// what passes and what is paid for is `Running`'s business. It MUST be safe to call from several tasks at
/// once, MUST NOT block the cooperative pool, and throws a `ServiceError` that says what may be done about it.
package protocol ImageService: Sendable {
  /// The name in `image_provider` and in edit files, for example `local`.
  var name: String { get }
  /// The model that answers when a request names none.
  var defaultModel: String { get }
  /// Whether a call costs money or quota and so is journalled and counted against the budgets.
  var isPaid: Bool { get }
  /// Whether it can do a step of this type, with or without a mask that says where.
  func offers(_ kind: StepType, hasMask: Bool) -> Bool
  /// The full text that is sent with the request.
  func wording(of request: ImageRequest) -> String
  /// Where the pixels of the answer of `model` to `request` belong; nil where the picture is sent as it is. It follows
  /// from the request alone, so that it is the same for an answer that is found again after a crash.
  func placement(of request: ImageRequest, model: String) -> Placement?
  /// One picture for one request.
  func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer
}

extension ImageService {
  package func offers(_ kind: StepType, hasMask: Bool) -> Bool {
    [.extract, .remove, .backgroundRemove].contains(kind)
  }

  package func wording(of request: ImageRequest) -> String { request.prompt }

  package func placement(of request: ImageRequest, model: String) -> Placement? { nil }
}

/// What a step asks of a service.
package struct ImageRequest: Sendable {
  package var kind: StepType
  /// The picture to work on, upright.
  package var picture: Picture
  /// What to work on: the object of an EXTRACT, the hole of a REMOVE. Of the picture's size.
  package var mask: Mask?
  /// Whether a person drew the mask, so that it is to be taken at its word.
  package var maskIsManual: Bool
  /// What the embedded planner saw more finely than the mask says, for the embedded engine: of an EXTRACT the
  /// object's soft matte, of a REMOVE what else is no background.
  package var guide: Matte?
  package var prompt: String
  package var model: String?
  /// From 0, counted over all tries of the step: a deterministic service answers each differently.
  package var attempt: Int
  /// Width over height, for REFRAME.
  package var aspect: Double
  /// The ticket of the same call from before a crash: a service that gives tickets asks for its answer instead of
  /// making the call again.
  package var ticket: String?
  /// Where a service that takes calls first and answers them later puts its ticket as soon as it has one.
  package var keepTicket: @Sendable (String) async throws -> Void = { _ in }

  package init(
    kind: StepType, picture: Picture, mask: Mask? = nil, maskIsManual: Bool = false, prompt: String,
    model: String? = nil, attempt: Int = 0, aspect: Double = 16.0 / 9
  ) {
    self.kind = kind
    self.picture = picture
    self.mask = mask
    self.maskIsManual = maskIsManual
    self.prompt = prompt
    self.model = model
    self.attempt = attempt
    self.aspect = aspect
  }
}

/// What a service answered, as it came: nothing is mended here.
package struct ImageAnswer: Sendable {
  /// A whole picture file of a format that Imaging reads.
  package var file: [UInt8]
  package var model: String
  /// The vendor's id of the call.
  package var requestID: String?
  /// In US dollars, where known.
  package var cost: Double?
  /// A sentence for the person about how the request was understood, where there is something to say.
  package var note: String?

  package init(
    file: [UInt8], model: String, requestID: String? = nil, cost: Double? = nil, note: String? = nil
  ) {
    self.file = file
    self.model = model
    self.requestID = requestID
    self.cost = cost
    self.note = note
  }
}

/// Why a service gave no picture, sorted by what can be done about it.
package struct ServiceError: Error, Sendable, Hashable, CustomStringConvertible {
  package typealias Remedy = ServiceFault.Remedy

  package var remedy: Remedy
  /// One sentence that ends with what to do.
  package var description: String
  /// What a service over the network did; nil for one on this machine.
  package var fault: ServiceFault?

  package init(_ remedy: Remedy, _ description: String) {
    self.remedy = remedy
    self.description = description
  }

  package init(_ fault: ServiceFault) {
    remedy = fault.remedy
    description = fault.description
    self.fault = fault
  }
}
