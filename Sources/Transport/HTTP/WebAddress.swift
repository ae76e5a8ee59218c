import CCurl

/// An address that may be asked: https, or plain http on this machine only.
///
/// libcurl's own parser reads it, so what is checked here is what is asked later. No user or password: secrets
/// do not belong in addresses. The description is scheme, host and port only, for errors and logs.
package struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  /// `https` or `http`.
  package let scheme: String
  /// In lower case; an IPv6 address in brackets.
  package let host: String
  /// Nil for the scheme's own.
  package let port: Int?
  /// Path and query; begins with a slash.
  package private(set) var path: String

  /// Throws `.badAddress` for anything else than absolute https, or http to a loopback host.
  package init(_ text: String) throws(TransportError) {
    try self.init(parsing: text)
    guard scheme == "https" || isLoopback else {
      throw TransportError(.badAddress, host: host, detail: "plain http is allowed to this machine only")
    }
  }

  /// Google's metadata server, the one plain service that is reached over the link-local network: `host` is
  /// `metadata.google.internal`, `169.254.169.254` or a loopback `host:port`.
  package init(metadataServer host: String) throws(TransportError) {
    try self.init(parsing: "http://\(host)/")
    guard isLoopback || ["metadata.google.internal", "169.254.169.254"].contains(self.host) else {
      throw TransportError(.badAddress, host: self.host, detail: "this is no metadata server")
    }
  }

  private init(parsing text: String) throws(TransportError) {
    var parsed = ccurl_address()
    let isClean = text.utf8.allSatisfy { $0 > 32 && $0 < 127 } && text.utf8.count <= 4096
    guard isClean, ccurl_parse(text, &parsed) == 1 else {
      throw TransportError(.badAddress, host: "", detail: "it does not read as https://host/path")
    }
    defer { ccurl_free_address(&parsed) }
    scheme = String(cString: parsed.scheme)
    host = String(cString: parsed.host).lowercased()
    port = parsed.port.flatMap { Int(String(cString: $0)) }
    path = String(cString: parsed.path)
    guard parsed.user == nil else {
      throw TransportError(.badAddress, host: host, detail: "it holds a user name or password")
    }
  }

  /// Whether the host can only be this machine (RFC 1122 3.2.1.3, RFC 4291 2.5.3, RFC 6761 6.3).
  package var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
  }

  /// The whole address.
  package var text: String { description + path }

  package var description: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }

  /// Whether both are the same scheme, host and port (RFC 6454 section 4).
  package func hasOrigin(of other: WebAddress) -> Bool {
    let standard = scheme == "https" ? 443 : 80
    return scheme == other.scheme && host == other.host && (port ?? standard) == (other.port ?? standard)
  }

  /// This address with `suffix`, which is ASCII and escaped already, after its path: `/v1` and `models` make `/v1/models`.
  package func appending(_ suffix: String) -> WebAddress {
    var longer = self
    while longer.path.hasSuffix("/") { longer.path.removeLast() }
    longer.path += suffix.hasPrefix("/") ? suffix : "/" + suffix
    return longer
  }

  /// This address with `query`, which is escaped already, after what query it has.
  package func appending(query: String) -> WebAddress {
    var longer = self
    longer.path += (path.contains("?") ? "&" : "?") + query
    return longer
  }

  /// `text` escaped for use as one path segment (RFC 3986 section 2.3), so that it adds no slash, query or fragment.
  package static func segment(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        escaped += "%" + (digits.count == 1 ? "0" + digits : digits)
      }
    }
    return escaped
  }
}
