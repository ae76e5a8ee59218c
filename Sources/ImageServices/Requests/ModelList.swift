import Blocking
import Transport

/// The models of a service in the order in which they are asked; one that is gone is not asked again.
final class ModelList: Sendable {
  private let models: [String]
  private let gone = Locked<Set<String>>([])

  /// `models` is the configured order, at least one.
  init(_ models: [String]) {
    precondition(!models.isEmpty, "a service needs a model")
    self.models = models
  }

  /// The first that is not known to be gone; the last one if all are.
  var current: String {
    let gone = gone.withLock { $0 }
    return models.first { !gone.contains($0) } ?? models[models.count - 1]
  }

  /// The error for `fault` of a call with `model`: where the model is gone and was not asked for by name, the same
  /// request may be made again and then meets the next model.
  func error(for fault: ServiceFault, model: String, named: String?) -> ServiceError {
    guard case .modelGone = fault.kind else { return ServiceError(fault) }
    var fault = fault
    let isLast = gone.withLock { gone in
      gone.insert(model)
      return models.allSatisfy(gone.contains)
    }
    fault.isLastModel = named != nil || isLast
    return ServiceError(fault)
  }
}

extension ServiceFault {
  /// The same of a service that is configured with one model for the task.
  var withoutOtherModel: ServiceFault {
    var fault = self
    fault.isLastModel = true
    return fault
  }
}
