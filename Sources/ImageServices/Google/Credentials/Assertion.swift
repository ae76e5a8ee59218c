import CSign
import Model
import Transport

/// A signed claim by which a service account asks for an access token (RFC 7523; JWS RS256, RFC 7518 section 3.3).
enum Assertion {
  /// `now` is in seconds since 1970; the claim is valid for an hour.
  static func signed(
    by account: GoogleCredentials.ServiceAccount, now: Int
  ) throws(ServiceFault) -> Secret {
    let head: JSONValue = .object(["typ": "JWT", "alg": "RS256", "kid": .string(account.keyID)])
    let claims: JSONValue = .object([
      "iss": .string(account.email), "scope": "https://www.googleapis.com/auth/cloud-platform",
      "aud": .string(GoogleCredentials.tokenAddress), "iat": .integer(now), "exp": .integer(now + 3600),
    ])
    let signed = base64url(head.json) + "." + base64url(claims.json)
    let signature = try sign(Array(signed.utf8), key: account.key)
    guard let assertion = Secret(signed + "." + base64url(signature)) else {
      throw ServiceFault(.auth, "Google Cloud", "the assertion is empty", mayHaveArrived: false)
    }
    return assertion
  }

  private static func sign(_ bytes: [UInt8], key: Secret) throws(ServiceFault) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: 2048)
    var message = [CChar](repeating: 0, count: 160)
    let pem = key.revealed
    let count = csign_rs256(pem, pem.utf8.count, bytes, bytes.count, &signature, signature.count, &message)
    guard count > 0 else {
      let words = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw ServiceFault(
        .auth, "Google Cloud", "the private key of the service account cannot sign (\(words))", mayHaveArrived: false)
    }
    return Array(signature.prefix(count))
  }

  /// Base64 for addresses, without padding (RFC 4648 section 5).
  static func base64url(_ bytes: [UInt8]) -> String {
    String(
      base64(bytes).compactMap { character -> Character? in
        switch character {
        case "+": "-"
        case "/": "_"
        case "=": nil
        default: character
        }
      })
  }
}
