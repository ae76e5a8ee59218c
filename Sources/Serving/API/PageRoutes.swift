import HTTPTypes
import Hummingbird
import Model
import Running

/// The page, its files and the description of the API: all of them are in the program itself.
extension API {
  /// `GET /`: the page, with the cookie that lets it act. `/?token=…` trades the token for the cookie, so that the
  /// token does not stay in the address bar.
  func page(_ request: Request, _ visit: Visit) throws -> Response {
    if request.uri.queryParameters["token"] != nil {
      return Response(status: .seeOther, headers: [.location: "/", .setCookie: access.cookie(on: visit.channel)])
    }
    var response = Self.file(PackageResources.page_html, "text/html; charset=utf-8", request)
    response.headers[.setCookie] = access.cookie(on: visit.channel)
    return response
  }

  /// `GET /page/{file}`.
  func pageFile(_ request: Request, _ visit: Visit) throws -> Response {
    guard let (bytes, type) = Self.files[visit.parameters.get("file") ?? ""] else {
      throw APIError(.notFound, "no_such_file", "The page has no such file.")
    }
    return Self.file(bytes, type, request)
  }

  /// `GET /api/openapi.json`.
  func document(_ request: Request) -> Response {
    Self.file(PackageResources.openapi_json, "application/json", request)
  }

  /// `GET /api/providers`: who plans and who can make pictures.
  func providers() -> Response {
    Answer.json(
      Providers(
        planner: workshop.settings.plannerProvider, image: workshop.settings.imageProvider,
        imageProviders: workshop.serviceModels.map { Providers.Service(name: $0.name, defaultModel: $0.model) }))
  }

  private struct Providers: Encodable {
    struct Service: Encodable {
      let name: String
      let defaultModel: String

      private enum CodingKeys: String, CodingKey {
        case name
        case defaultModel = "default_model"
      }
    }

    let planner: String
    let image: String
    let imageProviders: [Service]

    private enum CodingKeys: String, CodingKey {
      case planner, image
      case imageProviders = "image_providers"
    }
  }

  private static let script = "text/javascript; charset=utf-8"
  private static let files: [String: (bytes: [UInt8], type: String)] = [
    "page.css": (PackageResources.page_css, "text/css; charset=utf-8"),
    "icon.svg": (PackageResources.icon_svg, "image/svg+xml"),
    "app.js": (PackageResources.app_js, script),
    "service.js": (PackageResources.service_js, script),
    "timeline.js": (PackageResources.timeline_js, script),
    "preview.js": (PackageResources.preview_js, script),
    "painting.js": (PackageResources.painting_js, script),
    "actions.js": (PackageResources.actions_js, script),
  ]

  private static func file(_ bytes: [UInt8], _ type: String, _ request: Request) -> Response {
    let tag = "\"\(Fingerprint.of(bytes))\""
    let fields: HTTPFields = [.contentType: type, .eTag: tag, .cacheControl: "no-cache"]
    if Answer.isKnown(tag, to: request) { return Response(status: .notModified, headers: fields) }
    return Response(status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
