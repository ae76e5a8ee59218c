import Imaging
import Model
import Storage

/// Saves the pictures of one run into the job's body, each under an id of our own.
struct AssetMaker {
  let store: JobStore
  let jobID: String
  let stepID: String?
  var record: HistoryRecord?

  /// Writes `bytes` durably and returns the asset that names them; the caller adds it to the job.
  ///
  /// `size` nil reads it from the picture's header (0 × 0 if it has none).
  func save(_ bytes: [UInt8], kind: AssetKind, size: Size?) throws -> Asset {
    let id = Identifier.asset()
    let suffix = PictureFormat.detect(bytes)?.fileExtension ?? "bin"
    let size = size ?? (try? probePicture(bytes))?.size ?? Size(width: 0, height: 0)
    let asset = Asset(
      id: id, kind: kind, path: "assets/\(Self.folder(of: kind))/\(id).\(suffix)", width: size.width,
      height: size.height, stepID: stepID, runID: record?.runID, model: record?.model,
      promptHash: record.map { Fingerprint.of($0.prompt) }, sha256: Digest.of(bytes))
    try store.write(bytes, as: asset, of: jobID)
    return asset
  }

  static func folder(of kind: AssetKind) -> String {
    switch kind {
    case .source: "source"
    case .generation: "generations"
    case .mask: "masks"
    case .plate, .layer, .backgroundRemoved, .debug: "derived"
    }
  }
}
