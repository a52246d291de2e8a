import SlipwayModel

extension LoadReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case requests, statuses, versions, uploads, seconds
    case failedRequests = "failed_requests"
    case transportFailures = "transport_failures"
    case proxyFailures = "proxy_failures"
    case p50 = "p50_ms"
    case p95 = "p95_ms"
    case p99 = "p99_ms"
    case webSockets = "websockets"
    case failureSamples = "failure_samples"
  }

  /// One object, latencies as quantiles in milliseconds; `failed_requests` is ``failedRequests``.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(requests, forKey: .requests)
    try container.encode(failedRequests, forKey: .failedRequests)
    try container.encode(transportFailures, forKey: .transportFailures)
    try container.encode(proxyFailures, forKey: .proxyFailures)
    try container.encode(statuses, forKey: .statuses)
    try container.encode(versions, forKey: .versions)
    try container.encode(latency.quantileMilliseconds(0.5), forKey: .p50)
    try container.encode(latency.quantileMilliseconds(0.95), forKey: .p95)
    try container.encode(latency.quantileMilliseconds(0.99), forKey: .p99)
    try container.encode(webSockets, forKey: .webSockets)
    try container.encode(uploads, forKey: .uploads)
    try container.encode(failureSamples, forKey: .failureSamples)
    try container.encode(seconds, forKey: .seconds)
  }
}

extension LoadReport.VersionFigures: Encodable {
  private enum CodingKeys: String, CodingKey {
    case answers
    case serviceErrors = "service_errors"
    case p50 = "p50_ms"
    case p99 = "p99_ms"
    case firstSeconds = "first_seconds"
    case lastSeconds = "last_seconds"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(answers, forKey: .answers)
    try container.encode(serviceErrors, forKey: .serviceErrors)
    try container.encode(latency.quantileMilliseconds(0.5), forKey: .p50)
    try container.encode(latency.quantileMilliseconds(0.99), forKey: .p99)
    try container.encode(firstSeconds, forKey: .firstSeconds)
    try container.encode(lastSeconds, forKey: .lastSeconds)
  }
}

extension LatencyHistogram {
  /// A quantile in milliseconds, to within an eighth; `nil` when nothing was recorded.
  package func quantileMilliseconds(_ share: Double) -> Double? {
    quantileMicroseconds(share).map { Double($0) / 1000 }
  }
}
