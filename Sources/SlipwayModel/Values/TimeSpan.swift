/// A length of time in whole milliseconds. In JSON a whole number of milliseconds, under a key that ends in `_ms`.
package struct TimeSpan: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  @inlinable package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// No time at all.
  package static let zero = TimeSpan(milliseconds: 0)
  /// A span of this many milliseconds.
  @inlinable package static func milliseconds(_ value: Int64) -> TimeSpan { TimeSpan(milliseconds: value) }
  /// A span of this many seconds.
  @inlinable package static func seconds(_ value: Int64) -> TimeSpan { TimeSpan(milliseconds: value * 1000) }
  /// A span of this many minutes.
  package static func minutes(_ value: Int64) -> TimeSpan { TimeSpan(milliseconds: value * 60_000) }
  /// A span of this many hours.
  package static func hours(_ value: Int64) -> TimeSpan { TimeSpan(milliseconds: value * 3_600_000) }

  /// In seconds, for arithmetic with rates.
  package var seconds: Double { Double(milliseconds) / 1000 }
  /// For the standard library's clocks.
  package var duration: Duration { .milliseconds(milliseconds) }

  @inlinable package static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.milliseconds < b.milliseconds }
  @inlinable package static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan { TimeSpan(milliseconds: a.milliseconds + b.milliseconds) }
  @inlinable package static func - (a: TimeSpan, b: TimeSpan) -> TimeSpan { TimeSpan(milliseconds: a.milliseconds - b.milliseconds) }
  @inlinable package static func * (a: TimeSpan, factor: Int64) -> TimeSpan { TimeSpan(milliseconds: a.milliseconds * factor) }
}

extension TimeSpan: CustomStringConvertible {
  /// The shortest exact form that configuration accepts too: `250ms`, `90s`, `1m30s`, `2h`, `1d`.
  package var description: String {
    if milliseconds == 0 { return "0s" }
    if milliseconds < 0 { return "-" + TimeSpan(milliseconds: -milliseconds).description }
    var rest = milliseconds
    var text = ""
    for (unit, size) in Self.units {
      let count = rest / size
      if count > 0 { text += "\(count)\(unit)" }
      rest -= count * size
    }
    return text
  }

  fileprivate static let units: [(name: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]
}

extension TimeSpan {
  /// Reads `250ms`, `90s`, `1.5h`, `1m30s`, `1d` and bare seconds such as `300`; `nil` for anything else, for negative
  /// values and for more than ten years.
  package init?(_ text: String) {
    let limit = 3650.0 * 86_400_000
    if let seconds = Double(text), text.allSatisfy({ $0.isNumber || $0 == "." }) {
      guard seconds * 1000 <= limit else { return nil }
      self.init(milliseconds: Int64((seconds * 1000).rounded()))
      return
    }
    var total = 0.0
    var rest = Substring(text)
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      let unit = rest.dropFirst(number.count).prefix { $0.isLetter }
      guard let value = Double(number), let size = Self.units.first(where: { $0.name == unit })?.milliseconds else { return nil }
      total += value * Double(size)
      guard total <= limit else { return nil }
      rest = rest.dropFirst(number.count + unit.count)
    }
    self.init(milliseconds: Int64(total.rounded()))
  }
}

extension TimeSpan: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }
}
