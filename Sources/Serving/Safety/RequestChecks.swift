import HTTPTypes
import Hummingbird

/// What the head of a request must look like before anybody asks who sent it.
enum RequestChecks {
  /// Refuses what a page of another site has sent through the browser.
  ///
  /// CORS does not: a "simple" POST is carried out and only its answer kept from that page. Every current browser
  /// says where a request comes from, by `Origin` for all but plain GETs and by `Sec-Fetch-Site` (Fetch Metadata,
  /// W3C) always. A person may follow a link to the page itself.
  static func sameSite(_ head: HTTPRequest) throws(APIError) {
    let foreign = APIError(
      .forbidden, "cross_site",
      "This request was sent by another site. Open the page of this service and do it there.")
    let fields = head.headerFields
    if let origin = fields[.origin] {
      guard let authority = head.authority, ["http://\(authority)", "https://\(authority)"].contains(origin) else {
        throw foreign
      }
    }
    if let site = fields[field: "Sec-Fetch-Site"], site != "same-origin", site != "none" {
      let isVisit =
        head.method == .get && fields[field: "Sec-Fetch-Mode"] == "navigate"
        && fields[field: "Sec-Fetch-Dest"] == "document"
      guard isVisit, path(of: head) == "/" else { throw foreign }
    }
  }

  /// Takes bodies as JSON or as multipart/form-data only; what a plain HTML form or a beacon sends is refused.
  static func contentType(_ head: HTTPRequest) throws(APIError) {
    let fields = head.headerFields
    let hasBody = (fields[.contentLength] ?? "0") != "0" || fields[.transferEncoding] != nil
    guard hasBody || fields[.contentType] != nil else { return }
    let type = mediaType(fields[.contentType] ?? "")
    guard type == "application/json" || type == "multipart/form-data" else {
      throw APIError(
        .unsupportedMediaType, "media_type",
        "Send the body as application/json, or a file as multipart/form-data.")
    }
  }

  /// `text/html` of `Text/HTML; charset=…`.
  static func mediaType(_ text: String) -> String {
    let type = text.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    return type.split(separator: " ").joined().lowercased()
  }

  /// Whether a browser sent this: programs send neither field.
  static func isFromBrowser(_ head: HTTPRequest) -> Bool {
    head.headerFields[.origin] != nil || head.headerFields[field: "Sec-Fetch-Site"] != nil
  }

  /// The path without the query.
  static func path(of head: HTTPRequest) -> Substring {
    (head.path ?? "").prefix { $0 != "?" && $0 != "#" }
  }
}

extension HTTPFields {
  /// The field of a name that HTTPTypes has no constant for.
  subscript(field name: String) -> String? {
    get { HTTPField.Name(name).flatMap { self[$0] } }
    set { if let name = HTTPField.Name(name) { self[name] = newValue } }
  }
}
