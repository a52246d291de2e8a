/// What both arms, or the canary alone, suffer from although nothing is wrong with the release.
struct Nuisances: OptionSet, Sendable {
  let rawValue: Int

  /// Load, errors and latency follow a slow wave of 900 s with a random phase.
  static let drift = Nuisances(rawValue: 1)
  /// At times both arms fail 10 percentage points more.
  static let burst = Nuisances(rawValue: 2)
  /// The canary is slow in its first 20 s.
  static let cold = Nuisances(rawValue: 4)
  /// Intervals of both arms, or of the canary, are never seen.
  static let gaps = Nuisances(rawValue: 8)
  static let all: Nuisances = [.drift, .burst, .cold, .gaps]
}

/// One world to try policies in: traffic, the fault of the new release, and what disturbs the view.
struct Scenario: Sendable, Equatable {
  /// Unique; also what the random numbers are drawn for.
  var name: String
  /// Requests per second of both arms together.
  var requestsPerSecond: Double
  /// Probability that a request to the live version fails, 0...1.
  var baselineErrors: Double
  /// The same of the new version once its fault has begun, 0...1.
  var canaryErrors: Double
  /// Seconds after the start at which the fault begins; until then the versions are equal.
  var onset = 0.0
  /// By what the latency of `slowShare` of the canary's requests is multiplied.
  var latencyFactor = 1.0
  var slowShare = 1.0
  var nuisances: Nuisances = []
  /// Coefficient of variation of an own factor on the errors of each arm in each interval: an assumption of every policy broken.
  var overdispersion = 0.0
  var kind: Kind

  /// What the scenario counts for.
  enum Kind: String, Sendable {
    /// The versions are equal: every rollback is false.
    case null
    /// Not worse, hardly worse, or outside of what is assumed: rollbacks are reported by themselves.
    case harmless
    /// The new version is bad.
    case faulty
  }

  /// The scenario without a fault and the same traffic, errors and nuisances.
  var nullName: String {
    "null_\(nuisances == .all ? "all" : "clean")/\(traffic)"
  }

  /// The part of the name after the slash: requests per second and the live version's errors.
  var traffic: String { "R\(Int(requestsPerSecond))_p\(Self.percent(baselineErrors))" }

  static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return tenths.isMultiple(of: 10) ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
  }
}
