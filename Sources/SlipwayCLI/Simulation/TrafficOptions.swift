import ArgumentParser
import SlipwayConfig
import SlipwayModel
import SlipwaySimulation

/// The traffic of a simulation, as far as it is stated on the command line.
struct TrafficOptions: ParsableArguments {
  @Option(help: "Requests per second that the service gets. Default: 50.")
  var requestsPerSecond: Double?

  @Option(help: "Median of its response times. Default: 20ms.")
  var p50: TimeSpan?

  @Option(help: "95th percentile of its response times. Default: 2.3 times the median.")
  var p95: TimeSpan?

  @Option(help: "Share of its requests that fail while it is healthy. Default: 0.1%.")
  var errorRate: Percentage?

  @Option(help: "From when on an answer counts as slow. Default: twice p95.")
  var slowAfter: TimeSpan?

  func validate() throws {
    if let requestsPerSecond, !(ScenarioSpec.rates.contains(requestsPerSecond)) {
      throw ValidationError("--requests-per-second takes 0.01 to 1000000")
    }
    for (name, value) in [("--p50", p50), ("--p95", p95), ("--slow-after", slowAfter)] {
      if let value, !ScenarioSpec.times.contains(value) { throw ValidationError("\(name) takes 1ms to 10m") }
    }
    if let errorRate, errorRate > ScenarioSpec.highestErrorRate { throw ValidationError("--error-rate takes 0% to 90%") }
  }

  /// Options over what a file says over the defaults.
  func merged(over file: ScenarioSpec.Traffic) throws -> StatedTraffic {
    let standard = StatedTraffic()
    let p50 = p50 ?? file.p50 ?? standard.p50
    let p95 = p95 ?? file.p95 ?? TimeSpan(milliseconds: max(p50.milliseconds + 1, p50.milliseconds * 23 / 10))
    guard p95 > p50 else {
      throw SlipwayError(
        .badArguments, .input, "the 95th percentile of the response times (\(p95)) is not more than their median (\(p50))",
        remedy: "state both, p95 larger than p50")
    }
    return StatedTraffic(
      requestsPerSecond: requestsPerSecond ?? file.requestsPerSecond ?? standard.requestsPerSecond, p50: p50, p95: p95,
      errorRate: (errorRate ?? file.errorRate)?.ratio ?? standard.errorRate, slowAfter: slowAfter ?? file.slowAfter)
  }
}

extension TimeSpan: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

extension Percentage: ExpressibleByArgument {
  package init?(argument: String) { self.init(configuration: argument) }
}
