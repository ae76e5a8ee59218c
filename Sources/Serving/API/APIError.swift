import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Running
import Storage

/// The one form in which a request is refused: a status, a code for programs and a sentence for people.
struct APIError: Error {
  let status: HTTPResponse.Status
  let code: String
  let detail: String
  let fields: HTTPFields

  init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, _ fields: HTTPFields = [:]) {
    self.status = status
    self.code = code
    self.detail = detail
    self.fields = fields
  }

  /// What any error of the parts below means to the sender of a request.
  init(_ error: any Error, method: HTTPRequest.Method, path: Substring) {
    switch error {
    case let error as APIError: self = error
    case let error as StorageError: self.init(error)
    case let error as RunningError: self.init(error)
    case let error as HTTPError where error.status == .notFound:
      let allowed = Route.methods(at: path)
      if allowed.isEmpty {
        self.init(.notFound, "no_such_route", "There is nothing here. GET /api/openapi.json lists what there is.")
      } else {
        self.init(
          .methodNotAllowed, "method_not_allowed", "\(method.rawValue) is not possible here.",
          [.allow: allowed.joined(separator: ", ")])
      }
    case is NIOTooManyBytesError:
      self.init(.contentTooLarge, "too_large", "The body is too large. Send less.")
    case let error as HTTPError: self.init(error.status, "bad_request", error.body ?? "This request cannot be read.")
    default: self.init(.internalServerError, "internal", "\(error)")
    }
  }

  private init(_ error: StorageError) {
    switch error {
    case .noSuchJob: self.init(.notFound, "no_such_job", "\(error)")
    case _ where error.concernsDisk: self.init(.serviceUnavailable, "disk", "\(error)", [.retryAfter: "5"])
    default: self.init(.internalServerError, "storage", "\(error)")
    }
  }

  private init(_ error: RunningError) {
    switch error {
    case .stepVanished: self.init(.notFound, "no_such_step", "\(error)")
    case .assetMissing: self.init(.notFound, "no_such_asset", "\(error)")
    case .unknownService: self.init(.unprocessableContent, "no_such_service", "\(error)")
    default: self.init(.conflict, "not_possible", "\(error)")
    }
  }

  /// `{"code": …, "detail": …}`.
  var bytes: ByteBuffer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(Body(code: code, detail: detail))).map { ByteBuffer(bytes: $0) } ?? ByteBuffer()
  }

  var response: Response {
    var response = Response(
      status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: bytes))
    for field in fields { response.headers[field.name] = field.value }
    return response
  }

  private struct Body: Encodable {
    let code: String
    let detail: String
  }
}
