import Blocking
import Model
package import Transport

/// Access tokens for Google Cloud: fetched when needed, kept until shortly before they end, and by one call at a
/// time however many ask.
package actor TokenSource {
  /// A token and when it ends, in seconds since 1970.
  private struct Token {
    var secret: Secret
    var end: Double
  }

  private enum State {
    case none
    case fetching(Task<Token, any Error>)
    case known(Token)
  }

  private let credentials: GoogleCredentials
  private let client: HTTPClient
  private var state = State.none

  /// A token that ends sooner than this is not used any more (google-auth's threshold, 3 min 45 s).
  private static let margin = 225.0
  private static let backOff = BackOff(tries: 3)
  private static let service = "Google Cloud"

  package init(_ credentials: GoogleCredentials, client: HTTPClient) {
    self.credentials = credentials
    self.client = client
  }

  /// A token that is good for some minutes yet. Its faults say that the call it is for was not sent: nothing is charged.
  package func token() async throws(ServiceFault) -> Secret {
    let fetch: Task<Token, any Error>
    switch state {
    case .known(let token) where token.end - secondsSince1970() > Self.margin: return token.secret
    case .fetching(let running): fetch = running
    case .none, .known:
      // A task of its own: whoever asked first may be cancelled while others wait for the same token.
      fetch = Task { try await Self.fetch(credentials, client) }
      state = .fetching(fetch)
    }
    do {
      let token = try await fetch.value
      if case .fetching(fetch) = state { state = .known(token) }
      return token.secret
    } catch {
      if case .fetching(fetch) = state { state = .none }
      var fault = error as? ServiceFault ?? ServiceFault(.transient, Self.service, "\(error)")
      fault.mayHaveArrived = false
      throw fault
    }
  }

  /// Forgets `secret`, which a service did not accept; a newer token stays.
  package func drop(_ secret: Secret) {
    if case .known(let token) = state, token.secret == secret { state = .none }
  }

  private static func fetch(_ credentials: GoogleCredentials, _ client: HTTPClient) async throws -> Token {
    for made in 1... {
      do throws(ServiceFault) {
        return try await fetchOnce(credentials, client)
      } catch {
        guard let wait = backOff.wait(after: error, made: made) else { throw error }
        try await Task.sleep(for: .seconds(wait))
      }
    }
    throw ServiceFault(.transient, service, "no token")
  }

  private static func fetchOnce(
    _ credentials: GoogleCredentials, _ client: HTTPClient
  ) async throws(ServiceFault) -> Token {
    let request = try request(for: credentials)
    let response: HTTPResponse
    do {
      response = try await client.send(request)
    } catch {
      throw ServiceFault(error, service: service)
    }
    let body = JSONValue(json: response.body)
    guard response.isSuccess else { throw fault(response, body) }
    if case .metadata = credentials, response.headers["metadata-flavor"] != "Google" {
      throw ServiceFault(.auth, service, "what answers at the metadata server's address is no metadata server")
    }
    // `expires_in` comes as a number or as text.
    let seconds = body?["expires_in"]?.double ?? body?["expires_in"]?.text.flatMap(Double.init)
    guard let secret = body?["access_token"]?.text.flatMap(Secret.init), let seconds else {
      throw ServiceFault(.malformed, service, "its token cannot be read")
    }
    return Token(secret: secret, end: secondsSince1970() + seconds)
  }

  private static func request(for credentials: GoogleCredentials) throws(ServiceFault) -> HTTPRequest {
    do {
      switch credentials {
      case .serviceAccount(let account):
        let assertion = try Assertion.signed(by: account, now: Int(secondsSince1970()))
        return form(
          try WebAddress(account.tokenAddress),
          [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.revealed)])
      case .authorizedUser(let user):
        return form(
          try WebAddress(user.tokenAddress),
          [
            ("grant_type", "refresh_token"), ("client_id", user.clientID),
            ("client_secret", user.clientSecret.revealed), ("refresh_token", user.refreshToken.revealed),
          ])
      case .metadata(let host):
        let path =
          "computeMetadata/v1/instance/service-accounts/default/token"
          + "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform"
        return HTTPRequest(
          .get, try WebAddress(metadataServer: host).appending(path),
          headers: [HTTPHeader("Metadata-Flavor", "Google")], connectTimeout: .seconds(3), totalTimeout: .seconds(3),
          maxResponseBytes: 1 << 20)
      }
    } catch let error as TransportError {
      throw ServiceFault(error, service: service)
    } catch let error as ServiceFault {
      throw error
    } catch {
      throw ServiceFault(.badRequest, service, "\(error)", mayHaveArrived: false)
    }
  }

  private static func form(_ address: WebAddress, _ fields: [(String, String)]) -> HTTPRequest {
    let text = fields.map { "\($0.0)=\(WebAddress.segment($0.1))" }.joined(separator: "&")
    return HTTPRequest(
      .post, address, headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
      body: .bytes(Array(text.utf8)), connectTimeout: .seconds(3), totalTimeout: .seconds(10),
      maxResponseBytes: 1 << 20)
  }

  /// OAuth's errors (RFC 6749 section 5.2).
  private static func fault(_ response: HTTPResponse, _ body: JSONValue?) -> ServiceFault {
    let code = body?["error"]?.text ?? ""
    let words = body?["error_description"]?.text ?? ServiceFault.plainWords(response)
    let after = retryDelay(of: response)
    switch code {
    case "invalid_grant":
      return ServiceFault(.auth, service, "\(words) (\(code); is this machine's clock right?)")
    case "internal_failure", "server_error", "temporarily_unavailable":
      return ServiceFault(.transient, service, words, after: after)
    case "":
      return ServiceFault(ServiceFault.kind(status: response.status, model: ""), service, words, after: after)
    default:
      let kind = ServiceFault.kind(status: response.status, model: "")
      return ServiceFault(kind == .badRequest ? .auth : kind, service, "\(words) (\(code))", after: after)
    }
  }
}
