/// Why the embedded engine gave nothing, in a sentence that ends with what to do.
package enum EngineError: Error, Sendable, Hashable, CustomStringConvertible {
  case cannotLoad(String, detail: String)
  case cannotRun(String)
  case filterFailed(String)

  package var description: String {
    switch self {
    case .cannotLoad(let file, let detail):
      "The engine's network could not be loaded from \(file): \(detail). Run \"bash Config/engine.sh\" to install it anew."
    case .cannotRun(let detail):
      "The engine's network could not look at this picture: \(detail). Name another model in SCENEHF_MODEL, or none."
    case .filterFailed(let name):
      "The engine's \(name) failed, most likely for lack of memory. Lower jobs_at_once and try again."
    }
  }
}
