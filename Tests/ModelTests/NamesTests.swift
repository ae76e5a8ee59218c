import Model
import Testing

private let id = "0b0e8a52-3f9b-4f7e-9a5e-1d7cf1f5c001"

@Test(arguments: [
  ("street", "street--0b0e8a52"), ("", "picture--0b0e8a52"), (".hidden", "_hidden--0b0e8a52"),
  (".\u{301}x", "_\u{301}x--0b0e8a52"), ("-rf", "-rf--0b0e8a52"), ("new\nline", "new_line--0b0e8a52"),
  ("a/b", "a_b--0b0e8a52"), ("\u{FFFD}\u{FFFD} ", "__ --0b0e8a52"), ("🎨", "🎨--0b0e8a52"),
  ("gnp.\u{202E}cod", "gnp._cod--0b0e8a52"), ("a\u{2028}b\u{85}c", "a_b_c--0b0e8a52"),
])
func `a face is named after its picture`(_ stem: String, _ name: String) {
  #expect(FaceName.make(stem: stem, id: id).unicodeScalars.elementsEqual(name.unicodeScalars))
}

@Test(arguments: [
  String(repeating: "x", count: 255), String(repeating: "🎨", count: 63), "e" + String(repeating: "\u{301}", count: 127),
])
func `a long name is cut to what a file system takes`(_ stem: String) {
  let name = FaceName.make(stem: stem, id: id)
  #expect(name.utf8.count <= 255)
  #expect(name.hasSuffix("--0b0e8a52"))
}

@Test func `composed and decomposed twins have two faces`() {
  let twins = [FaceName.make(stem: "\u{E9}", id: id), FaceName.make(stem: "e\u{301}", id: id)]
  #expect(!twins[0].utf8.elementsEqual(twins[1].utf8))
}

@Test(arguments: [("a.png", "a"), ("a.tar.gz", "a.tar"), (".png", ".png"), ("a", "a"), ("a.", "a"), ("", "")])
func `a stem is the name without its last suffix`(_ name: String, _ stem: String) {
  #expect(FaceName.stem(ofFileNamed: name) == stem)
}

@Test(arguments: [
  ("Red car (left)", "red-car-left"), ("", "bg-remove"), ("----", "bg-remove"), ("Ünïcode Ø", "n-code"),
  ("../../etc/passwd", "etc-passwd"), (String(repeating: "ab ", count: 50), "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a"),
])
func `a slug is safe in a file name`(_ name: String, _ slug: String) {
  #expect(Slug.make(from: name, fallback: "BG_REMOVE") == slug)
}

@Test(arguments: [("promt", "prompt"), ("PROMPT", "prompt"), ("maks", "mask"), ("x", nil), ("colour", nil)])
func `a slip of the pen is found`(_ word: String, _ guess: String?) {
  #expect(Spelling.closest(to: word, among: ["action", "prompt", "mask"]) == guess)
}

@Test func `ids are what the contract says`() {
  #expect(Identifier.job().count == 36)
  for (text, digits) in [(Identifier.run(), 10), (Identifier.asset(), 16)] {
    #expect(text.count == digits)
    #expect(text.allSatisfy { $0.isHexDigit && !$0.isUppercase })
  }
  #expect(Set((0..<1000).map { _ in Identifier.run() }).count == 1000)
}

@Test(arguments: [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")])
func `a fingerprint is FNV-1a`(_ text: String, _ value: String) {
  // The values are the test vectors of the algorithm's authors.
  #expect(Fingerprint.of(text) == value)
}
