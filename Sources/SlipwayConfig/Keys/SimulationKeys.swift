import SlipwayModel

// The keys of a scenario file.
extension Keys {
  static let simulation: [Key] = [
    Key(
      "traffic", .section(.simulatedTraffic), default: "50 requests/s, p50 20 ms", example: "{ requests_per_second: 5, p50: 80ms }",
      "What the service gets, and how the live version answers."),
    Key("catalogue", .flag, default: "`true`", example: "false", "Whether the built-in kinds of releases are simulated too."),
    Key(
      "releases", .list(of: .section(.simulatedRelease), upTo: 50), example: "[{ name: slow query, latency_factor: 4 }]",
      "Kinds of releases of your own."),
  ]

  static let simulatedTraffic: [Key] = [
    Key("requests_per_second", .number(ScenarioSpec.rates), default: "50", example: "5", "Mean number of requests per second."),
    Key("p50", .duration(ScenarioSpec.times), default: "`20ms`", example: "80ms", "Median of the response times."),
    Key("p95", .duration(ScenarioSpec.times), default: "2.3 times `p50`", example: "400ms", "95th percentile of the response times."),
    Key(
      "error_rate", .percentage(.zero...ScenarioSpec.highestErrorRate), default: "0.1%", example: "0.2%",
      "Share of the live version's requests that fail."),
    Key(
      "slow_after", .duration(ScenarioSpec.times), default: "twice `p95`", example: "1s", "From when on an answer counts as slow."),
  ]

  static let simulatedRelease: [Key] = [
    Key("name", .text(.filled), default: "required", example: "slow query", "What the table calls it; another one for each."),
    Key(
      "expect", .choice(["promote", "go_back"]), default: "nothing is wrong", example: "go_back", "What the policy should do with it."),
    Key("error_rate", .percentage(.zero...(.hundred)), default: "that of the traffic", example: "3%", "Share of its requests that fail."),
    Key("latency_factor", .number(ScenarioSpec.factors), default: "1", example: "1.5", "Factor on the response times."),
    Key(
      "late_fault", .section(.lateFault), example: "{ after: 8m, error_rate: 20% }", "Turns bad after it has had traffic for a while."),
    Key("leak", .section(.leak), example: "{ errors_per_minute: 0.5% }", "Gets worse with each minute of traffic."),
    Key("cold_start", .section(.coldStart), example: "{ length: 30s, latency_factor: 4 }", "Slow at first."),
    Key("crash", .section(.crash), example: "{ after: 1m, times: 2 }", "Its processes end by themselves."),
    Key("startup", .duration(.zero...(.hours(1))), default: "`600ms`", example: "20s", "From the start of a process until it is ready."),
    Key("never_ready", .flag, default: "`false`", example: "true", "It never gets ready."),
    Key(
      "metric_gaps", .percentage(.zero...(.hundred)), default: "0%", example: "20%", "Share of the seconds whose figures get lost."),
    Key(
      "traffic_factor", .number(0.001...1000), default: "1", example: "0.1", "Factor on the requests per second while it is deployed."),
  ]

  static let lateFault: [Key] = [
    Key("after", .duration(.zero...(.hours(720))), default: "required", example: "8m", "Time with traffic until then."),
    Key("error_rate", .percentage(.zero...(.hundred)), default: "required", example: "20%", "Share that fails from then on."),
  ]

  static let leak: [Key] = [
    Key(
      "errors_per_minute", .percentage(.zero...(.hundred)), default: "0%", example: "0.5%",
      "Added to the share of failing requests each minute."),
    Key("latency_per_minute", .number(0...100), default: "0", example: "0.1", "Added to the factor on response times each minute."),
  ]

  static let coldStart: [Key] = [
    Key("length", .duration(.zero...(.hours(24))), default: "required", example: "30s", "Time with traffic until it is warm."),
    Key("latency_factor", .number(1...1000), default: "required", example: "4", "Factor at the very start; it falls evenly."),
  ]

  static let crash: [Key] = [
    Key(
      "moment", .choice(["before_bind", "after_bind"]), default: "`after_bind`", example: "before_bind",
      "Whether a process opens its port before it ends."),
    Key(
      "after", .duration(.zero...(.hours(720))), default: "required", example: "1m",
      "From the start of the process, or from when it was ready."),
    Key("times", .integer(1...1000), default: "for ever", example: "2", "Ends of each process."),
  ]
}
