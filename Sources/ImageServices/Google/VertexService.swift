package import Blocking
import Imaging
package import Model
package import Transport

/// Pictures from Vertex AI: the Gemini models of a Google Cloud project, and Imagen's mask editing for projects that
/// still have it.
package struct VertexService: ImageService {
  package let name = "vertex"
  package let isPaid = true
  let caller: Caller
  let project: Project
  private let tokens: TokenSource
  private let models: ModelList
  private let imagen: String?

  /// Where the models are and who pays.
  package struct Project: Sendable {
    package var id: String
    /// `us-central1`, `global`, `us`, `eu`, …
    package var location: String
    /// Nil follows the location.
    package var base: WebAddress?
    package var quotaProject: String?

    package init(id: String, location: String, base: WebAddress? = nil, quotaProject: String? = nil) {
      self.id = id
      self.location = location
      self.base = base
      self.quotaProject = quotaProject
    }

    /// The project's address in its location; reading it costs nothing.
    package func address() throws(TransportError) -> WebAddress {
      let base = if let base { base } else { try WebAddress("https://\(Self.host(of: location))") }
      return base.appending("v1/projects/\(WebAddress.segment(id))/locations/\(WebAddress.segment(location))")
    }

    /// Google's hosts for regions, the global location and the two multi-regions.
    static func host(of location: String) -> String {
      switch location {
      case "global": "aiplatform.googleapis.com"
      case "us", "eu": "aiplatform.\(location).rep.googleapis.com"
      default: "\(WebAddress.segment(location))-aiplatform.googleapis.com"
      }
    }
  }

  /// `imagen` names an Imagen model for REMOVE with a mask; nil where the project has none, as all new ones.
  package init(
    client: HTTPClient, tokens: TokenSource, project: Project, models: [String], imagen: String? = nil,
    pool: BlockingPool
  ) {
    caller = Caller(
      client: client, service: "Vertex AI", fault: { ServiceFault(google: $0, service: $1, model: $2) }, pool: pool)
    self.tokens = tokens
    self.project = project
    self.models = ModelList(models)
    self.imagen = imagen
  }

  package var defaultModel: String { models.current }

  package func offers(_ kind: StepType, hasMask: Bool) -> Bool { kind != .analyze && kind != .upscale }

  package func wording(of request: ImageRequest) -> String {
    isEdit(request) ? request.prompt : Wording.withMarkedPicture(request)
  }

  package func placement(of request: ImageRequest, model: String) -> Placement? {
    (model == imagen ? Self.editFraming(request) : GeminiPicture.framing(request, model: model)).placement
  }

  package func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    guard offers(request.kind, hasMask: request.mask != nil) else {
      throw ServiceError(.notOffered(request, by: "Vertex AI"))
    }
    if let imagen, isEdit(request) {
      return try await edit(request, model: imagen)
    }
    let output: [String: JSONValue] = ["imageOutputOptions": .object(["mimeType": "image/png"])]
    return try await GeminiPicture.answer(to: request, of: models, by: caller, output: output) {
      (model, body) throws(ServiceFault) in
      try await call("generateContent", model: model, body: body, timeout: .seconds(180))
    }
  }

  /// Whether Imagen's mask editing does it.
  private func isEdit(_ request: ImageRequest) -> Bool {
    imagen != nil && request.kind == .remove && request.mask != nil && request.model ?? imagen == imagen
  }

  /// One call; a token that is not accepted is replaced once.
  func call(
    _ verb: String, model: String, body: [UInt8], timeout: Duration
  ) async throws(ServiceFault) -> (JSONValue, HTTPResponse) {
    let address = try address(of: model, verb: verb)
    let token = try await tokens.token()
    do {
      return try await send(body, to: address, token: token, model: model, timeout: timeout)
    } catch {
      guard error.status == 401 else { throw error }
      await tokens.drop(token)
      return try await send(body, to: address, token: try await tokens.token(), model: model, timeout: timeout)
    }
  }

  private func send(
    _ body: [UInt8], to address: WebAddress, token: Secret, model: String, timeout: Duration
  ) async throws(ServiceFault) -> (JSONValue, HTTPResponse) {
    var headers = [
      HTTPHeader("Content-Type", "application/json"), HTTPHeader("Authorization", scheme: "Bearer", token),
    ]
    if let payer = project.quotaProject { headers.append(HTTPHeader("x-goog-user-project", payer)) }
    return try await caller.json(
      HTTPRequest(
        .post, address, headers: headers, body: .bytes(body), totalTimeout: timeout, maxResponseBytes: 64 << 20),
      model: model)
  }

  private func address(of model: String, verb: String) throws(ServiceFault) -> WebAddress {
    do throws(TransportError) {
      return try project.address().appending("publishers/google/models/\(WebAddress.segment(model)):\(verb)")
    } catch {
      throw ServiceFault(error, service: "Vertex AI")
    }
  }
}
