import SlipwayEngine
import SlipwayModel

extension PolicyReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case project, environment, service, strategy, seed, runs, looks, faults, traffic, stages, releases, advice, proposal, violations
    case leftOut = "left_out"
    case untilPromotion = "until_promotion_ms"
    case bake = "bake_ms"
    case worstShare = "worst_share"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(project, forKey: .project)
    try container.encode(environment, forKey: .environment)
    try container.encode(service, forKey: .service)
    try container.encode(plan.strategy, forKey: .strategy)
    try container.encode(seed, forKey: .seed)
    try container.encode(runs, forKey: .runs)
    try container.encode(looks, forKey: .looks)
    try container.encode(faults, forKey: .faults)
    try container.encode(leftOut, forKey: .leftOut)
    try container.encode(traffic, forKey: .traffic)
    try container.encode(untilPromotion, forKey: .untilPromotion)
    try container.encode(plan.bake, forKey: .bake)
    try container.encode(stages, forKey: .stages)
    try container.encode(results, forKey: .releases)
    try container.encode(worstShare.rounded(decimals: 4), forKey: .worstShare)
    try container.encode(advice, forKey: .advice)
    try container.encode(proposal, forKey: .proposal)
    try container.encode(violations, forKey: .violations)
  }
}

extension StatedTraffic: Encodable {
  private enum CodingKeys: String, CodingKey {
    case requestsPerSecond = "requests_per_second"
    case p50 = "p50_ms"
    case p95 = "p95_ms"
    case errorRate = "error_rate"
    case slowAfter = "slow_after_ms"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(requestsPerSecond, forKey: .requestsPerSecond)
    try container.encode(p50, forKey: .p50)
    try container.encode(p95, forKey: .p95)
    try container.encode(errorRate, forKey: .errorRate)
    try container.encode(slowBound, forKey: .slowAfter)
  }
}

extension TrialResult: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, title, expected, runs, promoted, undecided, reasons, verdict, sentence
    case trafficFactor = "traffic_factor"
    case wentBack = "went_back"
    case takenBackInBake = "taken_back_in_bake"
    case decision = "time_to_decision_ms"
    case hurt = "requests_hurt"
    case failed = "requests_failed"
    case slow = "requests_slow"
  }

  private struct Decision: Encodable {
    let median: QuantileEstimate
    let p90: QuantileEstimate
    let longest: Double
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(trial.id, forKey: .id)
    try container.encode(trial.title, forKey: .title)
    try container.encode(trial.expectation, forKey: .expected)
    try container.encode(trial.trafficFactor, forKey: .trafficFactor)
    try container.encode(runs, forKey: .runs)
    try container.encode(promoted, forKey: .promoted)
    try container.encode(wentBack, forKey: .wentBack)
    try container.encode(takenBackInBake, forKey: .takenBackInBake)
    try container.encode(undecided, forKey: .undecided)
    if let medianDecision, let p90Decision, let longestDecision {
      let decision = Decision(median: medianDecision, p90: p90Decision, longest: Double(longestDecision.milliseconds))
      try container.encode(decision, forKey: .decision)
    } else {
      try container.encodeNil(forKey: .decision)
    }
    try container.encode(hurt, forKey: .hurt)
    try container.encode(failed, forKey: .failed)
    try container.encode(slow, forKey: .slow)
    try container.encode(reasons, forKey: .reasons)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(sentence, forKey: .sentence)
  }
}

extension CheckedProposal: Encodable {
  private enum CodingKeys: String, CodingKey { case changes, lines, releases }

  private struct Reached: Encodable {
    let id: String
    let before: ShareEstimate
    let after: ShareEstimate
    let medianBefore: Double?
    let medianAfter: Double?

    private enum CodingKeys: String, CodingKey {
      case id
      case before = "promoted_before"
      case after = "promoted_after"
      case medianBefore = "median_decision_before_ms"
      case medianAfter = "median_decision_after_ms"
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(proposal.changes, forKey: .changes)
    try container.encode(proposal.lines, forKey: .lines)
    let reached = rows.map {
      Reached(
        id: $0.before.trial.id, before: $0.before.promoted, after: $0.after.promoted, medianBefore: $0.before.medianDecision?.value,
        medianAfter: $0.after.medianDecision?.value)
    }
    try container.encode(reached, forKey: .releases)
  }
}
