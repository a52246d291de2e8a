import SlipwayModel

extension SlotWorkload {
  /// The three probes by their field's name.
  ///
  /// Until the start-up probe has succeeded once the others rest, so a slow start is not taken for a dead process. After
  /// `startup_timeout` the container is started anew.
  var probes: [String: JSONValue] {
    let health = workload.service.health
    let period = max(1, health.interval.wholeSeconds)
    func probe(_ path: String, failures: Int) -> JSONValue {
      [
        "httpGet": ["path": .text(path), "port": .text(Self.portName), "scheme": "HTTP"],
        "periodSeconds": .integer(period), "timeoutSeconds": .integer(max(1, health.timeout.wholeSeconds)),
        "failureThreshold": .integer(max(1, failures)),
      ]
    }
    return [
      "readinessProbe": probe(health.readiness, failures: health.failures),
      "livenessProbe": probe(health.liveness, failures: health.failures),
      "startupProbe": probe(health.liveness, failures: (health.startupTimeout.wholeSeconds + period - 1) / period),
    ]
  }

  /// How long a pod goes on before SIGTERM: `drain`, but long enough for every node to have learned that it is no endpoint any more.
  var drainSeconds: Int { max(3, workload.service.shutdown.drain.wholeSeconds) }

  /// Keeps the process running while its endpoint disappears and open requests end. The kubelet can wait by itself since 1.30
  /// (KEP-3960); before that the image's own `sleep` does it. An image without one (distroless) is then stopped at once, which is what
  /// would happen without any hook.
  var preStop: JSONValue {
    cluster >= ClusterVersion(major: 1, minor: 30)
      ? ["sleep": ["seconds": .integer(drainSeconds)]] : ["exec": ["command": ["sleep", .text(String(drainSeconds))]]]
  }
}
