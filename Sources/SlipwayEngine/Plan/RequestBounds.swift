import SlipwayModel

extension DeployRequest {
  /// Refuses what the reader of the configuration file refuses: requests also come over the API from elsewhere.
  ///
  /// - Throws: `SlipwayError` of kind `input`, code `request-out-of-bounds`, naming the key and its bounds.
  package func requireBounds() throws(SlipwayError) {
    try Self.require((1...1000).contains(environment.replicas), "replicas", "1 to 1000")
    if let metrics = environment.metrics { try Self.requireBounds(metrics) }
    if let channels = environment.notify { try Self.requireBounds(channels) }
    try Self.requireBounds(environment.gates ?? [])
    let stages = environment.strategy.stages
    try Self.requireBounds(stages.flatMap(\.allCriteria) + environment.rollback.triggers)
    try Self.requireBounds(stages.compactMap(\.score))
    guard let service = environment.services.first(where: { $0.name == service }) else { return }
    let health = service.health
    try Self.require(health.interval >= .milliseconds(100) && health.interval <= .hours(1), "health.interval", "100ms to 1h")
    try Self.require(health.timeout >= .milliseconds(10) && health.timeout <= .minutes(10), "health.timeout", "10ms to 10m")
    try Self.require((1...100).contains(health.failures), "health.failures", "1 to 100")
    try Self.require(health.startupTimeout >= .seconds(1) && health.startupTimeout <= .hours(1), "health.startup_timeout", "1s to 1h")
    try Self.require(health.minimumHealthyTime >= .zero, "health.min_healthy_time", "no less than 0")
    try Self.require(service.shutdown.drain >= .zero && service.shutdown.grace >= .zero, "shutdown", "no less than 0")
    try Self.require(service.run.map { !$0.isEmpty } ?? true, "run", "a command")
    try Self.require(service.variables.names.allSatisfy(Self.isVariable), "env", "names of letters, digits and `_`")
    let values = service.variables.values ?? [:]
    try Self.require(values.values.allSatisfy { !$0.utf8.contains(0) }, "env", "values without a NUL byte")
    if let manifests = service.manifests {
      try Self.require((1...200).contains(manifests.names.count), "cluster.manifests", "1 to 200 objects")
      let size = (manifests.values ?? [:]).reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
      try Self.require(size <= 512 << 10, "cluster.manifests", "at most 512 KiB")
    }
  }

  /// Without these time would be cut into no intervals, or into endless ones.
  private static func requireBounds(_ criteria: [Criterion]) throws(SlipwayError) {
    for streak in criteria.compactMap(\.streak) {
      try require((1...100).contains(streak.failures), "consecutive_failures", "1 to 100")
      try require(streak.interval >= .seconds(1) && streak.interval <= .hours(1), "interval", "1s to 1h")
    }
  }

  /// A score without parts would be one that nothing can miss.
  private static func requireBounds(_ scores: [ScoreSpec]) throws(SlipwayError) {
    for score in scores {
      try require(
        !score.parts.isEmpty && score.parts.allSatisfy { $0.weight > 0 && $0.weight <= 1000 }, "score.metrics", "weights up to 1000")
      try require(score.parts.allSatisfy { $0.criterion.streak == nil }, "score.metrics", "criteria without `consecutive_failures`")
      try require(
        score.pass > 0 && score.pass <= 100 && (0...score.pass).contains(score.marginal), "score", "0 to 100, `marginal` up to `pass`")
    }
  }

  /// Two channels of one name could not be told apart in the journal.
  private static func requireBounds(_ channels: [NotificationChannel]) throws(SlipwayError) {
    try require((1...10).contains(channels.count), "notify", "1 to 10 channels")
    try require(Set(channels.map(\.name)).count == channels.count, "notify.name", "each name once")
    try require(channels.allSatisfy { !$0.events.isEmpty && !$0.events.contains(.test) }, "notify.on", "at least one event of a rollout")
    let isStated = channels.allSatisfy { channel in
      if case .stated(let url) = channel.webhook { url.names == [WebhookPlace.stated] } else { true }
    }
    try require(isStated, "notify.webhook", "a URL")
  }

  /// Without these a look at a source would not end, or never begin.
  private static func requireBounds(_ metrics: MetricsSpec) throws(SlipwayError) {
    let (prometheus, http, command) = (metrics.prometheus, metrics.http, metrics.command)
    for interval in [prometheus?.interval, http?.interval, command?.interval].compactMap({ $0 }) {
      try require(interval >= .seconds(1) && interval <= .minutes(5), "metrics.interval", "1s to 5m")
    }
    for timeout in [prometheus?.timeout, http?.timeout, command?.timeout].compactMap({ $0 }) {
      try require(timeout >= .milliseconds(50) && timeout <= .milliseconds(1800), "metrics.timeout", "50ms to 1800ms")
    }
    let delay = prometheus?.delay ?? .zero
    try require(delay >= .zero && delay <= .minutes(1), "metrics.prometheus.delay", "0s to 1m")
    try require(command.map { !$0.run.isEmpty } ?? true, "metrics.command.run", "a program")
    let names = metrics.readings.flatMap(\.names)
    try require(names.allSatisfy { Metric(rawValue: $0)?.readingName != nil }, "metrics", "readings with names of `a-z`, `0-9` and `_`")
    let isCounting =
      switch metrics.source {
      case .proxy, .unmeasured: true
      case .prometheus: prometheus?.counts != nil
      case .http: http != nil
      case .command: command != nil
      }
    try require(isCounting, "metrics.source", "a source that is described")
  }

  /// A gate without a question would never pass, and of two with one name a pass could be taken for the other's.
  private static func requireBounds(_ gates: [GateSpec]) throws(SlipwayError) {
    try require(gates.count <= GateSpec.most, "gates", "at most \(GateSpec.most)")
    try require(Set(gates.map(\.name)).count == gates.count, "gates", "each name once")
    for gate in gates {
      try require(GateSpec.timeouts.contains(gate.timeout), "gates.timeout", "1s to 24h")
      switch gate.means {
      case .command(let command): try require(!command.isEmpty, "gates.command", "a program")
      case .webhook(let url, _): try require(url.hasPrefix("http://") || url.hasPrefix("https://"), "gates.webhook", "a URL")
      }
    }
  }

  private static func isVariable(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 }
  }

  private static func require(_ isFine: Bool, _ key: String, _ bounds: String) throws(SlipwayError) {
    guard !isFine else { return }
    throw SlipwayError(
      .requestOutOfBounds, .input, "`\(key)` of the request is out of bounds", remedy: "state \(bounds)")
  }
}

extension SlipwayError.Code {
  package static let requestOutOfBounds = SlipwayError.Code("request-out-of-bounds")
}
