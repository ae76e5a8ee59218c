import HTTPTypes

/// The names under which the face may be addressed.
///
/// A page elsewhere can make its own name resolve to 127.0.0.1 (DNS rebinding) and is then, for the browser, of the
/// same origin as we. Only the `Host` header tells: it carries the name in the address bar. So a request for
/// any other name is refused before anything else is looked at. The port does not matter: no port makes a
/// foreign name ours.
struct HostNames: Sendable {
  private let names: Set<String>

  /// Loopback names, the address listened on, and `extra`, which a person has given.
  init(listening address: ListenAddress, extra: [String] = []) {
    var names: Set<String> = ["localhost", "127.0.0.1", "::1"]
    if !["0.0.0.0", "::"].contains(address.host) { names.insert(address.host) }
    self.names = names.union(extra.map { $0.lowercased() })
  }

  /// Throws unless the request's authority, its `Host`, is one of the names.
  func check(_ head: HTTPRequest) throws(APIError) {
    // A second Host stays among the fields.
    guard head.headerFields[field: "Host"] == nil, let authority = head.authority, let name = Self.name(of: authority),
      names.contains(name)
    else {
      throw APIError(
        .misdirectedRequest, "host_not_allowed",
        "This service does not answer to that host name. Use http://127.0.0.1 or the name it was started with.")
    }
  }

  /// The host of `host:port` in lower case, brackets taken off; nil if it is none.
  static func name(of authority: String) -> String? {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || isPort(rest) else { return nil }
      return authority[authority.index(after: authority.startIndex)..<end].lowercased()
    }
    guard let colon = authority.firstIndex(of: ":") else { return authority.lowercased() }
    guard isPort(authority[colon...]) else { return nil }
    return authority[..<colon].lowercased()
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.first == ":" && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
  }

  static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
