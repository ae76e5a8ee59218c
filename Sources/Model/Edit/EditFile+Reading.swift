import Yams

/// The small YAML file in a review folder through which a person steers a step.
package enum EditFile {
  /// Larger files are not edit files; the limit also keeps YAML bombs small.
  package static let sizeLimit = 256 * 1024
  static let keys = [
    "action", "prompt", "mask", "provider", "model", "min_nonwhite", "max_nonwhite", "try", "plate_prompt",
    "plate_mask",
  ]

  /// A key as people write it, in the file's own spelling: `Max-Nonwhite` is `max_nonwhite`.
  static func key(_ written: String) -> String { written.lowercased().replacing("-", with: "_") }

  /// What the bytes of an edit file mean. Never throws: what cannot be read is an answer too.
  package static func read(_ bytes: [UInt8]) -> EditReading {
    guard bytes.count <= sizeLimit else { return tooLarge(bytes.count) }
    guard let text = PersonText.decode(bytes) else {
      return .unreadable(EditProblem(message: "The file is neither UTF-8 nor UTF-16 text. Save it as UTF-8."))
    }
    if text.allSatisfy(\.isWhitespace) { return .beingSaved }
    do throws(EditProblem) {
      let pasted = PastedText(text)
      var reader = EditReader(notes: pasted.notes)
      let request = try reader.request(from: try compose(pasted.yaml))
      return .request(request, notes: reader.notes)
    } catch {
      return .unreadable(error)
    }
  }

  /// What is said of a file of so many bytes, which need not be read for it.
  package static func tooLarge(_ size: Int) -> EditReading {
    .unreadable(
      EditProblem(message: "The file has \(size) bytes; an edit file has at most \(sizeLimit). Shorten it."))
  }

  /// The mapping at the top of the file, unexpanded: an alias is a node like any other here, and only
  /// scalars are read further on, so nested aliases cost nothing.
  private static func compose(_ text: String) throws(EditProblem) -> Node.Mapping {
    if let tab = lineIndentedByTab(text) {
      throw EditProblem(line: tab, column: 1, message: "The line begins with a tab. Indent with spaces instead.")
    }
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw problem(from: error)
    } catch {
      throw EditProblem(message: "The file is not valid YAML: \(error). Compare it with the comments above.")
    }
    // Only comments: every key may be left out, which is the same as all defaults.
    guard let node, node != .scalar(.init("")) else { return Node.Mapping([]) }
    guard case .mapping(let mapping) = node else {
      throw EditProblem(
        line: node.mark?.line, column: node.mark?.column,
        message: "Lines of the form \"key: value\" are expected here, for example \"action: retry\".")
    }
    return mapping
  }

  private static func lineIndentedByTab(_ text: String) -> Int? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let index = lines.firstIndex { line in
      let indent = line.prefix { $0 == " " || $0 == "\t" }
      return indent.contains("\t") && indent.count < line.count && !line.dropFirst(indent.count).hasPrefix("#")
    }
    return index.map { $0 + 1 }
  }

  private static func problem(from error: YamlError) -> EditProblem {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      let remedy = "Put a text with a colon, hash or quote in it on lines of its own after \"prompt: >-\"."
      return EditProblem(line: mark.line, column: mark.column, message: "This is not valid YAML: \(problem). \(remedy)")
    case .duplicatedKeysInMapping(let duplicates, _):
      return EditProblem(message: "\"\(duplicates.first ?? "")\" stands in the file more than once. Remove one.")
    default:
      return EditProblem(message: "The file is not valid YAML: \(error). Compare it with the comments at its top.")
    }
  }
}
