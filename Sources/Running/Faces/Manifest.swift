import FoundationEssentials
import Imaging
import Model

/// The contents of `manifest.json`: what was made, in order, from what, by whom, how well. `Config/manifest.schema.json`
/// describes every key.
struct Manifest: Encodable {
  /// One layer or the plate.
  struct Entry: Encodable {
    var order: Int
    var name: String
    /// What the layered files call it, where there are any.
    var layer: String?
    var target: String?
    var files: [String]
    var width: Int
    var height: Int
    var prompt: String?
    var provider: String?
    var model: String?
    var status: String
    var metrics: [String: JSONValue]
    /// What was removed first so that the layer could be seen.
    var ownPlate: OwnPlate?

    private enum CodingKeys: String, CodingKey {
      case order, name, layer, target, files, width, height, prompt, provider, model, status, metrics
      case ownPlate = "own_plate"
    }
  }

  /// A plate that was made for one layer alone (`plate-and-retry`), and the words that it was made by.
  struct OwnPlate: Encodable {
    var file: String
    var prompt: String?
  }

  /// What went with the objects, between plate and layers.
  struct Shadows: Encodable {
    var layer: String
    var files: [String]
    /// The share of the picture where it is not wholly transparent.
    var share: Double
  }

  /// How well plate, shadows and layers give the source back.
  struct Rebuild {
    /// In decibels; 100 where every pixel is equal.
    var psnr: Double
    /// The largest difference of one channel, 0...255.
    var maxError: Double
    /// The picture of where they differ.
    var difference: String

    init(_ proof: RebuildProof, difference: String) {
      psnr = proof.psnr ?? 100
      maxError = proof.maxError
      self.difference = difference
    }
  }

  private let format = "scenehf-manifest-1"
  private let jobID: String
  private let sourceName: String
  private let sourceFile: String
  private let width: Int
  private let height: Int
  private let bitDepth: Int
  private let sceneSummary: String
  /// Front to back: the first lies on top.
  private(set) var layers: [Entry] = []
  private var plate: Entry?
  /// Whole pictures that are neither layer nor plate, such as the REFRAME's.
  private var pictures: [Entry] = []
  /// Nil where plate and layers alone give the source back.
  var shadows: Shadows?
  /// The OpenRaster and the Photoshop file.
  var layeredFiles: [String] = []
  var rebuild: Rebuild?
  private let hasProfile: Bool
  private let dotsPerInch: Double?
  /// What was done to the source on reading, and what could not be kept.
  let notes: [String]
  var lost: [String]
  private let finishedAt = Timestamp.now

  init(job: Job, sourceName: String, file: DecodedFile) {
    jobID = job.id
    self.sourceName = job.sourceName
    sourceFile = sourceName
    width = file.picture.width
    height = file.picture.height
    bitDepth = file.sourceBitDepth
    sceneSummary = job.plan?.sceneSummary ?? ""
    hasProfile = file.picture.profile != nil
    dotsPerInch = file.picture.density.map { (Double($0.x) * 0.0254 * 100).rounded() / 100 }
    notes = file.notes
    lost = file.lost
  }

  /// Adds a layer above those before it, as the layered files call it, nil where there are none.
  mutating func add(_ step: Step, as layer: String?, target: String, files: [String], asset: Asset, ownPlate: OwnPlate?)
  {
    var entry = entry(step, as: layer, target: target, files: files, asset: asset, order: 1)
    entry.ownPlate = ownPlate
    layers.insert(entry, at: 0)
    for index in layers.indices { layers[index].order = index + 1 }
  }

  mutating func add(picture step: Step, file: String, asset: Asset) {
    pictures.append(entry(step, as: nil, target: "", files: [file], asset: asset, order: pictures.count + 1))
  }

  /// `step` is nil where nothing was removed: the plate is the source then.
  mutating func setPlate(_ step: Step?, as layer: String, file: String, asset: Asset) {
    plate =
      step.map { entry($0, as: layer, target: "", files: [file], asset: asset, order: 90) }
      ?? Entry(
        order: 90, name: "Plate", layer: layer, files: [file], width: asset.width, height: asset.height,
        status: "SUCCESS", metrics: [:])
  }

  private func entry(
    _ step: Step, as layer: String?, target: String, files: [String], asset: Asset, order: Int
  ) -> Entry {
    Entry(
      order: order, name: step.name, layer: layer, target: target.isEmpty ? nil : target, files: files,
      width: asset.width, height: asset.height, prompt: step.lastPromptUsed, provider: step.provider,
      model: asset.model, status: step.status.rawValue, metrics: step.validation?.metrics ?? [:])
  }

  /// Pretty-printed JSON with sorted keys.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(jobID, forKey: .jobID)
    try container.encode(sourceName, forKey: .sourceName)
    try container.encode(sourceFile, forKey: .sourceFile)
    try container.encode(width, forKey: .width)
    try container.encode(height, forKey: .height)
    try container.encode(bitDepth, forKey: .bitDepth)
    try container.encode(hasProfile, forKey: .hasProfile)
    try container.encodeIfPresent(dotsPerInch, forKey: .dotsPerInch)
    try container.encode(sceneSummary, forKey: .sceneSummary)
    try container.encode(layers, forKey: .layers)
    try container.encodeIfPresent(plate, forKey: .plate)
    if !pictures.isEmpty { try container.encode(pictures, forKey: .pictures) }
    try container.encodeIfPresent(shadows, forKey: .shadows)
    try container.encode(layeredFiles, forKey: .layeredFiles)
    try container.encode(Deliverables.sheetName, forKey: .contactSheet)
    try container.encode(Deliverables.reportName, forKey: .report)
    try container.encodeIfPresent(rebuild?.psnr, forKey: .rebuildPSNR)
    try container.encodeIfPresent(rebuild?.maxError, forKey: .rebuildMaxError)
    try container.encodeIfPresent(rebuild?.difference, forKey: .rebuildDifference)
    try container.encode(notes, forKey: .notes)
    try container.encode(lost, forKey: .lost)
    try container.encode(finishedAt, forKey: .finishedAt)
  }

  private enum CodingKeys: String, CodingKey {
    case format, width, height, layers, plate, pictures, shadows, report, notes, lost
    case jobID = "job_id"
    case sourceName = "source_name"
    case sourceFile = "source_file"
    case bitDepth = "bit_depth"
    case hasProfile = "icc_profile"
    case dotsPerInch = "dpi"
    case sceneSummary = "scene_summary"
    case layeredFiles = "layered_files"
    case contactSheet = "contact_sheet"
    case rebuildPSNR = "rebuild_psnr"
    case rebuildMaxError = "rebuild_max_error"
    case rebuildDifference = "rebuild_difference"
    case finishedAt = "finished_at"
  }
}

extension Step {
  /// Who made the output; nil for a picture that a person painted.
  fileprivate var provider: String? { outputsHistory.last { $0.assetID == outputAssetID }?.provider }
}
