/// Something outside that has to hold before a step of a rollout: a program that is run, or a service that is asked.
package struct GateSpec: Hashable, Sendable {
  /// What waits for the gate.
  package enum Place: String, Codable, CaseIterable, Hashable, Sendable {
    /// Everything: the release is not even built.
    case deploy
    /// The step that gives the candidate all traffic.
    case promotion
  }

  /// How it is asked.
  package enum Means: Hashable, Sendable {
    /// A program and its arguments, without a shell, in the folder of the file.
    case command([String])
    /// A POST to a URL.
    case webhook(url: String, access: MetricAccess)
  }

  /// Unique in the environment.
  package let name: Name
  /// What waits for it; default the deployment.
  package let before: Place
  /// How long an answer "not yet" and no answer at all are borne together, from the first question on; 1 s...24 h, default 5 min.
  package let timeout: TimeSpan
  /// A program, or a service.
  package let means: Means

  package init(name: Name, before: Place = .deploy, timeout: TimeSpan = GateSpec.standardTimeout, means: Means) {
    self.name = name
    self.before = before
    self.timeout = timeout
    self.means = means
  }

  /// 5 min.
  package static let standardTimeout = TimeSpan.minutes(5)
  /// What ``timeout`` may be.
  package static let timeouts = TimeSpan.seconds(1)...TimeSpan.hours(24)
  /// Gates of one environment.
  package static let most = 20
}

extension GateSpec: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, before, command, webhook, access
    case timeout = "timeout_ms"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(Name.self, forKey: .name)
    before = try container.decode(Place.self, forKey: .before)
    timeout = try container.decode(TimeSpan.self, forKey: .timeout)
    if let command = try container.decodeIfPresent([String].self, forKey: .command) {
      means = .command(command)
    } else {
      means = .webhook(
        url: try container.decode(String.self, forKey: .webhook), access: try container.decode(MetricAccess.self, forKey: .access))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(before, forKey: .before)
    try container.encode(timeout, forKey: .timeout)
    switch means {
    case .command(let command): try container.encode(command, forKey: .command)
    case .webhook(let url, let access):
      try container.encode(url, forKey: .webhook)
      try container.encode(access, forKey: .access)
    }
  }
}
