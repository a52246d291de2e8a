/// An instant in UTC, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Written in JSON as RFC 3339 with milliseconds: `2026-11-21T09:14:07.250Z`.
///
/// Arithmetic of instants, spans and shares is inlinable: each look at a rollout does a hundred of these one-instruction functions, and
/// without it each is a call into this module.
package struct Timestamp: Hashable, Comparable, Sendable {
  /// Milliseconds since the Unix epoch, without leap seconds.
  package let milliseconds: Int64

  /// - Parameter milliseconds: milliseconds since the Unix epoch.
  @inlinable package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  @inlinable package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }
  @inlinable package static func + (a: Timestamp, b: TimeSpan) -> Timestamp { Timestamp(milliseconds: a.milliseconds + b.milliseconds) }
  @inlinable package static func - (a: Timestamp, b: TimeSpan) -> Timestamp { Timestamp(milliseconds: a.milliseconds - b.milliseconds) }
  /// The time from `b` to `a`; negative when `b` is later.
  @inlinable package static func - (a: Timestamp, b: Timestamp) -> TimeSpan { TimeSpan(milliseconds: a.milliseconds - b.milliseconds) }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339, section 5.6, always UTC and with three digits of a second.
  package var description: String {
    let day = milliseconds.flooredDivision(by: 86_400_000)
    let rest = milliseconds - day * 86_400_000
    let (year, month, dayOfMonth) = Self.civil(daysSinceEpoch: day)
    let seconds = rest / 1000
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(dayOfMonth, 2) + "T" + padded(seconds / 3600, 2) + ":"
      + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2) + "." + padded(rest % 1000, 3) + "Z"
  }

  /// `09:14:07`, the time of day in UTC: for lines that a person reads while a rollout runs.
  package var timeOfDay: String { String(description.dropFirst(11).prefix(8)) }

  /// The proleptic Gregorian date of a day number, by counting 400-year eras that start on 1 March
  /// (a leap day is then the last day of its year).
  private static func civil(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  fileprivate static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = marchYear.flooredDivision(by: 400)
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension Timestamp {
  /// Reads what ``description`` writes: `YYYY-MM-DDThh:mm:ss.sssZ`, with the fraction optional; `nil` for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 20 || bytes.count == 24, bytes.last == UInt8(ascii: "Z") else { return nil }
    let separators: [(Int, Character)] = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
    guard separators.allSatisfy({ bytes[$0.0] == $0.1.asciiValue }) else { return nil }
    func number(_ start: Int, _ count: Int) -> Int64? {
      bytes[start..<start + count].reduce(Optional(0)) { sum, byte in
        guard let sum, byte >= 48, byte <= 57 else { return nil }
        return sum * 10 + Int64(byte - 48)
      }
    }
    guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
      let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month), (1...31).contains(day), hour < 24,
      minute < 60, second < 60
    else { return nil }
    var fraction: Int64 = 0
    if bytes.count == 24 {
      guard bytes[19] == UInt8(ascii: "."), let value = number(20, 3) else { return nil }
      fraction = value
    }
    let days = Self.daysSinceEpoch(year: year, month: month, day: day)
    self.init(milliseconds: ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction)
  }
}

extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Timestamp(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an instant in UTC: \(text)")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

private func padded(_ value: Int64, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
