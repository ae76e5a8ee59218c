/// Why the HTTP face cannot be served; each sentence ends with what to do.
package enum ServingError: Error, Sendable, Hashable, CustomStringConvertible {
  case badAddress(String)
  case notListening(ListenAddress, detail: String)

  package var description: String {
    switch self {
    case .badAddress(let text):
      "\"\(text)\" is not an address to listen on. Give HOST:PORT, such as 127.0.0.1:8765 or [::1]:8765."
    case .notListening(let address, let detail):
      "The page cannot be served on \(address) (\(detail)). Stop what listens there, or give another --http HOST:PORT."
    }
  }
}
