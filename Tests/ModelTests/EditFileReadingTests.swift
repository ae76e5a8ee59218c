import Model
import Testing

/// The request in the file, or nil with the fault recorded.
private func request(_ text: String) -> EditRequest? {
  guard case .request(let request, _) = EditFile.read(Array(text.utf8)) else {
    Issue.record("not readable: \(EditFile.read(Array(text.utf8)))")
    return nil
  }
  return request
}

private func problem(_ bytes: [UInt8]) -> EditProblem? {
  if case .unreadable(let problem) = EditFile.read(bytes) { problem } else { nil }
}

private func problem(_ text: String) -> EditProblem? { problem(Array(text.utf8)) }

private func notes(_ text: String) -> [String] {
  if case .request(_, let notes) = EditFile.read(Array(text.utf8)) { notes } else { [] }
}

private let file = """
  # A comment
  action: retry
  prompt: >-
    Only the red car,
    not its shadow
  mask: 02-red-car.mask.png
  provider: Gemini
  model: flash
  min_nonwhite: 2%
  max_nonwhite: 0.35

  """

private let wanted = EditRequest(
  action: .retry, prompt: "Only the red car, not its shadow", mask: .file("02-red-car.mask.png"), provider: "gemini",
  model: "flash", minNonwhite: 0.02, maxNonwhite: 0.35)

private func utf16(_ text: String, bigEndian: Bool, mark: Bool) -> [UInt8] {
  ((mark ? "\u{FEFF}" : "") + text).utf16.flatMap { unit in
    let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
    return bigEndian ? bytes : bytes.reversed()
  }
}

@Test func `every key is read`() {
  #expect(request(file) == wanted)
}

@Test(arguments: [
  [0xEF, 0xBB, 0xBF] + Array(file.utf8),
  Array(file.replacing("\n", with: "\r\n").utf8),
  Array(file.replacing("\n", with: "\r").utf8),
  [0xEF, 0xBB, 0xBF] + Array(file.replacing("\n", with: "\r\n").utf8),
  utf16(file, bigEndian: false, mark: true), utf16(file, bigEndian: true, mark: true),
  utf16(file, bigEndian: false, mark: false), utf16(file, bigEndian: true, mark: false),
])
func `the same file in another encoding means the same`(_ bytes: [UInt8]) {
  #expect(EditFile.read(bytes) == .request(wanted, notes: []))
}

@Test(arguments: ["", "\n", " \r\n\t\n", "\u{FEFF}"])
func `an empty file is being saved`(_ text: String) {
  #expect(EditFile.read(Array(text.utf8)) == .beingSaved)
}

@Test func `only comments ask for a plain retry`() {
  #expect(request("# nothing\n") == EditRequest())
}

@Test(arguments: ["retry", "Retry", "\"retry\"", "'RETRY'", "\u{201C}retry\u{201D}", "\u{201E}retry\u{201C}"])
func `an action is read however it is quoted`(_ word: String) {
  #expect(request("action: \(word)\n")?.action == .retry)
}

@Test(arguments: [("bg_remove", EditAction.backgroundRemove), ("plate-and-retry", .plateAndRetry), ("STOP", .stop)])
func `actions go by their names with hyphen or underline`(_ word: String, _ action: EditAction) {
  #expect(request("action: \(word)\n")?.action == action)
}

@Test func `curly quotes are taken off and said`() {
  let text = "prompt: \u{201C}the \u{2018}red\u{2019} car\u{201D}\n"
  #expect(request(text)?.prompt == "the \u{2018}red\u{2019} car")
  #expect(notes(text) == ["The curly quotes around the value of \"prompt\" were taken off."])
}

@Test(arguments: [
  ("promt: x", "did you mean \"prompt\"?"), ("Masc: x", "did you mean \"mask\"?"),
  ("max_non_white: 1", "did you mean \"max_nonwhite\"?"), ("colour: red", "see the comments."),
])
func `an unknown key is passed over with a suggestion`(_ line: String, _ suggestion: String) {
  #expect(request("action: skip\n\(line)\n")?.action == .skip)
  #expect(notes("action: skip\n\(line)\n").first?.hasPrefix("Line 2: ") == true)
  #expect(notes("action: skip\n\(line)\n").first?.hasSuffix(suggestion) == true)
}

@Test func `a thousand unknown keys are not a thousand sentences`() {
  let text = (0..<1000).map { "key\($0): 1\n" }.joined()
  #expect((1...10).contains(notes(text).count))
}

@Test(arguments: [
  ("actoin\n", 1, "key: value"),
  ("action: retyr\n", 1, "Did you mean retry?"),
  ("action: [retry]\n", 1, "one value"),
  ("action: retry\n\tprompt: x\n", 2, "tab"),
  ("action: retry\nprovider: a: b\n", 2, "not valid YAML"),
  ("action: retry\nMask: none\nmask: auto\n", 3, "more than once"),
  ("action: retry\nprompt: \"a\nmask: none\n", 4, "not valid YAML"),
  ("action: retry\nmin_nonwhite: much\n", 2, "number from 0 to 1"),
  ("action: retry\nmax_nonwhite: 35\n", 2, "share from 0 to 1"),
  ("action: retry\nmax_nonwhite: -1%\n", 2, "share from 0 to 1"),
  ("mask: ../../secret.png\n", 1, "without slashes"),
  ("mask: ..\n", 1, "without slashes"),
  ("mask: \"../\u{301}x.png\"\n", 1, "without slashes"),
  ("mask: \"a\\0b\"\n", 1, "without slashes"),
  ("--- \naction: retry\n---\naction: skip\n", 3, "not valid YAML"),
])
func `a mistake is named with its line and the remedy`(_ text: String, _ line: Int, _ words: String) {
  #expect(problem(text)?.line == line)
  #expect(problem(text)?.description.contains(words) == true)
}

