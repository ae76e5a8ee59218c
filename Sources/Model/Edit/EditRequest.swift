/// What a person asks of a step by saving its edit file (DESIGN section 6).
package struct EditRequest: Sendable, Hashable {
  package var action: EditAction
  /// The wording; nil where the file has none.
  package var prompt: String?
  package var mask: MaskChoice
  package var provider: String?
  package var model: String?
  /// Other limits than the step's, shares of the picture 0...1.
  package var minNonwhite: Double?
  package var maxNonwhite: Double?
  /// The number of an earlier try, from 1, whose picture is to be taken.
  package var pick: Int?
  /// For `plate-and-retry`: how to remove what lies in front, and a file that marks it.
  package var platePrompt: String?
  package var plateMask: String?

  package init(
    action: EditAction = .retry, prompt: String? = nil, mask: MaskChoice = .none, provider: String? = nil,
    model: String? = nil, minNonwhite: Double? = nil, maxNonwhite: Double? = nil
  ) {
    self.action = action
    self.prompt = prompt
    self.mask = mask
    self.provider = provider
    self.model = model
    self.minNonwhite = minNonwhite
    self.maxNonwhite = maxNonwhite
  }

  /// The request as one canonical text: equal for two files that mean the same, however they are laid out.
  ///
  /// `maskContent` and `plateMaskContent` are the fingerprints of the mask files that would be used, so that
  /// painting on follows as a change of meaning though the file's name stays.
  package func meaning(maskContent: String?, plateMaskContent: String? = nil) -> String {
    let parts: [String] = [
      action.rawValue, Self.words(prompt), maskContent ?? mask.written, provider ?? "", model ?? "",
      minNonwhite.map { "\($0)" } ?? "", maxNonwhite.map { "\($0)" } ?? "", pick.map { "\($0)" } ?? "",
      Self.words(platePrompt), plateMaskContent ?? plateMask ?? "",
    ]
    return Fingerprint.of(parts.joined(separator: "\u{1F}"))
  }

  private static func words(_ text: String?) -> String {
    text?.split(whereSeparator: \.isWhitespace).joined(separator: " ") ?? ""
  }
}

/// The words of the edit file's `action`.
package enum EditAction: String, Sendable, CaseIterable {
  case retry
  case accept
  case skip
  case backgroundRemove = "bg-remove"
  case plateAndRetry = "plate-and-retry"
  case stop

  /// The job model's name of the same action.
  package var stepAction: StepAction {
    switch self {
    case .retry: .retry
    case .accept: .accept
    case .skip: .skip
    case .backgroundRemove: .backgroundRemove
    case .plateAndRetry: .plateAndRetry
    case .stop: .stop
    }
  }
}

/// The edit file's `mask`.
package enum MaskChoice: Sendable, Hashable {
  case none
  case auto
  /// A plain file name in the same folder.
  case file(String)

  /// As it stands in the file.
  package var written: String {
    switch self {
    case .none: "none"
    case .auto: "auto"
    case .file(let name): name
    }
  }
}

/// What a look at an edit file gave.
package enum EditReading: Sendable, Hashable {
  /// Empty: an editor has truncated it and will write in a moment.
  case beingSaved
  /// `notes` are sentences about what was tolerated, for the status file.
  case request(EditRequest, notes: [String])
  case unreadable(EditProblem)
}

/// Why an edit file cannot be used, and how to mend it.
package struct EditProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// From 1; nil where the fault has no place.
  package var line: Int?
  package var column: Int?
  /// One sentence with the remedy.
  package var message: String

  package init(line: Int? = nil, column: Int? = nil, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  package var description: String {
    guard let line else { return message }
    return "Line \(line), column \(column ?? 1): \(message)"
  }
}
