/// Short fingerprints that tell changed content from unchanged; not a defence against forgery.
package enum Fingerprint {
  /// 16 hex digits: FNV-1a, 64 bit (Fowler, Noll, Vo; RFC 9923), over the bytes.
  package static func of(_ bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The fingerprint of a text's UTF-8.
  package static func of(_ text: String) -> String { of(text.utf8) }
}
