/// What is measured. A metric's name says what it is: a mean is never called a percentile.
///
/// In JSON it is its name: `error_rate`, `p95`, `db_connections`.
package enum Metric: Hashable, Sendable {
  /// Failed requests per request.
  case errorRate
  /// Arithmetic mean of the response time.
  case responseTime
  case p50
  case p90
  case p95
  case p99
  /// A named figure that an outside source reads, such as `cpu`: see ``MetricReading``.
  case reading(String)

  /// The metrics that come down to requests and response times, which every source of counts has.
  package static let counted: [Metric] = [.errorRate, .responseTime, .p50, .p90, .p95, .p99]

  /// Readings that are shares of something that can be used up, so that more is never better: processor time, memory and
  /// connections of a database.
  package static let saturation = ["cpu", "memory", "db_connections"]

  /// The metrics that criteria are about: those that come down to requests first, then readings by name.
  package static func inOrder(of criteria: [Criterion]) -> [Metric] {
    let used = Set(criteria.map(\.metric))
    return counted.filter(used.contains) + used.filter { $0.readingName != nil }.sorted { $0.rawValue < $1.rawValue }
  }

  /// The quantile that a percentile stands for, 0...1; `nil` for the others.
  package var quantile: Double? {
    switch self {
    case .errorRate, .responseTime, .reading: nil
    case .p50: 0.5
    case .p90: 0.9
    case .p95: 0.95
    case .p99: 0.99
    }
  }

  /// The name of the reading that it is; `nil` for what comes down to requests.
  package var readingName: String? {
    if case .reading(let name) = self { name } else { nil }
  }

  /// Whether a text can name a reading: 1 to 63 characters of `a-z`, `0-9` and `_`, beginning with a letter.
  package static func isReadingName(_ text: String) -> Bool {
    let isPlain = text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 95 }
    // What rollback.triggers and success_criteria hold besides metrics.
    guard !["health_check_failures", "score", ComparedMetric.latency.rawValue].contains(text) else { return false }
    return isPlain && (1...63).contains(text.utf8.count) && text.utf8.first.map { $0 >= 97 } ?? false
  }
}

extension Metric: RawRepresentable, Codable {
  /// The metric of a name; `nil` when the text is none.
  package init?(rawValue: String) {
    if let counted = Self.counted.first(where: { $0.rawValue == rawValue }) {
      self = counted
    } else if Self.isReadingName(rawValue) {
      self = .reading(rawValue)
    } else {
      return nil
    }
  }

  package var rawValue: String {
    switch self {
    case .errorRate: "error_rate"
    case .responseTime: "response_time"
    case .p50: "p50"
    case .p90: "p90"
    case .p95: "p95"
    case .p99: "p99"
    case .reading(let name): name
    }
  }
}
