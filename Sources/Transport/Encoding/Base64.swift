import FoundationEssentials

/// Standard base64 with padding (RFC 4648 section 4).
package func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

/// The bytes of base64 text, line breaks and other foreign characters ignored, or of a `data:` URI's base64
/// (RFC 2397); nil where it is neither.
package func bytes(base64 text: String) -> [UInt8]? {
  var payload = text[...]
  if payload.hasPrefix("data:") {
    guard let comma = payload.firstIndex(of: ","), payload[..<comma].hasSuffix(";base64") else { return nil }
    payload = payload[payload.index(after: comma)...]
  }
  guard let decoded = Data(base64Encoded: String(payload), options: .ignoreUnknownCharacters), !decoded.isEmpty else {
    return nil
  }
  return Array(decoded)
}
