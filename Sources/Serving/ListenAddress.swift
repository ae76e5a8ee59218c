/// Where the HTTP face listens: `HOST:PORT`.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// Without brackets.
  package let host: String
  /// 0 leaves the choice to the kernel.
  package let port: Int

  /// Reads `127.0.0.1:8765`, `localhost:8765`, `[::1]:8765` or, on loopback, `:8765`.
  package init(_ text: String) throws(ServingError) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { throw .badAddress(text) }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".:-".contains($0)) }) else {
      throw .badAddress(text)
    }
    self.host = host.isEmpty ? "127.0.0.1" : host.lowercased()
    self.port = port
  }

  /// Whether only programs on this computer can connect.
  package var isLoopback: Bool { HostNames.isLoopback(host) }

  package var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
