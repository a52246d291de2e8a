import SlipwayModel

/// What a strategy says about the health of services that say nothing themselves.
struct HealthDefaults {
  var endpoint: String?
  var startupTimeout: TimeSpan?
}

/// Reads one service, its environment's overrides merged in.
struct ServiceReader {
  let sink: DiagnosticSink
  let defaults: HealthDefaults

  func read(_ entry: Entry) -> ServiceSpec? {
    guard let name = Name(entry.key) else { return nil }
    let service = View(entry.value)
    var variables: [String: String] = [:]
    for variable in service.view("env").entries { variables[variable.key] = variable.value.scalar?.text }
    return ServiceSpec(
      name: name, build: service.text("build"), artifact: service.text("artifact"), run: service.text("run"),
      image: service.text("image"), port: service.integer("port"), variables: .values(variables), health: health(of: service),
      shutdown: shutdown(of: service), resources: resources(of: service),
      dependsOn: service.items("depends_on").compactMap { $0.scalar.flatMap { Name($0.text) } })
  }

  private func health(of service: View) -> HealthSpec {
    let health = service.view("health")
    if let short = service.entry("health_check_endpoint"), health.has("liveness") || health.has("readiness") {
      sink.error(
        .conflictingKeys, at: short.place, "`health_check_endpoint` and `health` both name the path that is asked",
        remedy: "keep `health`, which can name one path for liveness and another for readiness")
    }
    let standard = HealthSpec()
    let endpoint = service.text("health_check_endpoint") ?? defaults.endpoint
    return HealthSpec(
      liveness: health.text("liveness") ?? endpoint ?? standard.liveness,
      readiness: health.text("readiness") ?? (health.has("liveness") ? nil : endpoint),
      interval: health.duration("interval") ?? standard.interval, timeout: health.duration("timeout") ?? standard.timeout,
      failures: health.integer("failures") ?? standard.failures,
      minimumHealthyTime: health.duration("min_healthy_time") ?? standard.minimumHealthyTime,
      startupTimeout: health.duration("startup_timeout") ?? defaults.startupTimeout ?? standard.startupTimeout)
  }

  private func shutdown(of service: View) -> ShutdownSpec {
    let shutdown = service.view("shutdown")
    let standard = ShutdownSpec()
    return ShutdownSpec(drain: shutdown.duration("drain") ?? standard.drain, grace: shutdown.duration("grace") ?? standard.grace)
  }

  private func resources(of service: View) -> ResourceSpec? {
    guard service.has("resources") else { return nil }
    let resources = service.view("resources")
    return ResourceSpec(cpu: resources.text("cpu"), memory: resources.text("memory"))
  }
}
