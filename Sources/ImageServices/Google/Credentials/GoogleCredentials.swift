import FoundationEssentials
import Model
package import Transport

/// Who we are to Google Cloud, as the files of `gcloud` and of service accounts say it.
package enum GoogleCredentials: Sendable {
  /// A service account with its own key.
  case serviceAccount(ServiceAccount)
  /// A person who logged in with `gcloud auth application-default login`.
  case authorizedUser(AuthorizedUser)
  /// The machine's own account, from the metadata server at `host`.
  case metadata(host: String)

  package struct ServiceAccount: Sendable {
    package var email: String
    package var keyID: String
    package var key: Secret
    package var tokenAddress: String
    package var project: String?
  }

  package struct AuthorizedUser: Sendable {
    package var clientID: String
    package var clientSecret: Secret
    package var refreshToken: Secret
    /// Google's own; a test's server otherwise.
    package var tokenAddress = GoogleCredentials.tokenAddress
    package var quotaProject: String?
  }

  /// From the bytes of a credentials file.
  package init(file bytes: [UInt8]) throws(ServiceFault) {
    func unusable(_ words: String) -> ServiceFault {
      ServiceFault(.auth, "Google Cloud", words, mayHaveArrived: false)
    }
    guard let file = JSONValue(json: bytes), let type = file["type"]?.text else {
      throw unusable("the credentials file is no JSON with a \"type\"")
    }
    func text(_ name: String) throws(ServiceFault) -> String {
      guard let text = file[name]?.text, !text.isEmpty else { throw unusable("the credentials file has no \(name)") }
      return text
    }
    func secret(_ name: String) throws(ServiceFault) -> Secret {
      guard let secret = Secret(try text(name)) else { throw unusable("the credentials file has no \(name)") }
      return secret
    }
    switch type {
    case "service_account":
      self = .serviceAccount(
        ServiceAccount(
          email: try text("client_email"), keyID: try text("private_key_id"), key: try secret("private_key"),
          tokenAddress: file["token_uri"]?.text ?? Self.tokenAddress, project: file["project_id"]?.text))
    case "authorized_user":
      self = .authorizedUser(
        AuthorizedUser(
          clientID: try text("client_id"), clientSecret: try secret("client_secret"),
          refreshToken: try secret("refresh_token"), quotaProject: file["quota_project_id"]?.text))
    default:
      throw unusable("unsupported credential type \(type)")
    }
  }

  /// Google's token endpoint, which is also the audience of every assertion (google-auth, service_account.py).
  static let tokenAddress = "https://oauth2.googleapis.com/token"

  /// Where credentials are looked for, in Google's own order: the named file, gcloud's file, the machine's account.
  ///
  /// Nil where there are none. The machine's account is taken where `GCE_METADATA_HOST` names the metadata server or
  /// the firmware says that this is a machine of Google's (as google-auth tells it), unless `NO_GCE_CHECK` is set.
  /// Throws for a named file that cannot be used.
  package static func found(
    environment: [String: String]
  ) throws(ServiceFault) -> GoogleCredentials? {
    if let path = environment["GOOGLE_APPLICATION_CREDENTIALS"], !path.isEmpty {
      guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
        throw ServiceFault(
          .auth, "Google Cloud", "the file of GOOGLE_APPLICATION_CREDENTIALS cannot be read", mayHaveArrived: false)
      }
      return try GoogleCredentials(file: Array(bytes))
    }
    let folder = environment["CLOUDSDK_CONFIG"] ?? environment["HOME"].map { "\($0)/.config/gcloud" }
    if let folder,
      let bytes = try? Data(contentsOf: URL(filePath: "\(folder)/application_default_credentials.json"))
    {
      return try GoogleCredentials(file: Array(bytes))
    }
    if environment["NO_GCE_CHECK"]?.lowercased() == "true" { return nil }
    if let host = environment["GCE_METADATA_HOST"], !host.isEmpty { return .metadata(host: host) }
    let product = try? String(contentsOfFile: "/sys/class/dmi/id/product_name", encoding: .utf8)
    return product?.hasPrefix("Google") == true ? .metadata(host: "metadata.google.internal") : nil
  }

  /// The project that the credentials belong to, where they say it.
  package var project: String? {
    if case .serviceAccount(let account) = self { account.project } else { nil }
  }

  /// Who pays for the calls of a person's credentials.
  package var quotaProject: String? {
    if case .authorizedUser(let user) = self { user.quotaProject } else { nil }
  }
}
