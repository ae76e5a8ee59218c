package import FoundationEssentials
import Glibc

/// A point in time, written as ISO 8601 in UTC with milliseconds: `2026-11-23T20:11:48.123Z`.
///
/// Reading also takes what the web tool wrote: any number of fraction digits, an offset, or no zone (UTC).
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01 UTC. Integers, so that a value survives a round trip through JSON.
  package let milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  package init(_ date: Date) {
    milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
  }

  /// The clock of this machine.
  package static var now: Timestamp { Timestamp(Date()) }

  package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }

  package var description: String {
    let parts = calendarParts
    return "\(parts.year)-\(parts.month)-\(parts.day)T\(parts.hour):\(parts.minute):\(parts.second).\(parts.fraction)Z"
  }

  /// `20261123_201148_123`, the form that history file names begin with.
  package var compact: String {
    let parts = calendarParts
    return "\(parts.year)\(parts.month)\(parts.day)_\(parts.hour)\(parts.minute)\(parts.second)_\(parts.fraction)"
  }

  /// `2026-11-23`, the day in UTC that daily budgets are counted by.
  package var day: String { String(description.prefix(10)) }

  /// `2026-11-23 21:11:48`, on this machine's clock, for people.
  package var local: String {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    let date =
      "\((Int(parts.tm_year) + 1900).padded(to: 4))-\((Int(parts.tm_mon) + 1).padded(to: 2))-\(Int(parts.tm_mday).padded(to: 2))"
    return
      "\(date) \(Int(parts.tm_hour).padded(to: 2)):\(Int(parts.tm_min).padded(to: 2)):\(Int(parts.tm_sec).padded(to: 2))"
  }

  /// `20:11:48`, for progress lines.
  package var clock: String { String(description.dropFirst(11).prefix(8)) }
}

extension Timestamp {
  private struct CalendarParts {
    var year, month, day, hour, minute, second, fraction: String
  }

  /// Proleptic Gregorian date of the day count (H. Hinnant, "chrono-compatible low-level date algorithms").
  private var calendarParts: CalendarParts {
    let seconds = Int(milliseconds.flooredDivision(by: 1000))
    let days = seconds.flooredDivision(by: 86_400)
    let ofDay = seconds - days * 86_400
    let shifted = days + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return CalendarParts(
      year: (yearOfEra + era * 400 + (month <= 2 ? 1 : 0)).padded(to: 4),
      month: month.padded(to: 2),
      day: (dayOfYear - (153 * monthFromMarch + 2) / 5 + 1).padded(to: 2),
      hour: (ofDay / 3600).padded(to: 2),
      minute: (ofDay % 3600 / 60).padded(to: 2),
      second: (ofDay % 60).padded(to: 2),
      fraction: Int(milliseconds - milliseconds.flooredDivision(by: 1000) * 1000).padded(to: 3))
  }

  /// Nil if `text` is not a date and time.
  package init?(_ text: String) {
    var text = text.replacing(" ", with: "T")
    if let dot = text.firstIndex(of: ".") {
      let digits = text[text.index(after: dot)...].prefix { $0.isNumber }
      let fraction = String(digits.prefix(3))
      text.replaceSubrange(dot..<digits.endIndex, with: "." + fraction.padding(with: "0", to: 3))
    } else {
      let zone = text.lastIndex { "Zz+-".contains($0) } ?? text.endIndex
      let split = text.distance(from: text.startIndex, to: zone) >= 19 ? zone : text.endIndex
      text.insert(contentsOf: ".000", at: split)
    }
    if !text.hasSuffix("Z"), !text.dropFirst(19).contains(where: { "+-".contains($0) }) { text += "Z" }
    guard let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) else {
      return nil
    }
    self.init(date)
  }
}

extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Timestamp(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not an ISO 8601 time")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension BinaryInteger {
  fileprivate func flooredDivision(by divisor: Self) -> Self {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// Decimal digits with leading zeros.
  package func padded(to digits: Int) -> String {
    let text = String(self)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

extension String {
  fileprivate func padding(with character: Character, to length: Int) -> String {
    self + String(repeating: character, count: Swift.max(0, length - count))
  }
}