@Test func `a key that stands twice is refused by name`() {
  #expect(problem("action: retry\naction: skip\n")?.description.contains("\"action\" stands in the file") == true)
}

@Test func `limits in the wrong order are refused`() {
  #expect(problem("min_nonwhite: 0.5\nmax_nonwhite: 0.1\n")?.description.contains("Swap") == true)
}

@Test(arguments: [[0xFF, 0xFE, 0x41], [0x80, 0x81], [0xC3], Array("action: \u{0}retry".utf8)] as [[UInt8]])
func `what is no text is refused in words`(_ bytes: [UInt8]) {
  #expect(problem(bytes)?.message.isEmpty == false)
}

@Test func `a huge file is refused unread`() {
  let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: EditFile.sizeLimit + 1)
  #expect(problem(bytes)?.message.contains("\(EditFile.sizeLimit)") == true)
}

/// Texts that would cost a careless reader all memory, its stack or minutes.
enum Bomb: CaseIterable {
  case aliases, brackets, longKey

  var text: String {
    switch self {
    case .aliases:
      "a: &a [x,x]\n" + zip("abcdefgh", "bcdefghi").map { "\($1): &\($1) [*\($0),*\($0)]\n" }.joined() + "prompt: *i\n"
    case .brackets: String(repeating: "[", count: 100_000)
    case .longKey: String(repeating: "a", count: 200_000) + ": 1\n"
    }
  }
}

@Test(arguments: Bomb.allCases)
func `a bomb neither hangs nor kills`(_ bomb: Bomb) {
  if case .beingSaved = EditFile.read(Array(bomb.text.utf8)) { Issue.record("taken as empty") }
}

@Test(arguments: [
  ("prompt: no", "no"), ("prompt: 12:30", "12:30"), ("prompt: 1e3", "1e3"), ("prompt: 012", "012"),
  ("prompt: yes # comment", "yes"), ("prompt: 'it''s'", "it's"), ("prompt: |-\n  a\n  b", "a\nb"),
])
func `a value is the text that stands there`(_ line: String, _ prompt: String) {
  #expect(request(line + "\n")?.prompt == prompt)
}

@Test(arguments: [
  ("prompt: Extract: the red car", "Extract: the red car"),
  ("prompt: a car, colour: red, on #FFFFFF", "a car, colour: red, on #FFFFFF"),
  ("prompt: #FFFFFF around it", "#FFFFFF around it"),
  ("prompt: \"red\" car and \"blue\" car", "\"red\" car and \"blue\" car"),
  ("prompt: 'the car's wheels", "'the car's wheels"),
  ("prompt: [red] {car} \\ \"x\": 50%", "[red] {car} \\ \"x\": 50%"),
  ("prompt: %50 of it", "%50 of it"), ("prompt: @car", "@car"), ("prompt: *red* car", "*red* car"),
  ("prompt: !car", "!car"), ("prompt: - car", "- car"), ("prompt: `car`", "`car`"), ("prompt: car:", "car:"),
  ("prompt: >- the red car", "the red car"),
  ("prompt: >-\nThe red car.\nKeep: its shadow.", "The red car. Keep: its shadow."),
  ("prompt: >-\n  The red car.\nNot the blue: one.\n\nNever.", "The red car. Not the blue: one.\nNever."),
  ("prompt: The red car.\nKeep: its shadow.", "The red car. Keep: its shadow."),
  ("prompt: The red car,\n  style: photo", "The red car, style: photo"),
  ("prompt:\nThe red car", "The red car"), ("Prompt: a: b", "a: b"),
])
func `a pasted prompt stands for itself`(_ lines: String, _ prompt: String) {
  #expect(request("action: skip\n\(lines)\nmask: auto\n# x\n")?.prompt == prompt)
  #expect(request("action: skip\n\(lines)\nmask: auto\n# x\n")?.mask == .auto)
  #expect(request(lines)?.prompt == prompt)
}

@Test func `a mistake below a pasted prompt is named with its own line`() {
  #expect(problem("prompt: >-\nThe red: car\nthe blue\naction: retyr\n")?.line == 4)
}

@Test func `a remark behind a prompt is left out, and that is said`() {
  #expect(request("prompt: a: b # c\n")?.prompt == "a: b")
  #expect(notes("prompt: a # b\n").first?.hasPrefix("What stands after \" # \" in \"prompt\"") == true)
  #expect(notes("prompt: >- # b\n  a\n").isEmpty && notes("prompt: \"a\" # b\n").isEmpty)
}

@Test(arguments: ["Action: skip", "ACTION: Skip", "Max-Nonwhite: 0.5\naction: skip"])
func `keys are read in any letters`(_ text: String) {
  #expect(request(text)?.action == .skip && notes(text).isEmpty)
}

@Test(arguments: [("none", MaskChoice.none), ("no", .none), ("~", .none), ("", .none), ("Auto", .auto)])
func `a mask is a word or a file`(_ word: String, _ choice: MaskChoice) {
  #expect(request("mask: \(word)\n")?.mask == choice)
}

@Test func `layout does not change the meaning, wording does`() throws {
  let first = try #require(request("prompt: a b\naction: retry\n"))
  let same = try #require(request("action:   retry\n# x\nprompt: >-\n  a\n  b\n"))
  let other = try #require(request("action: retry\nprompt: a c\n"))
  #expect(first.meaning(maskContent: nil) == same.meaning(maskContent: nil))
  #expect(first.meaning(maskContent: nil) != other.meaning(maskContent: nil))
  #expect(first.meaning(maskContent: nil) != first.meaning(maskContent: "0"))
}
