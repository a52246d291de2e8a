/// Where the figures of an environment come from.
///
/// One source counts requests; every source that is described may add readings, each under a name of its own. No secret is part
/// of it: only the names of the variables and files that hold one.
package struct MetricsSpec: Hashable, Sendable, Codable {
  /// What counts requests, errors and response times.
  package let source: MetricSourceKind
  /// `nil`: there is none to ask.
  package let prometheus: PrometheusSpec?
  /// `nil`: there is none to ask.
  package let http: HTTPMetricsSpec?
  /// `nil`: there is none to run.
  package let command: CommandMetricsSpec?
  /// What ``MetricPlaceholder/namespace`` stands for; `nil` where the environment has none.
  package let namespace: String?
  /// What ``MetricPlaceholder/workload`` stands for: a text that may hold placeholders; default `{{service}}-{{slot}}`.
  package let workload: String
  /// Folder that the command runs in and that relative paths of files start from; `nil` until a deployment is asked for.
  package let folder: String?

  package init(
    source: MetricSourceKind, prometheus: PrometheusSpec? = nil, http: HTTPMetricsSpec? = nil, command: CommandMetricsSpec? = nil,
    namespace: String? = nil, workload: String = "{{service}}-{{slot}}", folder: String? = nil
  ) {
    self.source = source
    self.prometheus = prometheus
    self.http = http
    self.command = command
    self.namespace = namespace
    self.workload = workload
    self.folder = folder
  }

  /// The same settings for a project in a folder.
  package func within(_ folder: String) -> MetricsSpec {
    MetricsSpec(
      source: source, prometheus: prometheus, http: http, command: command, namespace: namespace, workload: workload, folder: folder)
  }

  /// The names of the readings that each source is asked for, in the order of their names.
  package var readings: [(source: MetricSourceKind, names: [String])] {
    [
      (.prometheus, prometheus.map { $0.readings.keys.sorted() } ?? []), (.http, http.map { $0.readings.keys.sorted() } ?? []),
      (.command, command.map { $0.readings.keys.sorted() } ?? []),
    ]
  }

  /// The distance between two readings of a name; `nil` when no source reads it.
  package func interval(ofReading name: String) -> TimeSpan? {
    if prometheus?.readings[name] != nil { return prometheus?.interval }
    if http?.readings[name] != nil { return http?.interval }
    return command?.readings[name] != nil ? command?.interval : nil
  }

  /// Length of the intervals that counts come in; one second from the proxy.
  package var resolution: TimeSpan {
    switch source {
    case .proxy, .unmeasured: .seconds(1)
    case .prometheus: prometheus?.interval ?? .seconds(1)
    case .http: http?.interval ?? .seconds(1)
    case .command: command?.interval ?? .seconds(1)
    }
  }

  /// How far the newest counts lag behind the present; nothing from the proxy, whose seconds come at once.
  package var lag: TimeSpan {
    switch source {
    case .proxy, .unmeasured: .zero
    case .prometheus: resolution + (prometheus?.delay ?? .zero)
    case .http, .command: resolution
    }
  }
}

/// What can count requests.
package enum MetricSourceKind: String, Codable, CaseIterable, Hashable, Sendable {
  /// The embedded proxy: every second, by slot.
  case proxy
  /// Nothing: a release is judged by the readiness of its replicas alone.
  case unmeasured = "none"
  case prometheus
  /// A JSON document from a URL.
  case http
  /// A JSON document from a program's output.
  case command
}

