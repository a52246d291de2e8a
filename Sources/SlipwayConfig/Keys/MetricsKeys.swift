import SlipwayModel

// The keys of `metrics`, which the base and an environment may have.
extension Keys {
  /// Distances between two looks at an outside source.
  static let lookIntervals = TimeSpan.seconds(1)...TimeSpan.minutes(5)
  /// A look at everything takes at most two seconds.
  static let lookTimeouts = TimeSpan.milliseconds(50)...TimeSpan.milliseconds(1800)

  /// The word that takes a source of the base away.
  static let none = "none"

  private static func source(_ scope: Scope) -> Kind { .either(.choice([none]), .section(scope)) }

  static let metrics: [Key] = [
    Key(
      "source", .choice(MetricSourceKind.allCases.map(\.rawValue)), default: "`proxy`", example: "proxy",
      "What counts requests, errors and response times. The others that are described here add readings."),
    Key(
      "prometheus", source(.prometheus), example: #"{ url: "http://prometheus:9090", queries: { queue_depth: "sum(queue_depth)" } }"#,
      "A Prometheus and what it is asked; `none` in an environment takes the one of the base away."),
    Key(
      "http", source(.httpMetrics), example: #"{ url: "http://127.0.0.1:9000/figures", readings: { queue_depth: /queue/depth } }"#,
      "A JSON document from a URL; `none` as above."),
    Key(
      "command", source(.commandMetrics), example: "{ run: [./figures.sh], readings: { queue_depth: /queue/depth } }",
      "A JSON document that a program prints; `none` as above."),
    Key(
      "workload", .text(.template), default: "`{{service}}-{{slot}}`", example: #""{{service}}-{{slot}}""#,
      "What a slot is called in the labels of the sources; `{{workload}}` stands for it."),
  ]

  private static let looks: [Key] = [
    Key(
      "interval", .duration(lookIntervals), default: "`10s`", example: "10s",
      "Distance between two looks; not shorter than the source's own."),
    Key("timeout", .duration(lookTimeouts), default: "`1500ms`", example: "1s", "Limit on one answer."),
  ]

  /// How a URL is asked.
  static let access: [Key] = [
    Key("bearer_token_env", .text(.variable), example: "METRICS_TOKEN", "Variable of the server that holds a bearer token."),
    Key("bearer_token_file", .text(.file), example: "/run/secrets/token", "File that holds a bearer token."),
    Key(
      "basic_auth", .section(.basicAuth), example: "{ username: slipway, password_env: METRICS_PASSWORD }",
      "User name and where the password is."),
    Key("tls", .section(.metricsTLS), example: "{ ca_file: ca.pem }", "How the source's certificate is checked."),
    Key(
      "headers", .table(of: .text(.filled), keys: .token, upTo: 20), example: "{ X-Scope-OrgID: team-a }",
      "Header fields that are no secret; they stand in the journal."),
    Key(
      "headers_env", .table(of: .text(.variable), keys: .token, upTo: 20), example: "{ X-Api-Key: METRICS_KEY }",
      "Header fields by the variable of the server that holds the value."),
  ]

  static let prometheus: [Key] =
    [
      Key("url", .text(.url), default: "required", example: "http://prometheus:9090", "Where its HTTP API is, without `/api/v1`."),
      Key(
        "preset", .choice(MetricPreset.all.map(\.name)), example: "istio",
        "Ready-made queries for requests, errors and response times; `queries` replaces single ones."),
      Key(
        "saturation", .list(of: .choice(Metric.saturation), upTo: 3), example: "[cpu, memory]",
        "Ready-made queries for these readings."),
      Key("queries", .section(.queries), example: #"{ queue_depth: "sum(queue_depth{service='{{service}}'})" }"#, "PromQL by name."),
      Key(
        "delay", .duration(.zero...(.minutes(1))), default: "`2s`", example: "2s",
        "How late a sample may become visible: the newest figures are left alone for so long."),
      Key("window", .duration(.seconds(1)...(.hours(1))), default: "`1m`", example: "2m", "What `{{window}}` stands for."),
      Key(
        "latency_unit", .choice(LatencyUnit.allCases.map(\.rawValue)), default: "that of the preset, or `s`", example: "s",
        "Unit of the histogram's bounds."),
    ] + looks + access

  static let queries: [Key] = [
    Key(
      "requests", .text(.template), example: #""http_requests_total{slot='{{slot}}'}""#,
      "Counters of finished requests, as they are: not `rate`, not `sum`."),
    Key(
      "errors", .text(.template), example: #""http_requests_total{slot='{{slot}}',code=~'5..'}""#, "Those of them that count failures."),
    Key(
      "latency", .text(.template), example: #""http_request_duration_seconds_bucket{slot='{{slot}}'}""#,
      "The `_bucket` series of a histogram, or a native histogram."),
    Key(
      "latency_sum", .text(.template), default: "estimated from the buckets",
      example: #""http_request_duration_seconds_sum{slot='{{slot}}'}""#,
      "The `_sum` series, for the mean."),
  ]

  private static let readings = Key(
    "readings", .table(of: .text(.pointer), keys: .reading, upTo: 50), example: "{ queue_depth: \"/slots/{{slot}}/queue\" }",
    "Named values of the document by JSON pointers.")

  static let httpMetrics: [Key] =
    [
      Key("url", .text(.urlTemplate), default: "required", example: "http://127.0.0.1:9000/figures", "Where the document is; a template."),
      readings,
    ] + looks + access

  static let commandMetrics: [Key] =
    [
      Key(
        "run", .list(of: .text(.template), upTo: 50), default: "required", example: "[./figures.sh]", "Program and arguments; templates."),
      readings,
    ] + looks

  static let basicAuth: [Key] = [
    Key("username", .text(.filled), default: "required", example: "slipway", "The user's name; it stands in the journal."),
    Key(
      "password_env", .text(.variable), default: "this or `password_file`", example: "METRICS_PASSWORD",
      "Variable of the server that holds the password."),
    Key("password_file", .text(.file), default: "this or `password_env`", example: "/run/secrets/password", "File that holds it."),
  ]

  static let metricsTLS: [Key] = [
    Key("ca_file", .text(.file), example: "ca.pem", "Certificates (PEM) to trust in place of the system's."),
    Key("server_name", .text(.filled), default: "the URL's host", example: "prometheus.internal", "Name that the certificate has to have."),
  ]
}
