/// How a job's visible folder is named: `<stem>--<first 8 of the id>`.
package enum FaceName {
  /// The longest name a Linux file system takes (NAME_MAX), in bytes.
  private static let nameLimit = 255

  /// A name that is valid UTF-8, holds no control character, text direction mark or slash, does not begin with
  /// a dot and is at most 255 bytes long. The dropped bytes themselves are kept in the job's metadata.
  package static func make(stem: String, id: String) -> String {
    let suffix = "--" + id.prefix(8)
    var clean = ""
    for scalar in stem.unicodeScalars {
      let hides = clean.isEmpty && scalar == "."
      clean.unicodeScalars.append(hides || isUnsafe(scalar) ? "_" : scalar)
    }
    while clean.utf8.count + suffix.utf8.count > nameLimit { clean.removeLast() }
    return (clean.isEmpty ? "picture" : clean) + suffix
  }

  /// What the names of all faces made of `stem` begin with.
  package static func beginning(stem: String) -> String { String(make(stem: stem, id: "00000000").dropLast(8)) }

  /// Whether a folder's name looks like that of a face: it ends in two hyphens and 8 hex digits.
  package static func isPlausible(_ name: String) -> Bool {
    let end = name.suffix(10)
    return end.count == 10 && end.hasPrefix("--") && end.dropFirst(2).allSatisfy(\.isHexDigit)
  }

  /// Whether `name` can be the name of a folder: it stays within its parent and is not hidden.
  package static func isUsable(_ name: String) -> Bool {
    (1...nameLimit).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
      && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isUnprintable || scalar == "/" || scalar == "\u{FFFD}"
  }

  /// The name without its last suffix: `street` of `street.jpg`, `.png` stays `.png`.
  package static func stem(ofFileNamed name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }
}
