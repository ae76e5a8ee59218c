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
      response = APIError(error, method: request.method, path: RequestChecks.path(of: request.head)).response
    }
    Self.harden(&response.headers)
    return response
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
