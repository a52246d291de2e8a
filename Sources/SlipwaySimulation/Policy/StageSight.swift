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
    let index: Int

    private enum CodingKeys: String, CodingKey {
      case criterion, detects
      case passesHealthy = "passes_healthy"
      case passesBad = "passes_bad"
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
  let index: Int

  private enum CodingKeys: String, CodingKey {
    case name, requests, judges
    case weight = "traffic_percent"
    case hold = "hold_ms"
    case minimumRequests = "min_requests"
  }

  /// Requests that its criteria rest on at the earliest possible end.
  var judged: Int { max(requests, minimumRequests) }
}

extension Odds {
  /// Requests per second that the candidate gets in a step.
  func rate(_ step: PlanStep) -> Double { traffic.requestsPerSecond * step.weight.ratio }

  /// Requests that a criterion of a step rests on at the step's earliest end, and those of the live slot.
  func evidence(_ criterion: Criterion, in step: PlanStep) -> (requests: Int, control: Double) {
    let length = min(step.hold, criterion.window ?? step.hold).seconds
    let requests = max(Int(rate(step) * length), criterion.window == nil || length > 0 ? step.minimumRequests : 0)
    // Without a control in the same step the engine compares with the five minutes before.
    let control = step.weight < .hundred ? Double(requests) * step.weight.complement.ratio / step.weight.ratio : rate(step) * 300
    return (requests, control)
  }

  func sight(of step: PlanStep, _ index: Int) -> StageSight {
    let judges = step.criteria.enumerated().map { number, criterion in
      let (requests, control) = evidence(criterion, in: step)
      return StageSight.Judge(
        criterion: criterion.description, passesHealthy: passes(criterion, requests: requests, control: control, traffic.healthy),
        passesBad: passes(criterion, requests: requests, control: control, beyond(criterion, control: control)),
        detects: detects(criterion, requests: requests, control: control), index: number)
    }
    return StageSight(
      name: step.name, weight: step.weight, hold: step.hold, requests: Int(rate(step) * step.hold.seconds),
      minimumRequests: step.minimumRequests, judges: judges, index: index)
  }

  func sights(of plan: Plan) -> [StageSight] { plan.steps.enumerated().map { sight(of: $1, $0) } }
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
    let gates = plan.steps.flatMap { step in step.criteria.map { ($0, odds.evidence($0, in: step).control) } }
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
    statedErrorRate = errors.min()
    errorRate = (errors + (plan.rollback.guardrail ? [max(0.1, 2 * traffic.errorRate)] : [])).min()
    latencyFactor = factors.min()
  }

  /// Whether a release with these faults breaks what the plan demands.
  func forbid(errorRate: Double) -> Bool { self.errorRate.map { errorRate > $0 } ?? false }
  func forbid(latencyFactor: Double) -> Bool { self.latencyFactor.map { latencyFactor > $0 } ?? false }
}
