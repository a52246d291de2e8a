import SlipwayModel

extension Keys {
  static let service: [Key] = [
    Key(
      "artifact", .text(.file), default: "required for `local`", example: "dist/api",
      "File or folder, relative to this file, that is deployed. Its digest is the release."),
    Key("build", .text(.filled), example: "make api", "Shell command that makes the artifact, run once per release."),
    Key(
      "run", .text(.filled), default: "required for `local`", example: "./api --port $PORT",
      "Shell command that starts one replica in the unpacked artifact's folder. It has to listen at `$PORT`."),
    Key(
      "image", .text(.image), default: "required for `kubernetes`", example: "ghcr.io/acme/api",
      "Container image without a tag; the release's version is the tag."),
    Key("port", .integer(1...65_535), example: "8000", "Port inside a container. On this machine each replica gets a free one."),
    Key(
      "env", .table(of: .text(.free), keys: .variable, upTo: 1000), default: "none", example: "{ LOG_LEVEL: info }",
      "Environment variables of each replica, beside `PORT`."),
    Key("health", .section(.health), default: "the defaults of its keys", example: "{ readiness: /ready }", "How health is asked for."),
    Key(
      "health_check_endpoint", .text(.path), default: "`/health`", example: "/health",
      "Short for `health: { liveness: …, readiness: … }` with the same path."),
    Key("shutdown", .section(.shutdown), default: "the defaults of its keys", example: "{ drain: 10s }", "How a replica is stopped."),
    Key(
      "resources", .section(.resources), example: "{ cpu: 500m, memory: 1Gi }",
      "What one replica needs. Recorded; on this machine not enforced."),
    Key("depends_on", .list(of: .text(.name), upTo: 200), example: "[]", "Services that have to be up first."),
  ]

  static let health: [Key] = [
    Key("liveness", .text(.path), default: "`/health`", example: "/health", "Path that answers 200 to 299 while the process works."),
    Key("readiness", .text(.path), default: "that of `liveness`", example: "/ready", "Path that does when it can take traffic."),
    Key("interval", .duration(.milliseconds(100)...(.hours(1))), default: "`1s`", example: "1s", "Time between two probes."),
    Key("timeout", .duration(.milliseconds(10)...(.minutes(10))), default: "`5s`", example: "5s", "How long a probe may take."),
    Key(
      "failures", .integer(1...100), default: "3", example: "3",
      "Failed probes in a row after which a replica gets no more traffic."),
    Key(
      "min_healthy_time", .duration(.zero...(.hours(1))), default: "`2s`", example: "2s",
      "How long a candidate has to stay ready before it gets traffic."),
    Key(
      "startup_timeout", .duration(.seconds(1)...(.hours(1))), default: "`60s`", example: "60s",
      "How long a candidate may take to become ready before the release is refused."),
  ]

  static let shutdown: [Key] = [
    Key("drain", .duration(.zero...(.hours(1))), default: "`30s`", example: "30s", "How long open requests may go on before SIGTERM."),
    Key("grace", .duration(.zero...(.hours(1))), default: "`10s`", example: "10s", "Time between SIGTERM and SIGKILL."),
  ]

  static let resources: [Key] = [
    Key("cpu", .text(.cpu), example: "500m", "Processor time: cores, or thousandths of one with `m`."),
    Key("memory", .text(.memory), example: "1Gi", "Memory in bytes, with `k`, `M`, `G`, `T` or `Ki`, `Mi`, `Gi`, `Ti`."),
  ]
}
