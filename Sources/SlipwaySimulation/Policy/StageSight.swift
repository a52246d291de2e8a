import SlipwayEngine
import SlipwayModel

/// What a step of a plan gets to see of the candidate before it ends, and what it can tell from that.
package struct StageSight: Hashable, Sendable, Encodable {
  package struct Judge: Hashable, Sendable, Encodable {
    /// As the file has it.
    package let criterion: String
    /// How often a healthy release satisfies it at the end of the hold, 0...1.
    package let passesHealthy: Double
    /// How often a release that is clearly beyond it does: twice the tolerated errors, half as slow again as tolerated.
    package let passesBad: Double
    /// The mildest release that it stops in 95 of 100 cases: an error rate, or a factor on response times.
    package let detects: Double?
    /// Whether it is about failing requests rather than response times.
    package let isAboutErrors: Bool

    private enum CodingKeys: String, CodingKey {
      case criterion, detects
      case passesHealthy = "passes_healthy"
      case passesBad = "passes_bad"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(criterion, forKey: .criterion)
      try container.encode(passesHealthy.rounded(decimals: 4), forKey: .passesHealthy)
      try container.encode(passesBad.rounded(decimals: 4), forKey: .passesBad)
      try container.encode(detects.map { $0.rounded(decimals: 4) }, forKey: .detects)
    }
  }

  package let name: String
  package let weight: Percentage
  package let hold: TimeSpan
  /// Requests of the candidate until the hold is over, on average.
  package let requests: Int
  /// Requests that it waits for.
  package let minimumRequests: Int
  package let judges: [Judge]
  /// What a comparison with the live version detects; `nil` for a stage without one.
  package let comparison: PlanForecast.Stage?

  private enum CodingKeys: String, CodingKey {
    case name, requests, judges, comparison
    case weight = "traffic_percent"
    case hold = "hold_ms"
    case minimumRequests = "min_requests"
  }
}

extension Odds {
  /// Requests per second that the candidate gets in a step.
  func rate(_ step: PlanStep) -> Double { traffic.requestsPerSecond * step.weight.ratio }

  /// What a criterion of a step rests on at the step's earliest end.
  func basis(of criterion: Criterion, in step: PlanStep, patience: TimeSpan) -> Basis {
    let length = min(step.hold, criterion.window ?? step.hold).seconds
    let requests = max(Int(rate(step) * length), criterion.window == nil || length > 0 ? step.minimumRequests : 0)
    // Without a control in the same step the engine compares with the five minutes before.
    let control = step.weight < .hundred ? Double(requests) * step.weight.complement.ratio / step.weight.ratio : rate(step) * 300
    return Basis(requests: requests, control: control, rate: rate(step), patience: patience)
  }

  func sight(of step: PlanStep, patience: TimeSpan, _ forecast: PlanForecast?) -> StageSight {
    let judges = step.criteria.map { criterion in
      let basis = basis(of: criterion, in: step, patience: patience)
      return StageSight.Judge(
        criterion: criterion.description, passesHealthy: passes(criterion, basis, traffic.healthy),
        passesBad: passes(criterion, basis, beyond(criterion, control: basis.control)),
        detects: detects(criterion, basis), isAboutErrors: criterion.metric == .errorRate)
    }
    return StageSight(
      name: step.name, weight: step.weight, hold: step.hold, requests: Int(rate(step) * step.hold.seconds),
      minimumRequests: step.minimumRequests,
      judges: judges + (step.score.map { [sight(of: $0, in: step, patience: patience)] } ?? []),
      comparison: (step.compared ?? []).isEmpty ? nil : forecast?.stages.first { $0.name == step.name })
  }

  func sights(of plan: Plan) -> [StageSight] {
    let forecast = forecast(of: plan)
    return plan.steps.map { sight(of: $0, patience: plan.limits.patience, forecast) }
  }
}

/// The strictest that a plan demands of a release.
struct PolicyBounds: Hashable, Sendable {
  /// Share of failing requests above which some criterion, trigger or the guardrail objects.
  let errorRate: Double?
  /// Share that a criterion or trigger of the user names.
  let statedErrorRate: Double?
  /// Factor on response times above which one objects.
  let latencyFactor: Double?

  init(_ plan: Plan, _ odds: Odds) {
    let traffic = odds.traffic
    let gates = plan.steps.flatMap { step in
      (step.criteria + (step.score?.decisive ?? [])).map { ($0, odds.basis(of: $0, in: step, patience: .zero).control) }
    }
    let alarms = plan.rollback.triggers.map { ($0, traffic.requestsPerSecond * 300) }
    var (errors, factors): ([Double], [Double]) = ([], [])
    for (criterion, control) in gates + alarms {
      let limit = odds.limit(of: criterion, control: control)
      if criterion.metric == .errorRate {
        errors.append(limit)
      } else {
        factors.append(limit / traffic.figure(criterion.metric, of: traffic.healthy))
      }
    }
    // A comparison has no bound; what it detects in a stage's time is what it can be asked for.
    for stage in odds.forecast(of: plan)?.stages ?? [] {
      if let time = stage.onePointMore, time <= stage.lasts { errors.append((traffic.errorRate + 0.01) / Self.clearly) }
      if let time = stage.slower, time <= stage.lasts { factors.append(PlanForecast.slowness / Self.clearlySlower) }
    }
    statedErrorRate = errors.min()
    errorRate = (errors + (plan.rollback.guardrail ? [max(0.1, 2 * traffic.errorRate)] : [])).min()
    latencyFactor = factors.min()
  }

  /// What a policy should do with a release of this error rate.
  func expectation(errorRate rate: Double) -> (Trial.Expectation, excuse: String) {
    guard let bound = errorRate, rate > bound else { return (.either, Self.permitted) }
    return rate >= bound * Self.clearly ? (.goBack, "") : (.either, Self.close)
  }

  /// What it should do with a release that is slower by this factor.
  func expectation(latencyFactor factor: Double) -> (Trial.Expectation, excuse: String) {
    guard let bound = latencyFactor, factor > bound else { return (.either, Self.permitted) }
    return factor >= bound * Self.clearlySlower ? (.goBack, "") : (.either, Self.close)
  }

  /// From these multiples of a bound on, nobody calls it close.
  private static let clearly = 1.5
  private static let clearlySlower = 1.25
  static let permitted = "the plan forbids nothing that they do"
  private static let close = "they are close to a bound of the plan"
}

extension ScoreSpec {
  /// The criteria without any one of which the score does not pass.
  var decisive: [Criterion] {
    parts.indices.filter { place in score { $0 != place } < pass }.map { parts[$0].criterion }
  }
}
