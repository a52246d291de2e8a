import SlipwayModel

extension DeployRequest {
  /// Refuses what the reader of the configuration file refuses: requests also come over the API from elsewhere.
  ///
  /// - Throws: `SlipwayError` of kind `input`, code `request-out-of-bounds`, naming the key and its bounds.
  package func requireBounds() throws(SlipwayError) {
    try Self.require((1...1000).contains(environment.replicas), "replicas", "1 to 1000")
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
