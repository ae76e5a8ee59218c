/// One call to a service, as a value.
package struct HTTPRequest: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  /// What is sent along.
  package enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// multipart/form-data (RFC 7578); libcurl makes the boundary and the Content-Type.
    case multipart([Part])
    /// Streamed from the regular file at this path.
    case file(String)
  }

  /// Where the body of a 2xx answer goes; other bodies are kept in memory, at most 1 MiB of them.
  package enum Sink: Sendable {
    case memory
    /// A new or emptied file at this path, readable by its owner only. Not durable: the caller syncs it.
    case file(String)
  }

  /// One part of a form.
  package struct Part: Sendable {
    package var name: String
    /// Nil for a plain field.
    package var filename: String?
    package var contentType: String?
    package var bytes: [UInt8]

    /// A plain field.
    package init(_ name: String, _ value: String) {
      self.name = name
      bytes = Array(value.utf8)
    }

    /// A file.
    package init(_ name: String, filename: String, contentType: String, bytes: [UInt8]) {
      self.name = name
      self.filename = filename
      self.contentType = contentType
      self.bytes = bytes
    }
  }

  package var method: Method
  package var url: WebAddress
  package var headers: [HTTPHeader]
  package var body: Body
  package var connectTimeout: Duration
  /// From the start of the call to the last byte.
  package var totalTimeout: Duration
  /// A longer body ends the call with `.tooLarge`.
  package var maxResponseBytes: Int
  package var sink: Sink

  package init(
    _ method: Method, _ url: WebAddress, headers: [HTTPHeader] = [], body: Body = .none,
    connectTimeout: Duration = .seconds(10), totalTimeout: Duration = .seconds(120),
    maxResponseBytes: Int = 8 << 20, sink: Sink = .memory
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.maxResponseBytes = maxResponseBytes
    self.sink = sink
  }
}

/// One header line of a request. Printing it never shows a secret.
package struct HTTPHeader: Sendable, CustomStringConvertible {
  package let name: String
  private let text: String
  private let secret: Secret?

  package init(_ name: String, _ value: String) {
    self.name = name
    text = value
    secret = nil
  }

  /// A header that ends with a secret, such as `Authorization: Bearer …` with `scheme` `Bearer`.
  package init(_ name: String, scheme: String? = nil, _ secret: Secret) {
    self.name = name
    text = scheme.map { $0 + " " } ?? ""
    self.secret = secret
  }

  /// As it is sent; nil where a line break or another control character would let the value forge further lines.
  var line: String? {
    let line = "\(name): \(text)\(secret?.revealed ?? "")"
    return line.utf8.allSatisfy { $0 >= 32 && $0 != 127 } ? line : nil
  }

  package var description: String { "\(name): \(text)\(secret.map { "\($0)" } ?? "")" }
}
