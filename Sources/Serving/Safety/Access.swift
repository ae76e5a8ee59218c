import Blocking
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// Who may ask.
///
/// - With the token: anybody, as `Authorization: Bearer …`. Other programs read it from a file that only
///   this user can read.
/// - With the cookie that the page was given: the page.
/// - On loopback, without either: programs of the user who runs the service, as the kernel tells. What a browser
///   sends to change something needs the cookie or the token all the same: a browser also acts for others.
struct Access: Sendable {
  /// Of this run; of the root where several processes serve it.
  var token: String { known.withLock { $0 } }
  private let known: Locked<String>
  /// Whether the kernel's word on the owner of a connection is enough; not when the face listens beyond loopback.
  let trustsOwner: Bool
  private let pool: BlockingPool
  /// What was found out about open connections.
  private let owners = Locked<[ObjectIdentifier: Bool]>([:])

  init(trustsOwner: Bool, pool: BlockingPool) {
    let words = (0..<4).map { _ in
      let word = String(UInt64.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 16 - word.count) + word
    }
    known = Locked(words.joined())
    self.trustsOwner = trustsOwner
    self.pool = pool
  }

  /// Takes the token on which the processes that serve one root have agreed.
  func agree(on token: String) { known.withLock { $0 = token } }

  /// Throws unless the sender of the request may have what it asks for.
  func check(_ head: HTTPRequest, on channel: any Channel) async throws(APIError) {
    if hasToken(head) || hasCookie(head, on: channel) || isInvitation(head) { return }
    let changesSomething = head.method != .get && head.method != .head
    if !(changesSomething && RequestChecks.isFromBrowser(head)), trustsOwner, await isOwner(channel) { return }
    throw APIError(
      .unauthorized, "token_needed",
      "Send the token of this run as \"Authorization: Bearer …\"; it is in .scenehf/http-token below the storage root.",
      [.wwwAuthenticate: "Bearer"])
  }

  /// Whether this is a visit of the page with the token in its address: `/?token=…`.
  func isInvitation(_ head: HTTPRequest) -> Bool {
    guard head.method == .get, RequestChecks.path(of: head) == "/", let path = head.path else { return false }
    let query = path.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    return query.split(separator: "&").contains { $0.hasPrefix("token=") && isToken($0.dropFirst(6)) }
  }

  /// The cookie for the page. Cookies know no ports, so its name does.
  func cookie(on channel: any Channel) -> String {
    "\(Self.cookieName(channel))=\(token); Path=/; HttpOnly; SameSite=Strict"
  }

  private func hasToken(_ head: HTTPRequest) -> Bool {
    guard let field = head.headerFields[.authorization] else { return false }
    let parts = field.split(separator: " ", maxSplits: 1)
    return parts.count == 2 && parts[0].lowercased() == "bearer" && isToken(parts[1])
  }

  private func hasCookie(_ head: HTTPRequest, on channel: any Channel) -> Bool {
    let prefix = Self.cookieName(channel) + "="
    for field in head.headerFields[values: .cookie] {
      for pair in field.split(separator: ";").map({ $0.drop { $0 == " " } }) where pair.hasPrefix(prefix) {
        if isToken(pair.dropFirst(prefix.count)) { return true }
      }
    }
    return false
  }

  private static func cookieName(_ channel: any Channel) -> String { "scenehf-\(channel.localAddress?.port ?? 0)" }

  /// Compares every byte, so that the time taken tells nothing.
  private func isToken(_ text: Substring) -> Bool {
    guard text.utf8.count == token.utf8.count else { return false }
    return zip(text.utf8, token.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func isOwner(_ channel: any Channel) async -> Bool {
    let id = ObjectIdentifier(channel)
    if let known = owners.withLock({ $0[id] }) { return known }
    let (remote, local) = (channel.remoteAddress, channel.localAddress)
    let found = await pool.run { () throws(Never) -> Bool in
      ConnectionOwner.isThisUser(remote: remote, local: local)
    }
    owners.withLock { $0[id] = found }
    channel.closeFuture.whenComplete { _ in _ = owners.withLock { $0.removeValue(forKey: id) } }
    return found
  }
}
