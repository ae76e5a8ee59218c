import FoundationEssentials
import Imaging
import Model

/// The contents of `manifest.json`: what was made, in order, from what, by whom, how well.
struct Manifest: Encodable {
  /// One layer or the plate.
  struct Entry: Encodable {
    var order: Int
    var name: String
    var target: String?
    var files: [String]
    var width: Int
    var height: Int
    var prompt: String?
    var provider: String?
    var model: String?
    var status: String
    var metrics: [String: JSONValue]
  }

  private let format = "scenehf-manifest-1"
  private let jobID: String
  private let sourceName: String
  private let sourceFile: String
  private let width: Int
  private let height: Int
  private let bitDepth: Int
  private let sceneSummary: String
  private var layers: [Entry] = []
  private var plate: Entry?
  /// In decibels; nil when the rebuild is exact.
  var rebuildPSNR: Double?
  /// The largest difference of one channel, 0...255.
  var rebuildMaxError: Double = 0
  /// What was done to the source on reading, and what its format could not keep.
  private let notes: [String]
  private let lost: [String]
  private let finishedAt = Timestamp.now

  init(job: Job, sourceName: String, file: DecodedFile) {
    jobID = job.id
    self.sourceName = job.sourceName
    sourceFile = sourceName
    width = file.picture.width
    height = file.picture.height
    bitDepth = file.sourceBitDepth
    sceneSummary = job.plan?.sceneSummary ?? ""
    notes = file.notes
    lost = file.lost
  }

  mutating func add(_ step: Step, target: String, files: [String], asset: Asset) {
    layers.append(entry(step, target: target, files: files, asset: asset, order: layers.count + 1))
  }

  mutating func setPlate(_ step: Step?, file: String, asset: Asset) {
    guard let step else {
      plate = Entry(
        order: 90, name: "Plate", files: [file], width: asset.width, height: asset.height, status: "SUCCESS",
        metrics: [:])
      return
    }
    plate = entry(step, target: "", files: [file], asset: asset, order: 90)
  }

  private func entry(_ step: Step, target: String, files: [String], asset: Asset, order: Int) -> Entry {
    Entry(
      order: order, name: step.name, target: target.isEmpty ? nil : target, files: files, width: asset.width,
      height: asset.height, prompt: step.lastPromptUsed, provider: step.provider,
      model: asset.model, status: step.status.rawValue, metrics: step.validation?.metrics ?? [:])
  }

  /// Pretty-printed JSON with sorted keys.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  private enum CodingKeys: String, CodingKey {
    case format, width, height, layers, plate, notes, lost
    case jobID = "job_id"
    case sourceName = "source_name"
    case sourceFile = "source_file"
    case bitDepth = "bit_depth"
    case sceneSummary = "scene_summary"
    case rebuildPSNR = "rebuild_psnr"
    case rebuildMaxError = "rebuild_max_error"
    case finishedAt = "finished_at"
  }
}

extension Step {
  /// Who made the output; nil for a picture that a person painted.
  fileprivate var provider: String? { outputsHistory.last { $0.assetID == outputAssetID }?.provider }
}
