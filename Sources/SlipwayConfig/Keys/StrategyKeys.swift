import SlipwayModel

extension Percentage {
  /// The smallest share there is: a hundredth of a percent.
  static let smallest = Percentage(basisPoints: 1) ?? .zero
  static let half = Percentage(basisPoints: 5_000) ?? .zero
}

extension Keys {
  static let strategy: [Key] = [
    Key(
      "blue_green", .section(.blueGreen), example: "{ keep_previous: 1h }",
      "The candidate takes over at once, or by steps, and the previous version stays warm."),
    Key(
      "canary", .section(.canary), example: "{ stages: [{ traffic: 10%, duration: 10m }] }",
      "The candidate proves itself on a growing share of the traffic."),
    Key("rolling", .section(.rolling), example: "{ max_surge: 1, max_unavailable: 0 }", "Replicas are replaced a few at a time."),
    Key("ab_test", .anything, example: "{ split: 50% }", support: .none, "Both versions side by side for a stated time."),
  ]

  /// The keys that every strategy has.
  private static let common: [Key] = [
    Key("enabled", .flag, default: "`true`", example: "true", "`false` takes the strategy out of the file without deleting it."),
    Key(
      "health_check_endpoint", .text(.path), default: "that of each service", example: "/health",
      "Health path of the services that state none themselves."),
    Key(
      "health_check_timeout", .duration(.seconds(1)...(.hours(1))), default: "that of each service", example: "5m",
      "`startup_timeout` of the services that state none themselves."),
    Key(
      "rollback_threshold", .percentage(.smallest...(.hundred)), example: "5%",
      "Error rate above which the rollout goes back: one more trigger, `error_rate: \">5%\"`."),
  ]

  private static let slots: [Key] = [
    Key(
      "min_requests", .integer(1...1_000_000), default: "20", example: "100",
      "`min_requests` of the stages that state none themselves."),
    Key(
      "keep_previous", .duration(.zero...(.hours(720))), default: "`5m`", example: "1h",
      "How long the previous version stays warm, and the new one is watched, after promotion."),
    Key(
      "patience", .duration(.seconds(1)...(.hours(168))), default: "`10m`", example: "30m",
      "How long a stage may lack evidence before the rollout goes back, or, with `advance: when_safe`, a person is asked."),
    Key("analysis", .section(.analysis), example: "{ alpha: 1% }", "How stages compare the candidate with the live version."),
  ]

  static let analysis: [Key] = [
    Key(
      "alpha", .percentage(.smallest...(.half)), default: "`1%`", example: "1%",
      "The most likely it may be that a version that is no worse is sent back by the comparison, in the whole rollout.")
  ]

  static let blueGreen: [Key] =
    [
      Key(
        "traffic_shift", .list(of: .section(.stage), upTo: 50), default: "all at once", example: "[{ percentage: 10, duration: 5m }]",
        "Steps on the way to 100 %, which is added when it is missing.")
    ] + slots + common

  static let canary: [Key] =
    [
      Key(
        "stages", .list(of: .section(.stage), upTo: 50), default: "required", example: "[{ traffic: 10%, duration: 10m }]",
        "Stages on the way to 100 %, which is added when it is missing.")
    ] + slots + common

  static let rolling: [Key] =
    [
      Key("max_surge", .amount, default: "`25%`", example: "25%", "Replicas more than asked for; a share is rounded up."),
      Key(
        "max_unavailable", .amount, default: "`25%`", example: "1",
        "Replicas fewer than asked for; a share is rounded down. Not both may come to none."),
      Key("interval", .duration(.zero...(.hours(1))), default: "`5s`", example: "10s", "How long each step is watched before the next."),
      Key("bake", .duration(.zero...(.hours(720))), default: "`5m`", example: "10m", "How long the new version is watched at the end."),
    ] + common

  static let stage: [Key] = [
    Key("name", .text(.filled), default: "the share, such as `10%`", example: "canary-10", "What people call the stage."),
    Key(
      "traffic", .percentage(.smallest...(.hundred)), default: "required", example: "10%",
      "The candidate's share. Shares rise from stage to stage."),
    Key("traffic_percentage", .percentage(.smallest...(.hundred)), default: "required", example: "10", "As `traffic`."),
    Key("percentage", .percentage(.smallest...(.hundred)), default: "required", example: "10", "As `traffic`."),
    Key(
      "duration", .duration(.zero...(.hours(720))), default: "required below 100 %, there `0s`", example: "10m",
      "How long the share is held at least."),
    Key(
      "success_criteria", .section(.success), example: #"{ error_rate: "<1%", p95: "<500ms" }"#,
      "What has to hold before the next stage starts."),
    Key(
      "advance", .choice(["fixed", "when_safe"]), default: "`fixed`", example: "fixed",
      "`when_safe`: on to the next stage as soon as the comparison shows that to be safe, which needs `not worse than stable`."),
    Key(
      "minimum", .duration(.seconds(1)...(.hours(720))), default: "`20s` with `advance: when_safe`", example: "1m",
      "How long the share is held at least, with `advance: when_safe`."),
    Key(
      "maximum", .duration(.seconds(1)...(.hours(720))), default: "the `duration`", example: "10m",
      "When the stage is left without proof of harmlessness, as long as nothing speaks against the candidate."),
    Key(
      "min_requests", .integer(1...1_000_000), default: "20", example: "100",
      "Requests the candidate has to answer before the criteria can pass."),
  ]

