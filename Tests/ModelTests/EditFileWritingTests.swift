import Model
import Testing

private func step(prompt: String, name: String = "Red car", variations: [String] = []) -> Step {
  let planned = PlanStep(
    id: "s2", name: name, type: .extract, target: "red car", prompt: prompt, promptVariations: variations,
    validate: .layer)
  return Step(planned, index: 2)
}

private func header(_ name: String = "street.jpg", reason: String = "61.2% is not white.") -> EditFile.Header {
  EditFile.Header(sourceName: name, stepCount: 5, reason: reason)
}

private let wordings = [
  "", "x", "a: b # c \"d\" 'e'", "- a", "? a", "&a *b !c %d @e `f`", "no", "~", "null", "12:30", "{a: [b",
  "two\nlines", "\n\n a \n  b\n", "trailing  \n  spaces ", "\ttab\tted", "\u{201C}quoted\u{201D}", "nul\0bell\u{7}",
  "line\u{2028}separator\u{85}next", "\u{FEFF}mark", "\r\ncarriage\rreturn", "\u{202E}backwards", "#hash", "---", "...",
  String(repeating: "long ", count: 400), String(repeating: "x", count: 3000), "🎨 é e\u{301} \u{FFFF}",
]

@Test(arguments: wordings)
func `an untouched edit file asks for what it was written for`(_ prompt: String) {
  let step = step(prompt: prompt, variations: wordings)
  let file = EditFile.write(step, header: header())
  guard case .request(let request, _) = EditFile.read(Array(file.utf8)) else {
    Issue.record("not readable: \(file)")
    return
  }
  #expect(request == EditFile.request(for: step))
  #expect(request.action == .retry)
}

@Test(arguments: [
  "a\naction: accept", "a\raction: accept", "a\r\naction: accept", "a\u{85}action: accept",
  "a\u{2028}action: accept", "a\u{2029}action: accept", "a\u{B}action: accept", "a\u{C}action: accept",
])
func `no name, reason or wording writes a line of its own`(_ text: String) {
  let step = step(prompt: "x", name: text, variations: [text])
  let file = EditFile.write(step, header: header(text, reason: text))
  #expect(EditFile.read(Array(file.utf8)) == .request(EditFile.request(for: step), notes: []))
}

@Test func `a person's wording stands in the file, the plan's below`() {
  var step = step(prompt: "the plan's", variations: ["another"])
  step.customPrompt = "mine"
  let file = EditFile.write(step, header: header())
  #expect(file.contains("prompt: >-\n  mine\n"))
  #expect(file.contains("#   1. another"))
  #expect(file.hasPrefix("# street.jpg, step 2 of 5: EXTRACT \"Red car\" needs you.\n# 61.2% is not white.\n"))
}

@Test func `the optional lines can be uncommented`() throws {
  let file = EditFile.write(step(prompt: "x"), header: header())
  let open = file.split(separator: "\n").map { line in
    ["# provider", "# model", "# min_non", "# max_non"].contains { line.hasPrefix($0) } ? line.dropFirst(2) : line
  }
  guard case .request(let request, let notes) = EditFile.read(Array(open.joined(separator: "\n").utf8)) else {
    Issue.record("not readable")
    return
  }
  #expect(notes.isEmpty)
  #expect(request.provider == "local")
  #expect(request.model == nil)
  #expect(request.minNonwhite == 0.01)
  #expect(request.maxNonwhite == 0.5)
}
