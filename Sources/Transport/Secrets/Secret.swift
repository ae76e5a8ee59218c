/// A key, token or password in memory.
///
/// Not Codable and never printed: description, interpolation and reflection show a mask. Making one also
/// teaches `redacted(_:)` to mask its text wherever it turns up later, for example in a service's error message.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The text itself, for the one place that sends it.
  package let revealed: String

  /// Nil for an empty text. White space around it, as files end with, does not belong to it.
  package init?(_ text: String) {
    let trimmed = text.trimmed
    guard !trimmed.isEmpty else { return nil }
    revealed = trimmed
    Redaction.learn(trimmed)
  }

  package var description: String { Redaction.mask }
  package var debugDescription: String { Redaction.mask }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(self[first...last])
  }
}
