import FoundationEssentials

/// Standard base64 with padding (RFC 4648 section 4).
package func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

/// The bytes of base64 text in either alphabet (RFC 4648 sections 4 and 5), with or without padding and line breaks, or
/// of a `data:` URI's base64 (RFC 2397). Nil where it is neither, or empty.
package func bytes(base64 text: String) -> [UInt8]? {
  var payload = text[...]
  if payload.hasPrefix("data:") {
    guard let comma = payload.firstIndex(of: ","), payload[..<comma].hasSuffix(";base64") else { return nil }
    payload = payload[payload.index(after: comma)...]
  }
  var clean: [UInt8] = []
  clean.reserveCapacity(payload.utf8.count + 3)
  for byte in payload.utf8 {
    switch byte {
    case UInt8(ascii: "-"): clean.append(UInt8(ascii: "+"))
    case UInt8(ascii: "_"): clean.append(UInt8(ascii: "/"))
    case 9, 10, 13, 32: continue
    default: clean.append(byte)
    }
  }
  while clean.count % 4 != 0 { clean.append(UInt8(ascii: "=")) }
  guard let decoded = Data(base64Encoded: Data(clean)), !decoded.isEmpty else { return nil }
  return Array(decoded)
}
