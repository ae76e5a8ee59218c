extension EditFile {
  /// What the header of a new edit file tells.
  package struct Header: Sendable {
    package var sourceName: String
    package var stepCount: Int
    /// One sentence: what is wrong, with the number and the limit.
    package var reason: String

    package init(sourceName: String, stepCount: Int, reason: String) {
      self.sourceName = sourceName
      self.stepCount = stepCount
      self.reason = reason
    }
  }

  /// The edit file for a step that needs a person; reading it back gives `request(for: step)`.
  package static func write(_ step: Step, header: Header) -> String {
    let name = header.sourceName.onOneLine
    var lines = [
      "# \(name), step \(step.index) of \(header.stepCount): \(step.type.rawValue) \"\(step.name.onOneLine)\" needs you."
    ]
    lines += wrap(header.reason, width: 98).map { "# \($0)" }
    lines += ["# Change something below and save: the step runs again by itself.", ""]
    lines.append("action: retry            # retry | accept | skip | bg-remove | plate-and-retry | stop")
    lines += explanations(of: step)
    lines += scalar(key: "prompt", text: step.effectivePrompt)
    let example = "\(step.fileStem).mask.png"
    lines.append(
      "mask: \(maskChoice(for: step).written.padded(to: 18)) "
        + "# none | auto | a file in this folder (white = work here), e.g. \(example)")
    lines += optionalLines(for: step)
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

  /// What each action does, for somebody who sees such a file for the first time.
  private static func explanations(of step: Step) -> [String] {
    [
      "#   retry            run this step again with what you change below",
      "#   accept           take \(step.fileStem).png as it is; you may paint over it first",
      "#   skip             leave this step out and go on",
      "#   bg-remove        keep everything but the background",
      "#   plate-and-retry  first remove what lies in front (plate_prompt, plate_mask below), then run again",
      "#   stop             end this picture's job; everything made so far stays",
      "# Lines that begin with # are remarks. To use one of those below, take its # away.",
    ]
  }

  private static func optionalLines(for step: Step) -> [String] {
    [
      "# provider: local        # optional: another service for this step",
      "# model:                 # optional: another model of that service",
      "# min_nonwhite: \(step.limits.minNonwhite)     # optional: other limits, shares of the picture",
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
