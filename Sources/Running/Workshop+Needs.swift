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

  /// Services that the settings name and only other machines have.
  package var lacking: Set<String> { current.elsewhere }

  /// For what comes next, the plan or a step: the first planner or service that is named for it, the engine's weights where
  /// that is the embedded engine, and memory for a few copies of the picture.
  package func needs(of job: Job) -> Needs {
    guard let settings = try? settings.with(job.ownSettings) else { return Needs() }
    var needs = Needs(megabytes: (job.source.map { $0.width * $0.height } ?? 0) * Self.bytesPerPixel >> 20)
    let named: String?
    let usual: String?
    if job.plan == nil {
      (named, usual) = (settings.planners?.first, planningModels.first?.name ?? planner.name)
    } else if let step = job.nextRunnable?.step, step.type != .analyze {
      named = step.imageConfig.provider ?? settings.services(for: step.runAs ?? step.type)?.first
      usual = preferred.first?.name
    } else {
      return needs
    }
    if let named, named != ProviderSettings.automatic { needs.services.insert(named) }
    if (needs.services.first ?? usual) == planner.name { needs.wishes.insert(Self.engineNeed) }
    return needs
  }

  /// About what a job of large pictures takes at its peak: two pictures of 8 bytes a pixel, a matte, working copies.
  private static let bytesPerPixel = 40
}