/// A Prometheus server, or another that speaks its HTTP API, and what it is asked.
package struct PrometheusSpec: Hashable, Sendable, Codable {
  /// Without `/api/v1`, and without a slash at its end.
  package let url: String
  /// Counters and histograms as PromQL templates; `nil` when requests are counted elsewhere.
  package let counts: PrometheusCounts?
  /// Named readings as PromQL templates, each for one value.
  package let readings: [String: String]
  /// Distance between two looks; counts come in intervals of this length. Default 10 s.
  package let interval: TimeSpan
  /// How late a sample may become visible after the instant it is of; default 2 s.
  package let delay: TimeSpan
  /// What ``MetricPlaceholder/window`` stands for; default 1 min.
  package let window: TimeSpan
  /// Limit on one answer, below the two seconds that a look at all sources may take; default 1.5 s.
  package let timeout: TimeSpan
  /// How it is asked.
  package let access: MetricAccess

  package init(
    url: String, counts: PrometheusCounts? = nil, readings: [String: String] = [:], interval: TimeSpan = .seconds(10),
    delay: TimeSpan = .seconds(2), window: TimeSpan = .minutes(1), timeout: TimeSpan = .milliseconds(1500),
    access: MetricAccess = MetricAccess()
  ) {
    self.url = url
    self.counts = counts
    self.readings = readings
    self.interval = interval
    self.delay = delay
    self.window = window
    self.timeout = timeout
    self.access = access
  }

  private enum CodingKeys: String, CodingKey {
    case url, counts, readings, access
    case interval = "interval_ms"
    case delay = "delay_ms"
    case window = "window_ms"
    case timeout = "timeout_ms"
  }
}

/// Which counters of a Prometheus count a slot's requests. Each query gives cumulative series, as many as there are.
package struct PrometheusCounts: Hashable, Sendable, Codable {
  /// Counters of finished requests, failed ones included.
  package let requests: String
  /// Counters of those that failed; `nil`: none are known to fail.
  package let errors: String?
  /// A native histogram, or the `_bucket` series of a classic one; `nil`: response times are not known.
  package let latency: String?
  /// The `_sum` series of a classic histogram, for the mean; `nil`: estimated from the buckets.
  package let latencySum: String?
  /// Of the histogram's bounds and its sum.
  package let unit: LatencyUnit

  package init(requests: String, errors: String?, latency: String?, latencySum: String?, unit: LatencyUnit = .seconds) {
    self.requests = requests
    self.errors = errors
    self.latency = latency
    self.latencySum = latencySum
    self.unit = unit
  }

  private enum CodingKeys: String, CodingKey {
    case requests, errors, latency, unit
    case latencySum = "latency_sum"
  }
}

/// The unit of a histogram's bounds.
package enum LatencyUnit: String, Codable, CaseIterable, Hashable, Sendable {
  case seconds = "s"
  case milliseconds = "ms"

  /// Microseconds in one unit.
  package var microseconds: Double {
    switch self {
    case .seconds: 1_000_000
    case .milliseconds: 1000
    }
  }
}

/// A document that a URL answers with.
package struct HTTPMetricsSpec: Hashable, Sendable, Codable {
  /// A template. When it names a slot, each slot has a document of its own.
  package let url: String
  /// Readings by JSON pointers (RFC 6901), which may hold placeholders.
  package let readings: [String: String]
  /// Default 10 s.
  package let interval: TimeSpan
  /// Default 1.5 s.
  package let timeout: TimeSpan
  /// How it is asked.
  package let access: MetricAccess

  package init(
    url: String, readings: [String: String] = [:], interval: TimeSpan = .seconds(10), timeout: TimeSpan = .milliseconds(1500),
    access: MetricAccess = MetricAccess()
  ) {
    self.url = url
    self.readings = readings
    self.interval = interval
    self.timeout = timeout
    self.access = access
  }

  private enum CodingKeys: String, CodingKey {
    case url, readings, access
    case interval = "interval_ms"
    case timeout = "timeout_ms"
  }
}

/// A program that prints a document.
package struct CommandMetricsSpec: Hashable, Sendable, Codable {
  /// The program and its arguments, as templates; no shell is between. When one names a slot, it is run once for each.
  package let run: [String]
  /// Readings by JSON pointers (RFC 6901), which may hold placeholders.
  package let readings: [String: String]
  /// Default 10 s.
  package let interval: TimeSpan
  /// Default 1.5 s; the program is ended then.
  package let timeout: TimeSpan

  package init(
    run: [String], readings: [String: String] = [:], interval: TimeSpan = .seconds(10), timeout: TimeSpan = .milliseconds(1500)
  ) {
    self.run = run
    self.readings = readings
    self.interval = interval
    self.timeout = timeout
  }

  private enum CodingKeys: String, CodingKey {
    case run, readings
    case interval = "interval_ms"
    case timeout = "timeout_ms"
  }
}
