import HTTPTypes
import Hummingbird
import NIOCore

/// A request on its way through the router, with the connection it came by.
struct Visit: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}

/// What every request passes on its way in, in this order, and every answer on its way out.
struct Gate: RouterMiddleware {
  let names: HostNames
  let access: Access

  typealias Context = Visit

  func handle(
    _ request: Request, context: Visit, next: @concurrent (Request, Visit) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      try names.check(request.head)
      try RequestChecks.sameSite(request.head)
      try RequestChecks.contentType(request.head)
      try await access.check(request.head, on: context.channel)
      response = try await next(request, context)
    } catch {
      let refusal = APIError(error, method: request.method, path: RequestChecks.path(of: request.head))
      response = refusal.response
      if Self.mayHaveUnreadBody(request.head) {
        // What is still arriving is read for a moment, so that the refusal gets through, but not for ever.
        response.headers[.connection] = "close"
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
      }
    }
    Self.harden(&response.headers)
    return response
  }

  /// A body so small that nobody minds reading it to its end, in bytes.
  private static let smallBody = 64 * 1024
  /// How long a refused body may go on.
  private static let lingering = TimeAmount.seconds(2)

  private static func mayHaveUnreadBody(_ head: HTTPRequest) -> Bool {
    let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
    return head.headerFields[.transferEncoding] != nil || length > smallBody
  }

  /// Only our own files, nothing inline, nothing from elsewhere, in nobody's frame (Content Security Policy Level 3).
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static func harden(_ fields: inout HTTPFields) {
    fields[.contentSecurityPolicy] = policy
    fields[.xContentTypeOptions] = "nosniff"
    fields[.crossOriginResourcePolicy] = "same-origin"
    fields[field: "Cross-Origin-Opener-Policy"] = "same-origin"
    fields[field: "Referrer-Policy"] = "no-referrer"
    if fields[.cacheControl] == nil { fields[.cacheControl] = "no-store" }
  }
}
