import FakeServices
import Foundation
import Imaging
import Model
import Testing
import Transport

@testable import ImageServices

/// Signing in to Google Cloud. The fake token endpoint verifies every assertion with google-auth itself.
struct GoogleCredentialsTests {
  private func source(_ scenario: String) async throws -> TokenSource {
    let vendors = try await FakeVendors.shared()
    return TokenSource(
      try GoogleCredentials(file: try vendors.serviceAccount(scenario: scenario)), client: try Shared.client.get())
  }

  @Test func `a service account's signed assertion gets a token`() async throws {
    #expect(try await source("ok.sign").token().revealed.hasPrefix("ya29.fake-token-"))
  }

  @Test func `a person's refresh token gets a token`() async throws {
    let file = #"{"type":"authorized_user","client_id":"c","client_secret":"s-123456","refresh_token":"1//r-123456"}"#
    var credentials = try GoogleCredentials(file: Array(file.utf8))
    if case .authorizedUser(var user) = credentials {
      user.tokenAddress = try await FakeVendors.shared().address(of: "google", scenario: "ok.user") + "/token"
      credentials = .authorizedUser(user)
    }
    let source = TokenSource(credentials, client: try Shared.client.get())
    #expect(try await source.token().revealed.hasPrefix("ya29.fake-token-"))
  }

  @Test func `the machine's own account gets a token`() async throws {
    let vendors = try await FakeVendors.shared()
    let source = TokenSource(.metadata(host: "127.0.0.1:\(vendors.port)"), client: try Shared.client.get())
    #expect(try await source.token().revealed.hasPrefix("ya29.fake-token-"))
  }

  @Test func `however many ask at once, one call fetches the token for all`() async throws {
    let source = try await source("ok.flight")
    let tokens = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<50 { group.addTask { try await source.token().revealed } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(tokens.count == 1)
    #expect(try await Shared.calls(scenario: "ok.flight") == ["POST token"])
  }

  @Test func `a token that ends within minutes is not used again`() async throws {
    let source = try await source("short.x")
    let (first, second) = (try await source.token(), try await source.token())
    #expect(first != second)
  }

  @Test func `revoked credentials are said with the usual cause, and not tried again`() async throws {
    let source = try await source("revoked.x")
    let fault = await #expect(throws: ServiceFault.self) { try await source.token() }
    #expect(fault?.kind == .auth)
    #expect(fault?.description.contains("clock") == true)
    #expect(fault?.mayHaveArrived == false, "the call that it was for is not counted")
    #expect(try await Shared.calls(scenario: "revoked.x").count == 1)
  }

  @Test func `a token that Vertex AI no longer accepts is replaced once`() async throws {
    let service = try await Service.vertex.made(scenario: "expired.x")
    let trial = try await Trial(service, .extract)
    #expect(trial.layerShares.kept > 0.97)
    #expect(try await Shared.calls(scenario: "expired.x").count == 2)
    let refused = try await failure(of: try await Service.vertex.made(scenario: "status-401.x"))
    #expect(refused.fault?.kind == .auth)
    #expect(try await Shared.calls(scenario: "status-401.x").count == 2)
  }

  @Test(arguments: [
    (#"{"type":"external_account"}"#, "unsupported credential type external_account"),
    (#"{"type":"service_account","client_email":"a"}"#, "has no private_key_id"),
    ("not json", "is no JSON"),
  ])
  func `a file that cannot be used is said in words`(file: String, words: String) {
    let fault = #expect(throws: ServiceFault.self) { try GoogleCredentials(file: Array(file.utf8)) }
    #expect(fault?.kind == .auth)
    #expect(fault?.description.contains(words) == true)
  }

  @Test func `a key that cannot sign is said without the key`() throws {
    let account = GoogleCredentials.ServiceAccount(
      email: "a", keyID: "k", key: try #require(Secret("no-key-but-a-secret")),
      tokenAddress: GoogleCredentials.tokenAddress)
    let fault = #expect(throws: ServiceFault.self) { try Assertion.signed(by: account, now: 0) }
    #expect(fault?.description.contains("cannot sign") == true)
    #expect(fault?.description.contains("no-key") == false)
  }

  @Test func `the named file comes before gcloud's and the machine's`() async throws {
    let file = try await FakeVendors.shared().serviceAccount()
    try await withFolder { folder in
      let named = "\(folder)/named.json"
      try Data(file).write(to: URL(filePath: named))
      try Data(#"{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}"#.utf8)
        .write(to: URL(filePath: "\(folder)/application_default_credentials.json"))
      func found(_ environment: [String: String]) throws -> String? {
        switch try GoogleCredentials.found(environment: environment) {
        case .serviceAccount: "service account"
        case .authorizedUser: "user"
        case .metadata(let host): host
        case nil: nil
        }
      }
      #expect(try found(["GOOGLE_APPLICATION_CREDENTIALS": named, "CLOUDSDK_CONFIG": folder]) == "service account")
      #expect(try found(["CLOUDSDK_CONFIG": folder, "GCE_METADATA_HOST": "h"]) == "user")
      #expect(try found(["HOME": folder, "GCE_METADATA_HOST": "h"]) == "h")
      #expect(try found(["HOME": folder, "NO_GCE_CHECK": "true", "GCE_METADATA_HOST": "h"]) == nil)
      #expect(throws: ServiceFault.self) { try found(["GOOGLE_APPLICATION_CREDENTIALS": "\(folder)/absent"]) }
    }
  }

  @Test(arguments: [
    ("us-central1", "us-central1-aiplatform.googleapis.com"), ("global", "aiplatform.googleapis.com"),
    ("eu", "aiplatform.eu.rep.googleapis.com"),
  ])
  func `each location has its host`(location: String, host: String) {
    #expect(VertexService.Project.host(of: location) == host)
  }
}
