extension Unicode.Scalar {
  /// What breaks a line, may not stand in YAML at all (YAML 1.2, section 5.1), or shows text in another order
  /// than it is written (UAX 9): nothing that a name or a sentence needs.
  var isUnprintable: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE,
      0xFFFF:
      true
    default: false
    }
  }
}

extension String {
  /// With spaces for everything unprintable but line feeds and tabs.
  var printable: String {
    let kept: (Unicode.Scalar) -> Bool = { $0 == "\n" || $0 == "\t" || !$0.isUnprintable }
    var text = String.UnicodeScalarView()
    for scalar in replacing("\r\n", with: "\n").unicodeScalars { text.append(kept(scalar) ? scalar : " ") }
    return String(text)
  }

  /// With spaces for everything unprintable: one line, whatever it was.
  package var onOneLine: String {
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars { text.append(scalar.isUnprintable ? " " : scalar) }
    return String(text)
  }
}

/// Text as people's editors write it: with or without byte order mark, UTF-8 or UTF-16, any line ends.
package enum PersonText {
  /// The text with `\n` line ends and no byte order mark; nil if the bytes are neither UTF-8 nor UTF-16.
  package static func decode(_ bytes: [UInt8]) -> String? {
    let text: String?
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      text = String(validating: bytes.dropFirst(3), as: UTF8.self)
    } else if bytes.starts(with: [0xFF, 0xFE]) {
      text = utf16(bytes.dropFirst(2), bigEndian: false)
    } else if bytes.starts(with: [0xFE, 0xFF]) {
      text = utf16(bytes.dropFirst(2), bigEndian: true)
    } else if bytes.count >= 4, bytes.count.isMultiple(of: 2), bytes[0] != 0, bytes[1] == 0, bytes[3] == 0 {
      // Windows programs write UTF-16 without a mark too; ASCII text then has a zero in every odd place.
      text = utf16(bytes[...], bigEndian: false)
    } else if bytes.count >= 4, bytes.count.isMultiple(of: 2), bytes[1] != 0, bytes[0] == 0, bytes[2] == 0 {
      text = utf16(bytes[...], bigEndian: true)
    } else {
      text = String(validating: bytes, as: UTF8.self)
    }
    return text?.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  private static func utf16(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) -> String? {
    guard bytes.count.isMultiple(of: 2) else { return nil }
    let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      return bigEndian ? first << 8 | second : second << 8 | first
    }
    return String(validating: units, as: UTF16.self)
  }
}