  private static func metrics(_ kind: Kind, rate: String, time: String, share: String) -> [Key] {
    [
      Key("error_rate", kind, example: rate, "Failed requests per request."),
      Key("response_time", kind, example: time, "Arithmetic mean of the response time."),
      Key("p50", kind, example: time, "Median of the response time."),
      Key("p90", kind, example: time, "Response time that 90 % of the requests stay under."),
      Key("p95", kind, example: time, "The same for 95 %."),
      Key("p99", kind, example: time, "The same for 99 %."),
      Key("cpu", kind, example: share, "Share of its processor time that the slot uses, if a source under `metrics` reads it."),
      Key("memory", kind, example: share, "The same for memory."),
      Key(
        "db_connections", kind, example: share,
        "Share of the database's connections in use. Any other reading may stand here by its name too."),
    ]
  }

  static let success: [Key] =
    metrics(.criteria(.success), rate: #""<1%""#, time: #""<500ms""#, share: #""<80%""#) + [
      Key(
        ComparisonReader.latency, .comparison, example: ComparisonReader.phrase,
        "All response times, compared with those of the live version; `by more than 10%` may follow. `error_rate` takes the same words."),
      Key(
        "score", .section(.score), example: #"{ metrics: { error_rate: "<1%", p95: "<500ms" }, pass: 50 }"#,
        "Criteria that are judged together, by weight."),
    ]

  static let streak: [Key] = [
    Key("threshold", .text(.filled), default: "required", example: #""<5%""#, "The criterion that each interval is held against."),
    Key(
      "consecutive_failures", .integer(1...100), default: "required", example: "3",
      "How many intervals in a row have to fail for the candidate to fail."),
    Key(
      "interval", .duration(.seconds(1)...(.hours(1))), default: "required", example: "30s",
      "The length of an interval, not shorter than that of the source."),
  ]

  static let score: [Key] = [
    Key(
      "metrics", .section(.scoreMetrics), default: "required", example: #"{ error_rate: { criterion: "<1%", weight: 3 }, p95: "<500ms" }"#,
      "What the score is made of."),
    Key(
      "pass", .number(1...100), default: "required", example: "90",
      "The score from which on the candidate passes: weight of the criteria that hold, of a hundred."),
    Key(
      "marginal", .number(0...100), default: "as `pass`", example: "75",
      "The score below which it fails. In between the stage holds on, up to `patience`."),
  ]

  static let scoreMetrics: [Key] = metrics(
    .weighted, rate: #"{ criterion: "<1%", weight: 3 }"#, time: #""<500ms""#, share: #""<80%""#)

  static let scorePart: [Key] = [
    Key("criterion", .text(.filled), default: "required", example: #""<2%""#, "A criterion on the metric."),
    Key(
      "weight", .number(0.01...1000), default: "1", example: "3", "How much it counts beside the others."),
  ]

  static let triggers: [Key] =
    metrics(.criteria(.trigger), rate: #"">5% for 2m""#, time: #"">2x baseline for 3m""#, share: #"">90% for 2m""#) + [
      Key(
        "health_check_failures", .integer(1...100), default: "3", example: "3",
        "Failed health checks in a row of one of the candidate's replicas.")
    ]

  static let rollback: [Key] = [
    Key(
      "strategy", .choice(["immediate", "gradual"]), default: "`immediate`", example: "gradual",
      "All traffic back in one switch, or down the steps that it came up."),
    Key(
      "step_duration", .duration(.seconds(1)...(.hours(1))), default: "`10s`", example: "30s",
      "Time between two steps of a gradual rollback."),
    Key("triggers", .section(.triggers), example: #"{ error_rate: ">5% for 2m" }"#, "What makes a rollout go back."),
    Key(
      "guardrail", .flag, default: "`true`", example: "true",
      "Whether a candidate that fails grossly is withdrawn within seconds, whatever the triggers say."),
    Key("notification", .anything, example: "[{ slack: \"#deploys\" }]", support: .none, "Who is told; see `notify` of an environment."),
  ]

  static let routing: [Key] = [
    Key(
      "sticky", .flag, default: "`true`", example: "false",
      "Whether a client stays with the version it first got, by a cookie that the proxy sets."),
    Key(
      "candidate_rules", .list(of: .section(.rule), upTo: 50), example: "[{ header: x-canary, value: \"1\" }]",
      "Requests that always go to the candidate while there is one."),
    Key(
      "mirror", .percentage(.zero...(.hundred)), default: "`0%`", example: "5%",
      "Share of the requests that the candidate gets a copy of until it has all traffic; nobody sees its answers."),
  ]

  static let rule: [Key] = [
    Key("header", .text(.token), default: "this or `cookie`", example: "x-canary", "Name of the request header."),
    Key("cookie", .text(.token), default: "this or `header`", example: "canary", "Name of the cookie."),
    Key("value", .text(.filled), default: "any", example: "always", "The exact value."),
  ]
}
