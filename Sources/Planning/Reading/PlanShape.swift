import Model

/// Brings a model's steps into the shape of every plan here: `ANALYZE` first, then for each thing, front to
/// back, `EXTRACT` and `REMOVE`, so that what lies behind is extracted from a plate on which it shows.
struct PlanShape {
  let wishes: PlanWishes
  let maxLayers: Int
  let limits: [StepType: ValidationLimits]

  /// The steps in order, complete and numbered. Throws where nothing is left to do.
  func steps(from drafts: [StepDraft], _ reading: inout ReadPlan) throws(PlanRefusal) -> [PlanStep] {
    let ordered = try counted(peeled(drafts, &reading), &reading)
    let analysis = drafts.first { $0.type == .analyze }
    var steps = [
      PlanStep(
        id: "s01", name: "Analyze", type: .analyze, target: "the whole picture",
        prompt: analysis.flatMap { $0.prompt.isEmpty ? nil : $0.prompt }
          ?? "Find what stands out from the background, from front to back.", validate: .none)
    ]
    var names: Set<String> = ["analyze"]
    for var draft in ordered {
      draft.name = unique(draft.name, &names)
      let id = "s\((steps.count + 1).padded(to: 2))"
      if let box = draft.box { reading.boxes[id] = box }
      steps.append(step(draft, id: id, &reading))
    }
    return steps
  }

  /// What the scene is, where the model did not say.
  func summary(of steps: [PlanStep]) -> String {
    let layers = steps.filter { $0.type == .extract }.map(\.name)
    guard !layers.isEmpty else { return "\(steps.count - 1) steps." }
    return "\(layers.count) layers, front to back: \(layers.joined(separator: ", "))."
  }

  // MARK: - Order

  /// Every EXTRACT followed by the REMOVE of the same thing, which is added where it is missing.
  private func peeled(_ drafts: [StepDraft], _ reading: inout ReadPlan) -> [StepDraft] {
    let extracted = Set(drafts.filter { $0.type == .extract }.map(\.key))
    var ordered: [StepDraft] = []
    var done: Set<String> = []
    for draft in drafts {
      switch draft.type {
      case .extract:
        guard done.insert(draft.key).inserted else {
          reading.notes.append("\"\(draft.name)\" was planned twice; the second was left out.")
          continue
        }
        ordered.append(draft)
        if var planned = drafts.first(where: { $0.type == .remove && $0.key == draft.key }) {
          planned.box = planned.box ?? draft.box
          ordered.append(planned)
        } else {
          reading.notes.append("The plate without \"\(draft.name)\" was added.")
          ordered.append(removal(after: draft))
        }
      case .remove: if !extracted.contains(draft.key) { ordered.append(draft) }
      case .backgroundRemove, .reframe: ordered.append(draft)
      case .analyze, .upscale, .edit: continue
      }
    }
    return ordered
  }

  private func removal(after extract: StepDraft) -> StepDraft {
    let wording = StepWording.removal(of: extract.target)
    return StepDraft(
      type: .remove, name: "Remove \(extract.name.lowercased())", target: extract.target, prompt: wording.prompt,
      variations: wording.variations, fallbacks: [], box: extract.box)
  }

  private func extraction(named name: String) -> StepDraft {
    let wording = StepWording.extraction(of: name)
    return StepDraft(
      type: .extract, name: name, target: name, prompt: wording.prompt, variations: wording.variations,
      fallbacks: [.backgroundRemove])
  }

  // MARK: - Number of layers

