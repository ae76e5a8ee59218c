import Glibc

/// Where the engine's files are. Without them the engine separates objects from plain backgrounds only.
package struct EngineFiles: Sendable, Hashable {
  /// ONNX Runtime's shared library.
  package var runtime: String?
  /// An ONNX file of the U²-Net family: input 1 × 3 × 320 × 320, first output 1 × 1 × 320 × 320.
  package var model: String?
  /// The folder that was looked into.
  package var folder: String

  package init(runtime: String?, model: String?, folder: String = "") {
    self.runtime = runtime
    self.model = model
    self.folder = folder
  }

  /// What there is: `SCENEHF_ENGINE_DIR`, else the user's data folder. `SCENEHF_MODEL` names the model; without it
  /// the full U²-Net serves where it is installed, else U²-Net-p.
  package static func found(environment: [String: String]) -> EngineFiles {
    let home = environment["HOME"] ?? "/root"
    let data = environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.local/share"
    let folder = environment["SCENEHF_ENGINE_DIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(data)/scenehf/engine"
    let named = environment["SCENEHF_MODEL"].flatMap { $0.isEmpty ? nil : $0 }
    let model = named.map(readable) ?? readable("\(folder)/u2net.onnx") ?? readable("\(folder)/u2netp.onnx")
    return EngineFiles(runtime: readable("\(folder)/libonnxruntime.so"), model: model, folder: folder)
  }

  private static func readable(_ path: String) -> String? { access(path, R_OK) == 0 ? path : nil }

  /// Whether the network can be used.
  package var isComplete: Bool { runtime != nil && model != nil }

  /// One sentence for `scenehf doctor`.
  package var report: String {
    if let model, runtime != nil { return "The network \(model) is installed." }
    let missing = runtime == nil ? "ONNX Runtime" : "the network's weights"
    return "Not found: \(missing) in \(folder). Without it objects are found on plain backgrounds only. "
      + "Run \"bash Config/engine.sh\" to install it."
  }
}
