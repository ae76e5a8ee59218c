import ImageServices
package import Model
import Planning
package import Storage

/// What a job asks of the machine that works on it.
extension Workshop {
  /// The need of the embedded engine's weights, beside the names of services and planners.
  package static let engineNeed = "engine"

  /// Everything that this machine has credentials or an address for.
  package var providerNames: Set<String> {
    Set(preferred.map(\.name)).union(planningModels.map(\.name)).union([planner.name])
  }

  /// The first service and planner that the job's settings name, the engine's weights where this machine has them and
  /// one of those is the embedded engine, and memory for a few copies of the picture.
  package func needs(of job: Job, hasEngine: Bool) -> Needs {
    guard let settings = try? settings.with(job.ownSettings) else { return Needs() }
    var services: Set<String> = []
    if job.plan == nil, let planner = settings.planners?.first { services.insert(planner) }
    let open = job.steps.filter { $0.status != .success && $0.status != .skipped }
    for kind in job.plan == nil ? [.extract] : open.map({ $0.runAs ?? $0.type }) {
      if let first = settings.services(for: kind)?.first { services.insert(first) }
    }
    services.formUnion(open.compactMap(\.imageConfig.provider))
    services.remove(ProviderSettings.automatic)
    let asksEngine = services.isEmpty ? preferred.first?.name == planner.name : services.contains(planner.name)
    if hasEngine, asksEngine { services.insert(Self.engineNeed) }
    let pixels = job.source.map { $0.width * $0.height } ?? 0
    return Needs(services: services, megabytes: pixels * Self.bytesPerPixel >> 20)
  }

  /// About what a job of large pictures takes at its peak: two pictures of 8 bytes a pixel, a matte, working copies.
  private static let bytesPerPixel = 40
}
