import FoundationEssentials
import ImageServices
import Model
import Transport

/// The secrets that planners and image services use: read once, held in memory, shown nowhere.
///
/// Each comes from its variable, from the file that `<NAME>_FILE` names, or from systemd's credentials folder
/// (`$CREDENTIALS_DIRECTORY/<NAME>`), in this order.
struct Keyring: Sendable {
  enum Name: String, CaseIterable, Sendable {
    case google = "GOOGLE_API_KEY"
    case openAI = "OPENAI_API_KEY"
    case fal = "FAL_KEY"
    /// The file of Google Cloud credentials; as a systemd credential, its content.
    case googleCredentials = "GOOGLE_APPLICATION_CREDENTIALS"
    /// Where several machines meet; may hold a password.
    case database = "DATABASE_URL"
  }

  private let environment: [String: String]

  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.environment = environment
  }

  /// The secret; nil where there is none. Throws where a file that should hold it cannot be read.
  func secret(_ name: Name) throws(SettingsError) -> Secret? {
    if let value = environment[name.rawValue], let secret = Secret(value) { return secret }
    guard let path = file(of: name) else { return nil }
    guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= 64 * 1024,
      let secret = Secret(String(decoding: bytes, as: UTF8.self))
    else {
      throw SettingsError("\(path), which should hold \(name.rawValue), is empty or cannot be read. Check its rights.")
    }
    return secret
  }

  /// The address of the database that several machines share; nil where one machine works alone.
  func database() throws(SettingsError) -> String? {
    guard let address = try secret(.database)?.revealed else { return nil }
    // A message of libpq may hold the password without the rest.
    if let password = address.firstMatch(of: #/://[^/@:]*:([^@]*)@/#)?.1 { _ = Secret(String(password)) }
    return address
  }

  /// Google Cloud's credentials, looked for in Google's own order of places; nil where there are none.
  func googleCredentials() throws(ServiceFault) -> GoogleCredentials? {
    var places = environment
    if places[Name.googleCredentials.rawValue]?.isEmpty != false {
      places[Name.googleCredentials.rawValue] = file(of: .googleCredentials)
    }
    return try GoogleCredentials.found(environment: places)
  }

  /// The Google Cloud project whose models are used and which pays; nil where nobody names one.
  func vertexProject(
    _ providers: ProviderSettings, _ credentials: GoogleCredentials, base: WebAddress?
  ) -> VertexService.Project? {
    guard let id = providers.gcpProjectID ?? credentials.project ?? environment["GOOGLE_CLOUD_PROJECT"] else {
      return nil
    }
    return VertexService.Project(
      id: id, location: providers.gcpRegion, base: base,
      quotaProject: environment["GOOGLE_CLOUD_QUOTA_PROJECT"] ?? credentials.quotaProject)
  }

  /// The variables that say where secrets are or hold one themselves, under whatever name: other programs get none.
  var secretVariables: Set<String> {
    let named = Name.allCases.flatMap { [$0.rawValue, $0.rawValue + "_FILE"] } + ["CREDENTIALS_DIRECTORY"]
    return Set(named).union(environment.filter { redacted($0.value) != $0.value }.keys)
  }

  /// Whether the secret is there; nothing of it is read.
  func has(_ name: Name) -> Bool {
    if let value = environment[name.rawValue], !value.isEmpty { return true }
    return file(of: name).map { FileManager.default.isReadableFile(atPath: $0) } ?? false
  }

  /// In words: where the secret comes from.
  func origin(_ name: Name) -> String {
    if let value = environment[name.rawValue], !value.isEmpty { return "environment" }
    return file(of: name) ?? "environment"
  }

  private func file(of name: Name) -> String? {
    if let path = environment[name.rawValue + "_FILE"], !path.isEmpty { return path }
    guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else { return nil }
    let path = "\(folder)/\(name.rawValue)"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }
}
