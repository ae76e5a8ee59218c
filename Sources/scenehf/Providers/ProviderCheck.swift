import ImageServices
import Model
import Transport

/// Whether the planners and services that have a key or an address can be reached, for `doctor`.
///
/// It asks what costs nothing: the list of models, the project, or the root of the server.
struct ProviderCheck {
  let settings: Settings
  let keyring: Keyring

  /// A call that costs nothing.
  private struct Probe: Sendable {
    var address: WebAddress
    var headers: [HTTPHeader] = []
  }

  private static let patience = Duration.seconds(5)

  func findings() async -> [DoctorCommand.Finding] {
    guard let http = try? HTTPClient() else { return [] }
    let findings = await withTaskGroup(of: (Int, DoctorCommand.Finding?).self) { group in
      for (index, name) in Self.names.enumerated() {
        group.addTask { (index, await finding(name, http)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    await http.stop()
    return findings.sorted { $0.0 < $1.0 }.compactMap(\.1)
  }

  private static let names = ["gemini", "openai", "vertex", "fal", "rembg", "iopaint"]

  /// Nil for a service that is not set up.
  private func finding(_ name: String, _ http: HTTPClient) async -> DoctorCommand.Finding? {
    do {
      guard let probe = try await probe(name, http) else { return nil }
      let response = try await http.send(
        HTTPRequest(
          .get, probe.address, headers: probe.headers, connectTimeout: Self.patience, totalTimeout: Self.patience))
      let trouble: String? =
        switch response.status {
        case 401, 403: "answers, but does not accept the key. Put a valid one into the environment."
        case 500...: "is in trouble (status \(response.status)). Try again later."
        default: nil
        }
      return DoctorCommand.Finding(
        check: "service", ok: trouble == nil, note: true,
        message: "\(name) at \(probe.address) \(trouble ?? "answers.")")
    } catch {
      return DoctorCommand.Finding(check: "service", ok: false, note: true, message: "\(name): \(error)")
    }
  }

  private func probe(_ name: String, _ http: HTTPClient) async throws -> Probe? {
    let providers = settings.providers
    switch name {
    case "gemini":
      guard let key = try keyring.secret(.google) else { return nil }
      let address = try WebAddress(providers.geminiBaseURL).appending("v1/models")
      return Probe(address: address, headers: [HTTPHeader("x-goog-api-key", key)])
    case "openai":
      let key = try keyring.secret(.openAI)
      guard key != nil || providers.hasOwnOpenAIServer else { return nil }
      let headers = key.map { [HTTPHeader("Authorization", scheme: "Bearer", $0)] } ?? []
      return Probe(address: try WebAddress(providers.openAIBaseURL).appending("models"), headers: headers)
    case "vertex": return try await vertex(http)
    case "fal":
      return try keyring.secret(.fal).map { _ in Probe(address: try WebAddress(providers.falBaseURL)) }
    case "rembg":
      return try providers.rembgURL.map { Probe(address: try WebAddress($0).appending("openapi.json")) }
    case "iopaint":
      return try providers.iopaintURL.map {
        Probe(address: try WebAddress($0).appending("api/v1/server-config"))
      }
    default: return nil
    }
  }

  /// Signs in as a call for a picture would, and reads the project's location.
  private func vertex(_ http: HTTPClient) async throws -> Probe? {
    guard let credentials = try keyring.googleCredentials() else { return nil }
    let base = try settings.providers.vertexBaseURL.map { try WebAddress($0) }
    guard let project = keyring.vertexProject(settings.providers, credentials, base: base) else {
      throw SettingsError("There are credentials of Google Cloud, but no project. Set GCP_PROJECT_ID.")
    }
    let token = try await TokenSource(credentials, client: http).token()
    return Probe(
      address: try project.address(), headers: [HTTPHeader("Authorization", scheme: "Bearer", token)])
  }
}