  /// As many layers as wanted: exactly those a person named, else at most as many as the settings allow.
  private func counted(_ drafts: [StepDraft], _ reading: inout ReadPlan) throws(PlanRefusal) -> [StepDraft] {
    let drafts = wishes.layerNames.isEmpty ? drafts : named(drafts, &reading)
    let layers = drafts.filter { $0.type == .extract }
    let limit = wishes.exactLayers ?? maxLayers
    if let wanted = wishes.exactLayers, layers.count < wanted {
      reading.breaches.append("it has \(layers.count) layers where exactly \(wanted) are wanted")
    }
    guard layers.count > limit else {
      if drafts.isEmpty { throw PlanRefusal("it has nothing to extract or remove") }
      return drafts
    }
    let dropped = Set(layers.dropFirst(limit).map(\.key))
    reading.notes.append("The plan had \(layers.count) layers; the front \(limit) were kept.")
    return drafts.filter { !dropped.contains($0.key) || ($0.type != .extract && $0.type != .remove) }
  }

  /// The layers that a person named, under their names, in the model's order; what it forgot comes last.
  private func named(_ drafts: [StepDraft], _ reading: inout ReadPlan) -> [StepDraft] {
    let wanted = wishes.layerNames.map { PlainWords.clean($0, limit: PlainWords.nameLimit) }.filter { !$0.isEmpty }
    var kept: [StepDraft] = []
    var seen: Set<String> = []
    for draft in drafts {
      guard draft.type == .extract || draft.type == .remove else {
        kept.append(draft)
        continue
      }
      let name = wanted.first { name in
        [draft.key, draft.name.lowercased()].contains { $0 == name.lowercased() || $0 == "remove \(name.lowercased())" }
      }
      guard let name else {
        if draft.type == .extract { reading.notes.append("\"\(draft.name)\" is not a wanted layer and was left out.") }
        continue
      }
      var draft = draft
      if draft.type == .extract {
        draft.name = name
        seen.insert(name)
      }
      kept.append(draft)
    }
    for name in wanted where !seen.contains(name) {
      reading.shortcomings.append("the layer \"\(name)\" is missing")
      let extract = extraction(named: name)
      kept += [extract, removal(after: extract)]
    }
    return kept
  }

  // MARK: - One step

  private func step(_ draft: StepDraft, id: String, _ reading: inout ReadPlan) -> PlanStep {
    let wording = Self.wording(of: draft)
    var variations = draft.variations
    if variations.count < StepReader.variations.lowerBound {
      reading.shortcomings.append("\"\(draft.name)\" has \(variations.count) of 3 to 5 prompt_variations")
      for other in wording.variations where variations.count < StepReader.variations.lowerBound {
        if !variations.contains(other) { variations.append(other) }
      }
    }
    return PlanStep(
      id: id, name: draft.name, type: draft.type, target: draft.target,
      prompt: draft.prompt.isEmpty ? wording.prompt : draft.prompt, promptVariations: variations,
      validate: validate(draft), fallbacks: draft.fallbacks)
  }

  private static func wording(of draft: StepDraft) -> StepWording {
    switch draft.type {
    case .remove: .removal(of: draft.target)
    case .backgroundRemove: .backgroundRemoval
    case .reframe: .reframing
    case .extract, .analyze, .upscale, .edit: .extraction(of: draft.target)
    }
  }

  /// A model may make the checks stricter, and say that a thing is small; it may not make them pass.
  ///
  /// The lower limit may fall to a tenth of the setting, since a small thing is no fault; the upper one never
  /// rises above it.
  private func validate(_ draft: StepDraft) -> ValidationLimits {
    let own = limits[draft.type] ?? .standard(for: draft.type)
    guard draft.type == .extract || draft.type == .backgroundRemove else { return own }
    var limits = own
    if let high = draft.maxNonwhite, high > own.minNonwhite { limits.maxNonwhite = min(high, own.maxNonwhite) }
    if let low = draft.minNonwhite, low < limits.maxNonwhite {
      limits.minNonwhite = min(max(low, own.minNonwhite / 10), limits.maxNonwhite / 2)
    }
    return limits
  }

  private func unique(_ name: String, _ names: inout Set<String>) -> String {
    var candidate = name
    var number = 2
    while !names.insert(candidate.lowercased()).inserted {
      candidate = "\(name) \(number)"
      number += 1
    }
    return candidate
  }
}
