import Model
import Transport

/// Whether the planners and services that have a key or an address can be reached, for `doctor`.
///
/// It asks what costs nothing: the list of models, or the root of the server.
struct ProviderCheck {
  let settings: Settings
  let keyring: Keyring

  private struct Probe: Sendable {
    var name: String
    var address: String
    var path: String
    var headers: [HTTPHeader] = []
  }

  private static let patience = Duration.seconds(5)

  func findings() async -> [DoctorCommand.Finding] {
    guard let http = try? HTTPClient() else { return [] }
    let probes: [Probe]
    do {
      probes = try self.probes()
    } catch {
      return [DoctorCommand.Finding(check: "keys", ok: false, message: "\(error)")]
    }
    var findings: [DoctorCommand.Finding] = []
    for probe in probes { findings.append(await Self.finding(probe, http)) }
    await http.stop()
    return findings
  }

  private func probes() throws(SettingsError) -> [Probe] {
    let providers = settings.providers
    var probes: [Probe] = []
    if let key = try keyring.secret(.google) {
      probes.append(
        Probe(
          name: "gemini", address: providers.geminiBaseURL, path: "v1/models",
          headers: [HTTPHeader("x-goog-api-key", key)]))
    }
    let openAIKey = try keyring.secret(.openAI)
    if openAIKey != nil || providers.hasOwnOpenAIServer {
      let headers = openAIKey.map { [HTTPHeader("Authorization", scheme: "Bearer", $0)] } ?? []
      probes.append(Probe(name: "openai", address: providers.openAIBaseURL, path: "models", headers: headers))
    }
    if try keyring.secret(.fal) != nil { probes.append(Probe(name: "fal", address: providers.falBaseURL, path: "")) }
    if let address = providers.rembgURL { probes.append(Probe(name: "rembg", address: address, path: "openapi.json")) }
    if let address = providers.iopaintURL {
      probes.append(Probe(name: "iopaint", address: address, path: "api/v1/server-config"))
    }
    return probes
  }

  private static func finding(_ probe: Probe, _ http: HTTPClient) async -> DoctorCommand.Finding {
    do {
      let base = try WebAddress(probe.address)
      let response = try await http.send(
        HTTPRequest(
          .get, probe.path.isEmpty ? base : base.appending(probe.path), headers: probe.headers,
          connectTimeout: patience,
          totalTimeout: patience))
      let isRefused = response.status == 401 || response.status == 403
      let verdict =
        isRefused ? "answers, but does not accept the key. Put a valid one into the environment" : "answers"
      return DoctorCommand.Finding(
        check: "service", ok: !isRefused, note: true, message: "\(probe.name) at \(base) \(verdict).")
    } catch {
      return DoctorCommand.Finding(check: "service", ok: false, note: true, message: "\(probe.name): \(error)")
    }
  }
}
