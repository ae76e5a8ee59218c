/// How a job's visible folder is named: `<stem>--<first 8 of the id>`.
package enum FaceName {
  /// The longest name a Linux file system takes (NAME_MAX), in bytes.
  private static let nameLimit = 255

  /// A name that is valid UTF-8, holds no control character or slash, does not begin with a dot and is at
  /// most 255 bytes long. The dropped bytes themselves are kept in the job's metadata.
  package static func make(stem: String, id: String) -> String {
    let suffix = "--" + id.prefix(8)
    var clean = ""
    for scalar in stem.unicodeScalars {
      let isUnsafe = scalar.value < 0x20 || scalar.value == 0x7F || scalar == "/" || scalar == "\u{FFFD}"
      clean.unicodeScalars.append(isUnsafe ? "_" : scalar)
    }
    while clean.utf8.count + suffix.utf8.count > nameLimit { clean.removeLast() }
    if clean.first == "." { clean = "_" + clean.dropFirst() }
    return (clean.isEmpty ? "picture" : clean) + suffix
  }

  /// The name without its last suffix: `street` of `street.jpg`, `.png` stays `.png`.
  package static func stem(ofFileNamed name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }
}
