/// File-name-safe short forms of names: lower-case ASCII letters, digits and single hyphens.
package enum Slug {
  /// `Red car (left)` becomes `red-car-left`; at most `limit` bytes; `fallback` where nothing is left.
  package static func make(from name: String, fallback: String, limit: Int = 40) -> String {
    var slug = ""
    for scalar in name.lowercased().unicodeScalars {
      switch scalar {
      case "a"..."z", "0"..."9": slug.unicodeScalars.append(scalar)
      default: if let last = slug.last, last != "-" { slug.append("-") }
      }
      if slug.utf8.count >= limit { break }
    }
    while slug.last == "-" { slug.removeLast() }
    return slug.isEmpty ? fallback.lowercased().replacing("_", with: "-") : slug
  }
}
