import Blocking

/// The models of a service in the order in which they are asked; one that is gone is not asked again.
package final class ModelList: Sendable {
  private struct State {
    var models: [String]
    var gone: Set<String> = []

    /// The first that is not known to be gone.
    var first: String? { models.first { !gone.contains($0) } }
  }

  private let state: Locked<State>

  /// `models` is the configured order.
  package init(_ models: [String]) {
    state = Locked(State(models: models))
  }

  /// The first that is not known to be gone; the last one if all are.
  package var current: String { state.withLock { $0.first ?? $0.models.last ?? "" } }

  /// `fault` of a call with `model`, with what is asked next: where the model is gone and was not asked for by name,
  /// the same request may be made again and then meets the next model.
  package func judged(_ fault: ServiceFault, of model: String, named: String? = nil) -> ServiceFault {
    guard case .modelGone = fault.kind else { return fault }
    var fault = fault
    fault.nextModel = state.withLock { state in
      state.gone.insert(model)
      return named == nil ? state.first : nil
    }
    return fault
  }

  /// Puts a model behind the others; false if it was among them before.
  package func add(_ model: String) -> Bool {
    state.withLock { state in
      guard !state.models.contains(model) else { return false }
      state.models.append(model)
      return true
    }
  }
}
