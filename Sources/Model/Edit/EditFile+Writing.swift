extension EditFile {
  /// What the header of a new edit file tells.
  package struct Header: Sendable {
    package var sourceName: String
    package var stepCount: Int
    /// One sentence: what is wrong, with the number and the limit.
    package var reason: String
    /// The services that could make the step's picture, the usual one first.
    package var providers: [String]

    package init(sourceName: String, stepCount: Int, reason: String, providers: [String] = []) {
      self.sourceName = sourceName
      self.stepCount = stepCount
      self.reason = reason
      self.providers = providers
    }
  }

  /// The edit file for a step that needs a person; reading it back gives `request(for: step)`.
  package static func write(_ step: Step, header: Header) -> String {
    let name = header.sourceName.onOneLine
    var lines = [
      "# \(name), step \(step.index) of \(header.stepCount): \(step.type.rawValue) \"\(step.name.onOneLine)\" needs you."
    ]
    lines += wrap(header.reason, width: 98).map { "# \($0)" }
    lines += pictures(of: step).map { "# \($0)" }
    lines += ["# Change something below and save: the step runs again by itself.", ""]
    lines.append("action: retry            # \(actions(of: step).joined(separator: " | "))")
    lines += explanations(of: step)
    lines += scalar(key: "prompt", text: step.effectivePrompt)
    let example = "\(step.fileStem).mask.png"
    lines.append(
      "mask: \(maskChoice(for: step).written.padded(to: 18)) "
        + "# none | auto | a file in this folder (white = work here), e.g. \(example)")
    lines += optionalLines(for: step, header)
    if step.outputsHistory.count > 1 {
      let picked = step.outputsHistory.count
      lines.append(
        "# try: \(picked)                 # take an earlier try instead; \(step.fileStem).tries.png shows them")
    }
    let others = step.promptVariations.filter { $0 != step.effectivePrompt }
    if !others.isEmpty {
      lines.append("# Other wordings from the plan:")
      for (index, wording) in others.enumerated() {
        let wrapped = wrap("\(index + 1). \(wording)", width: 95)
        lines += wrapped.map { "#   \($0)" }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What the untouched edit file of a step asks for: the baseline that a save is compared with.
  ///
  /// It is read from what `write` writes, so that no wording, however odd, makes an untouched file a change.
  package static func request(for step: Step) -> EditRequest {
    let file = write(step, header: Header(sourceName: "", stepCount: 0, reason: ""))
    if case .request(let request, _) = read(Array(file.utf8)) { return request }
    return EditRequest(mask: maskChoice(for: step))
  }

  private static func maskChoice(for step: Step) -> MaskChoice {
    step.maskMode == .none || step.maskAssetID == nil ? .none : .auto
  }

  /// Which picture beside the file shows what.
  private static func pictures(of step: Step) -> [String] {
    let stem = step.fileStem
    guard step.outputAssetID != nil else { return ["No picture of this step is usable; \(stem).status.txt says why."] }
    if step.type == .analyze { return ["\(stem).png is the picture with what was found in it."] }
    let tries = step.outputsHistory.count > 1 ? ", \(stem).tries.png all tries" : ""
    return ["\(stem).png is the best try, \(stem).problems.png shows what is wrong with it\(tries)."]
  }

  private static func actions(of step: Step) -> [String] {
    if step.type == .analyze { return ["retry", "accept", "stop"] }
    return ["retry", "accept", "skip", "bg-remove", "plate-and-retry", "stop"]
  }

  /// What each action does, for somebody who sees such a file for the first time.
  private static func explanations(of step: Step) -> [String] {
    if step.type == .analyze {
      return [
        "#   retry   plan again from a mask: paint white over each object on a copy of source.png, the rest black,",
        "#           and save it here as \(step.fileStem).mask.png; that alone is enough",
        "#   accept  go on without layers: the picture is all background",
        "#   stop    end this picture's job; everything made so far stays",
      ]
    }
    return [
      "#   retry            run this step again with what you change below",
      "#   accept           take \(step.fileStem).png as it is; you may paint over it first",
      "#   skip             leave this step out and go on",
      "#   bg-remove        keep everything but the background",
      "#   plate-and-retry  first remove what lies in front (plate_prompt, plate_mask below), then run again",
      "#   stop             end this picture's job; everything made so far stays",
      "# Lines that begin with # are remarks. To use one of those below, take its # away.",
    ]
  }

  private static func optionalLines(for step: Step, _ header: Header) -> [String] {
    if step.type == .analyze { return [] }
    let others = header.providers.isEmpty ? "" : ": \(header.providers.joined(separator: ", "))"
    let provider = "# provider: \(header.providers.last ?? "local")".padded(to: 24)
    return [
      "\(provider) # optional: another service for this step\(others)",
      "# model:                 # optional: another model of that service",
      "\("# min_nonwhite: \(step.limits.minNonwhite)".padded(to: 24)) # optional: other limits, shares of the picture",
      "# max_nonwhite: \(step.limits.maxNonwhite)",
      "# plate_prompt:          # for plate-and-retry: what to remove, in words",
      "# plate_mask:            # for plate-and-retry: a file in this folder that marks it in white",
    ]
  }

  /// A key with a text that may hold colons, hashes and quotes: a folded block, a literal one where line
  /// breaks matter (YAML 1.2, sections 8.1.2 and 8.1.3).
  private static func scalar(key: String, text: String) -> [String] {
    let text = text.printable.replacing("\t", with: " ").trimmingWhitespace()
    if text.isEmpty { return ["\(key):"] }
    if text.contains("\n") {
      return ["\(key): |-"] + text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
    }
    return ["\(key): >-"] + wrap(text, width: 96).map { "  \($0)" }
  }

  /// Lines of at most `width` characters, broken at single spaces; longer words stay whole.
  private static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.onOneLine.split(separator: " ") {
      if !line.isEmpty, line.count + word.count + 1 > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? "\(word)" : " \(word)"
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

extension String {
  /// With spaces at the end up to `width` characters.
  package func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
