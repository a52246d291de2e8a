import SlipwayModel

/// What the demonstration deploys, in order: data, so that the story can be read in one place.
struct DemoRelease: Sendable {
  let version: Version
  /// The strategy's section in the configuration file; `nil` for the first release, which has nothing to be compared with.
  let strategy: DemoStrategy
  /// Switches of the example service (`slipway demo` writes them into the release, so they belong to its digest).
  let switches: [String: String]
  let story: String
  /// The phase in which the demonstration expects it to end, or to bake.
  let isGood: Bool
}

enum DemoStrategy: String, Sendable {
  case blueGreen = "blue_green"
  case canary

  /// The section in `slipway.yaml`.
  var yaml: String {
    switch self {
    case .blueGreen: "blue_green: { keep_previous: 60s }"
    case .canary:
      """
      canary:
          keep_previous: 60s
          stages:
            - { traffic: 10%, duration: 5s, success_criteria: { error_rate: "<5%", p95: "<500ms" } }
            - { traffic: 50%, duration: 4s, success_criteria: { error_rate: "<5%", p95: "<500ms" } }
      """
    }
  }
}

enum DemoScript {
  static let releases: [DemoRelease] = [
    release("v1", .blueGreen, [:], "the first release", isGood: true),
    release("v2", .blueGreen, [:], "blue-green: all traffic in one switch", isGood: true),
    release("v3", .canary, [:], "canary: 10 %, 50 %, 100 %", isGood: true),
    release("v4", .canary, ["ERROR_PERCENT": "20"], "canary of a release that fails 20 % of its requests", isGood: false),
    release("v5", .canary, ["NEVER_READY": "1"], "a release that never becomes ready", isGood: false),
  ]

  /// Versions whose own errors are not held against Slipway: finding them out is the point.
  static var faulty: Set<String> { Set(releases.filter { !$0.isGood }.map(\.version.description)) }

  static func configuration(_ strategy: DemoStrategy) -> String {
    """
    project: demo
    services:
      answers:
        artifact: releases/${RELEASE}
        run: . ./settings && exec ./answer-service
        health:
          { liveness: /health, readiness: /ready, interval: 250ms, timeout: 2s, min_healthy_time: 750ms, startup_timeout: 5s }
        shutdown: { drain: 3s, grace: 2s }
    environments:
      local: { target: local, listen: "127.0.0.1:0", replicas: 2 }
    strategy:
      \(strategy.yaml)
    rollback:
      strategy: immediate

    """
  }

  private static func release(
    _ version: String, _ strategy: DemoStrategy, _ switches: [String: String], _ story: String, isGood: Bool
  ) -> DemoRelease {
    // The versions above are literals that satisfy the rule for versions; a test compiles every release of the script.
    let switches = switches.merging(["LATENCY_MS": "10", "JITTER_MS": "10", "VERSION": version]) { given, _ in given }
    return DemoRelease(version: Version(version)!, strategy: strategy, switches: switches, story: story, isGood: isGood)
  }
}
