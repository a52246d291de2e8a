import NIOConcurrencyHelpers
import NIOCore

/// What `/metrics` tells: requests by status and their times, in Prometheus' text format (version 0.0.4). Questions about the
/// service's health and about these figures are no requests.
final class RequestMetrics: Sendable {
  /// Upper bounds of the histogram's buckets in seconds: those that Prometheus' client libraries have.
  static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private struct Figures {
    /// Known from the start, so that a share of errors can be told before there is one.
    var statuses: [Int: Int] = [200: 0, 500: 0]
    var buckets = [Int](repeating: 0, count: RequestMetrics.bounds.count)
    var count = 0
    var nanoseconds: Int64 = 0
    var inFlight = 0
  }

  private let figures = NIOLockedValueBox(Figures())

  static func isCounted(_ path: Substring) -> Bool { !["/health", "/ready", "/metrics"].contains(path) }

  func began() { figures.withLockedValue { $0.inFlight += 1 } }

  /// - Parameter status: `nil` when the client went before it had its answer.
  func ended(_ status: Int?, after time: TimeAmount) {
    figures.withLockedValue { figures in
      figures.inFlight -= 1
      guard let status else { return }
      figures.statuses[status, default: 0] += 1
      figures.count += 1
      figures.nanoseconds += time.nanoseconds
      let seconds = Double(time.nanoseconds) / 1e9
      for (index, bound) in Self.bounds.enumerated() where seconds <= bound { figures.buckets[index] += 1 }
    }
  }

  var text: String {
    let figures = figures.withLockedValue { $0 }
    var lines = ["# HELP http_requests_total Requests that were answered, by status.", "# TYPE http_requests_total counter"]
    lines += figures.statuses.sorted { $0.key < $1.key }.map { "http_requests_total{code=\"\($0.key)\"} \($0.value)" }
    lines += [
      "# HELP http_request_duration_seconds Time from a request's head to the end of its answer.",
      "# TYPE http_request_duration_seconds histogram",
    ]
    lines += zip(Self.bounds, figures.buckets).map { "http_request_duration_seconds_bucket{le=\"\($0)\"} \($1)" }
    lines += [
      "http_request_duration_seconds_bucket{le=\"+Inf\"} \(figures.count)",
      "http_request_duration_seconds_sum \(Double(figures.nanoseconds) / 1e9)",
      "http_request_duration_seconds_count \(figures.count)",
      "# HELP http_requests_in_flight Requests that are being answered.", "# TYPE http_requests_in_flight gauge",
      "http_requests_in_flight \(figures.inFlight)",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
