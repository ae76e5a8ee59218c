import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model

/// The forms in which answers leave.
enum Answer {
  /// One JSON document in the web tool's spelling.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    guard let bytes = try? encoder().encode(value) else {
      return APIError(.internalServerError, "not_encodable", "The answer could not be written. Please report this.")
        .response
    }
    return bytes.withUnsafeBytes { bytes in
      let body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
      return Response(status: status, headers: [.contentType: "application/json"], body: body)
    }
  }

  /// The same, but 304 for who has this very document already (RFC 9110, section 13.1.2).
  static func json(_ value: some Encodable, for request: Request) throws -> Response {
    let bytes = try encoder().encode(value)
    let tag = "\"\(Fingerprint.of(bytes))\""
    var fields: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
    if isKnown(tag, to: request) { return Response(status: .notModified, headers: fields) }
    fields[.contentType] = "application/json"
    return Response(status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func noContent() -> Response { Response(status: .noContent) }

  /// Whether `If-None-Match` names the tag.
  static func isKnown(_ tag: String, to request: Request) -> Bool {
    guard let field = request.headers[.ifNoneMatch] else { return false }
    return field.split(separator: ",").contains { part in
      let named = part.drop { $0 == " " }.prefix { $0 != " " }
      return named == "*" || named == tag || named == "W/\(tag)"
    }
  }

  private static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
