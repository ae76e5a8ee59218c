import Imaging
import Model
import Planning
import Storage

/// Makes a planner's answer the job's plan: steps, masks, and the picture of what was found.
struct PlanAdoption {
  let workshop: Workshop
  let jobID: String

  /// Saves everything and returns the planned job. Blocks.
  func adopt(_ scene: PlannedScene) throws -> Job {
    let maker = AssetMaker(store: workshop.store, jobID: jobID, stepID: nil)
    var assets: [Asset] = []
    var masks: [String: (assetID: String, intent: MaskIntent)] = [:]
    var guides: [String: JSONValue] = [:]
    func save(_ png: [UInt8], _ size: Size, for stepID: String) throws -> String {
      var asset = try maker.save(png, kind: .mask, size: size)
      asset.stepID = stepID
      assets.append(asset)
      return asset.id
    }
    for (stepID, stepMask) in scene.masks {
      let mask = try save(encodePNG(stepMask.mask), stepMask.mask.size, for: stepID)
      masks[stepID] = (mask, stepMask.intent)
      if let guide = stepMask.guide { guides[stepID] = .string(try save(encodePNG(guide), guide.size, for: stepID)) }
    }
    let findings = scene.findings.map { FindingRecord($0).json }
    return try workshop.book.update(jobID, message: scene.plan.sceneSummary) { job in
      for asset in assets { job.assets[asset.id] = asset }
      job.plan = scene.plan
      job.steps = scene.plan.steps.enumerated().map { index, planned in
        var step = Step(planned, index: index + 1)
        if let mask = masks[planned.id] {
          step.maskMode = .auto
          step.maskAssetID = mask.assetID
          step.maskIntent = mask.intent
        }
        return step
      }
      job.status = .planned
      job.metadata["findings"] = .array(findings)
      job.metadata["guides"] = .object(guides)
      job.metadata["planner"] = .object([
        "provider": .string(scene.provider ?? workshop.planner.name), "model": .string(scene.model),
      ])
    }
  }
}

/// A finding as job.json keeps it: its label and box, in pixels of the source.
struct FindingRecord {
  let label: String
  let box: Box

  init(_ finding: Finding) {
    label = finding.label
    box = finding.box
  }

  init?(_ json: JSONValue) {
    guard case .object(let fields) = json, let label = fields["label"]?.text,
      case .array(let numbers)? = fields["box"], numbers.count == 4
    else { return nil }
    let edges = numbers.compactMap { $0.double.map { Int($0) } }
    guard edges.count == 4 else { return nil }
    self.label = label
    box = Box(x: edges[0], y: edges[1], width: edges[2], height: edges[3])
  }

  var json: JSONValue {
    let edges = [box.x, box.y, box.width, box.height]
    return .object(["label": .string(label), "box": .array(edges.map { .integer($0) })])
  }
}
