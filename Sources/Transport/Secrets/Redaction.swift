import Blocking

/// `text` without any secret of this process, and without what looks like one: the sink that every text from
/// outside (error bodies, library messages, file contents in errors) passes before it is shown or kept.
package func redacted(_ text: String) -> String { Redaction.apply(to: text) }

/// What the process knows to be secret.
enum Redaction {
  static let mask = "[secret]"
  /// Shorter texts would mask ordinary words; no service hands out such keys.
  private static let shortest = 6
  private static let known = Locked<Set<String>>([])

  /// Masks `secret` from now on, also as it looks in a form or an address and in base64 (HTTP Basic).
  static func learn(_ secret: String) {
    guard secret.utf8.count >= shortest else { return }
    known.withLock { known in
      known.insert(secret)
      known.insert(WebAddress.segment(secret))
      known.insert(base64(Array(secret.utf8)))
      // fal's keys are "id:secret", and each half is worth keeping. A PEM key may be shown line by line.
      for part in secret.split(whereSeparator: { $0 == ":" || $0.isNewline }) where part.utf8.count >= 16 {
        known.insert(String(part))
      }
    }
  }

  static func apply(to text: String) -> String {
    var clean = text
    let secrets = known.withLock { $0 }.sorted { $0.utf8.count > $1.utf8.count }
    for secret in secrets where clean.contains(secret) {
      clean = clean.split(separator: secret, omittingEmptySubsequences: false).joined(separator: mask)
    }
    return maskingLookalikes(in: clean)
  }

  /// How keys of the services begin; vendors echo keys that are not ours too, such as the one just replaced.
  private static let beginnings = ["sk-", "AIza", "ya29.", "1//", "eyJ", "Bearer ", "-----BEGIN"]

  private static func maskingLookalikes(in text: String) -> String {
    guard beginnings.contains(where: text.contains) else { return text }
    var clean = ""
    var rest = text[...]
    while let first = rest.first {
      if let begin = beginnings.first(where: rest.hasPrefix), clean.last.map(isKeyCharacter) != true {
        let tail = rest.dropFirst(begin.count)
        let end = begin == "-----BEGIN" ? tail.endIndex : tail.firstIndex { !isKeyCharacter($0) } ?? tail.endIndex
        if tail.distance(from: tail.startIndex, to: end) >= 8 {
          clean += begin == "Bearer " ? begin + mask : mask
          rest = rest[end...]
          continue
        }
      }
      clean.append(first)
      rest = rest.dropFirst()
    }
    return clean
  }

  private static func isKeyCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_.*/+=~".contains(character))
  }
}
