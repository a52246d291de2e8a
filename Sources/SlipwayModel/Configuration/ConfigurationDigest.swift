extension ServiceSpec {
  /// The digest of everything that configures the service's processes: command, image, port, variables, health, shutdown,
  /// resources and the user's manifests. It belongs to the release, so that going back to a release brings its configuration back too.
  ///
  /// It is the SHA-256 of these values as JSON with sorted keys, no white space and absent values left out (RFC 8785).
  /// What only makes or orders releases (`build`, `artifact`, `depends_on`) is not part of it. Variables stand in it with their
  /// keyed digests, since a plain digest would let anybody try out values; before they are sealed only their names do.
  package var configurationDigest: Digest {
    Digest(hashing: canonicalConfiguration.utf8)
  }

  /// What ``configurationDigest`` is the digest of.
  package var canonicalConfiguration: String {
    let healthFields: [String: CanonicalJSON] = [
      "failures": .integer(Int64(health.failures)),
      "interval_ms": .integer(health.interval.milliseconds),
      "liveness": .string(health.liveness),
      "minimum_healthy_time_ms": .integer(health.minimumHealthyTime.milliseconds),
      "readiness": .string(health.readiness),
      "startup_timeout_ms": .integer(health.startupTimeout.milliseconds),
      "timeout_ms": .integer(health.timeout.milliseconds),
    ]
    var fields: [String: CanonicalJSON] = [
      "format": .string("slipway.service-configuration.v1"),
      "health": .object(healthFields),
      "name": .string(name.description),
      "shutdown": .object([
        "drain_ms": .integer(shutdown.drain.milliseconds), "grace_ms": .integer(shutdown.grace.milliseconds),
      ]),
      "variables": .object(variables.canonicalDigests),
    ]
    fields["manifests"] = manifests.map { .object($0.canonicalDigests) }
    fields["image"] = image.map { .string($0) }
    fields["port"] = port.map { .integer(Int64($0)) }
    fields["run"] = run.map { .string($0) }
    if let resources {
      var quantities: [String: CanonicalJSON] = [:]
      quantities["cpu"] = resources.cpu.map { .string($0) }
      quantities["memory"] = resources.memory.map { .string($0) }
      fields["resources"] = .object(quantities)
    }
    return CanonicalJSON.object(fields).description
  }
}

extension Variables {
  fileprivate var canonicalDigests: [String: CanonicalJSON] {
    switch self {
    case .values(let values): values.mapValues { _ in .string("") }
    case .sealed(let set): set.digests.mapValues { .string($0.description) }
    }
  }
}

/// The part of RFC 8785 that a configuration needs: objects, texts and whole numbers.
private indirect enum CanonicalJSON: CustomStringConvertible {
  case object([String: CanonicalJSON])
  case string(String)
  case integer(Int64)

  var description: String {
    switch self {
    case .integer(let value): return String(value)
    case .string(let text): return Self.quoted(text)
    case .object(let fields):
      // RFC 8785, section 3.2.3: keys are ordered by their UTF-16 code units.
      let keys = fields.keys.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
      let members = keys.compactMap { key in fields[key].map { Self.quoted(key) + ":" + $0.description } }
      return "{" + members.joined(separator: ",") + "}"
    }
  }

  /// RFC 8785, section 3.2.2.2.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x08: result += "\\b"
      case 0x09: result += "\\t"
      case 0x0A: result += "\\n"
      case 0x0C: result += "\\f"
      case 0x0D: result += "\\r"
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0..<0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
