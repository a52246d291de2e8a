import SlipwayModel

/// Numbers as people read them.
enum Figures {
  /// With so many digits after the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "–" }
    let scale = digits == 0 ? 1.0 : digits == 1 ? 10.0 : 100.0
    let rounded = Int((abs(value) * scale).rounded())
    let whole = rounded / Int(scale)
    let sign = value < 0 && rounded > 0 ? "-" : ""
    if digits == 0 { return "\(sign)\(whole)" }
    let rest = String(rounded % Int(scale))
    return "\(sign)\(whole)." + rest.zeroPadded(digits)
  }

  /// A ratio as a percentage: `0.4%`, `–` without data.
  static func share(_ ratio: Double?) -> String { ratio.map { fixed($0 * 100, 1) + "%" } ?? "–" }

  /// Milliseconds: `12 ms`, `0.8 ms`, `1.24 s`, `–` without data.
  static func latency(_ milliseconds: Double?) -> String {
    guard let value = milliseconds else { return "–" }
    if value >= 1000 { return fixed(value / 1000, 2) + " s" }
    return fixed(value, value < 10 ? 1 : 0) + " ms"
  }

  /// `1 replica`, `2 replicas`.
  static func replicas(_ count: Int) -> String { count == 1 ? "1 replica" : "\(count) replicas" }

  /// `1 request`, `2 requests`.
  static func requests(_ count: Int) -> String { count == 1 ? "1 request" : "\(count) requests" }

  /// A length of time to the second, for waiting: `1m20s`.
  static func wait(_ span: TimeSpan) -> String {
    TimeSpan.seconds((max(0, span.milliseconds) + 999) / 1000).description
  }
}

extension String {
  fileprivate func zeroPadded(_ width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}
