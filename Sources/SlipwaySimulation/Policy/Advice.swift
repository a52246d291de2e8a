import SlipwayEngine
import SlipwayModel

/// Something about a policy that its author should know, found by arithmetic alone.
package struct Advice: Hashable, Sendable, Encodable {
  package enum Code: String, Hashable, Sendable, Encodable {
    /// A stage waits for more requests than it can get: no release passes it.
    case tooFewRequests = "too_few_requests"
    /// A stage lasts longer than it says, since it waits for requests.
    case waitsForRequests = "waits_for_requests"
    /// A criterion lets releases pass that are clearly beyond it.
    case cannotJudge = "cannot_judge"
    /// The live version itself does not satisfy a criterion, or sets off a trigger.
    case boundBelowTraffic = "bound_below_traffic"
    /// A healthy release often misses a criterion.
    case alarmsOnHealthy = "alarms_on_healthy"
    /// A trigger's window is longer than the candidate is watched.
    case triggerNeverFull = "trigger_never_full"
    /// A trigger's window sees too few requests.
    case triggerCannotJudge = "trigger_cannot_judge"
    case nothingWatchesErrors = "nothing_watches_errors"
    case nothingWatchesLatency = "nothing_watches_latency"
  }

  package enum Severity: String, Hashable, Sendable, Encodable {
    /// The policy does not do what it says.
    case warning
    /// Worth knowing; the rest of the plan makes up for it.
    case note
  }

  package let code: Code
  package let severity: Severity
  /// What it is about: a stage or a trigger, as the file has it.
  package let subject: String
  package let sentence: String
}

/// Finds what is wrong with a plan under a traffic, without simulating anything.
package struct Adviser {
  let plan: Plan
  let odds: Odds
  private var traffic: StatedTraffic { odds.traffic }

  package init(plan: Plan, traffic: StatedTraffic) {
    self.plan = plan
    odds = Odds(traffic: traffic)
  }

  /// What each step gets to see.
  package var sights: [StageSight] { odds.sights(of: plan) }

  /// Warnings first, then notes; within them in the order of the plan.
  package var advice: [Advice] {
    let all = plan.steps.flatMap(steps) + plan.rollback.triggers.flatMap(trigger) + missing
    return all.filter { $0.severity == .warning } + all.filter { $0.severity == .note }
  }

  // MARK: Steps

  private func steps(_ step: PlanStep) -> [Advice] {
    guard !step.allCriteria.isEmpty else { return [] }
    return waiting(step) + step.criteria.flatMap { criterion($0, step) } + (step.score.map { score($0, step) } ?? [])
  }

  /// `stage 10% (10% of 5 requests/s for 30s)`
  private func name(_ step: PlanStep) -> String {
    "at \(traffic.requestsPerSecond.rateText) requests/s stage \(step.name) (\(step.weight) for \(step.hold))"
  }

  private func waiting(_ step: PlanStep) -> [Advice] {
    let rate = odds.rate(step)
    let expected = Int(rate * step.hold.seconds)
    guard expected < step.minimumRequests, rate > 0 else { return [] }
    let needed = TimeSpan(milliseconds: Int64(Double(step.minimumRequests) / rate * 1000)).rounded
    if needed > step.hold + plan.limits.patience {
      return [
        Advice(
          code: .tooFewRequests, severity: .warning, subject: step.name,
          sentence: "\(name(step)) sees \(expected.requestsText) and waits for \(step.minimumRequests), which takes \(needed): longer than "
            + "its duration and the patience of \(plan.limits.patience) together, so that every release goes back")
      ]
    }
    return [
      Advice(
        code: .waitsForRequests, severity: .note, subject: step.name,
        sentence: "\(name(step)) sees \(expected.requestsText) and waits for \(step.minimumRequests), so that it lasts about \(needed)")
    ]
  }

  private func criterion(_ criterion: Criterion, _ step: PlanStep) -> [Advice] {
    let basis = odds.basis(of: criterion, in: step, patience: plan.limits.patience)
    let limit = odds.limit(of: criterion, control: basis.control)
    let figure = traffic.figure(criterion.metric, of: traffic.healthy)
    if figure >= limit {
      return [
        Advice(
          code: .boundBelowTraffic, severity: .warning, subject: step.name,
          sentence: "stage \(step.name) demands \(criterion), and the live version itself has "
            + "\(criterion.metric.text(figure)): no release as good as that passes")
      ]
    }
    var found: [Advice] = []
    let healthy = odds.passes(criterion, basis, traffic.healthy)
    if healthy < Self.alarming {
      found.append(
        Advice(
          code: .alarmsOnHealthy, severity: .warning, subject: step.name,
          sentence:
            "\(name(step)) judges \(criterion) by \(basis.requests.requestsText): \((1 - healthy).percentText) of all healthy releases miss it "
            + "there by chance"))
    }
    let bad = odds.beyond(criterion, control: basis.control)
    let passing = odds.passes(criterion, basis, bad)
    if passing > Self.blind { found.append(blind(criterion, step, bad, passing)) }
    return found
  }

  /// A score that healthy releases miss; what it lets pass is for the simulation to say.
  private func score(_ score: ScoreSpec, _ step: PlanStep) -> [Advice] {
    let healthy = odds.passes(score, in: step, patience: plan.limits.patience, traffic.healthy)
    guard healthy < Self.alarming else { return [] }
    return [
      Advice(
        code: .alarmsOnHealthy, severity: .warning, subject: step.name,
        sentence: "\(name(step)): \((1 - healthy).percentText) of all healthy releases miss the \(score) there")
    ]
  }

  private func blind(_ criterion: Criterion, _ step: PlanStep, _ bad: Suspect, _ passing: Double) -> Advice {
    let isErrors = criterion.metric == .errorRate
    let release =
      isErrors
      ? "a release that fails \(bad.errorRate.percentText) of its requests"
      : "a release that is \(bad.latencyFactor.rounded(decimals: 1).shortText) times slower"
    let all = passesAll(bad)
    let rest = all <= Odds.tolerated ? "; the other stages stop it" : ""
    let expected = Int(odds.rate(step) * step.hold.seconds)
    let waits = expected < step.minimumRequests ? " and waits for \(step.minimumRequests)" : ""
    return Advice(
      code: .cannotJudge, severity: all <= Odds.tolerated ? .note : .warning, subject: step.name,
      sentence: "\(name(step)) sees \(expected.requestsText)\(waits): \(criterion) cannot be judged by so few, \(release) passes it in "
        + "\(Int((passing * 100).rounded())) of 100 cases\(rest)")
  }

  /// How likely a release gets through all stages.
  func passesAll(_ release: Suspect) -> Double {
    let patience = plan.limits.patience
    return plan.steps.reduce(1) { product, step in
      let scored = step.score.map { odds.passes($0, in: step, patience: patience, release) } ?? 1
      return step.criteria.reduce(product * scored) { product, criterion in
        product * odds.passes(criterion, odds.basis(of: criterion, in: step, patience: patience), release)
      }
    }
  }

  // MARK: Triggers

  private func trigger(_ trigger: Criterion) -> [Advice] {
    let window = trigger.streak?.length ?? trigger.window ?? .seconds(10)
    let watched = plan.steps.reduce(plan.bake) { $0 + $1.hold }
    let requests = Int(traffic.requestsPerSecond * window.seconds)
    let control = traffic.requestsPerSecond * 300
    let limit = odds.limit(of: trigger, control: control)
    let figure = traffic.figure(trigger.metric, of: traffic.healthy)
    let subject = "rollback if \(trigger)"
    if window > watched {
      return [
        Advice(
          code: .triggerNeverFull, severity: .warning, subject: subject,
          sentence: "\(subject): its window of \(window) is longer than the \(watched) that the candidate is watched, so that it never acts"
        )
      ]
    }
    if figure > limit {
      return [
        Advice(
          code: .boundBelowTraffic, severity: .warning, subject: subject,
          sentence: "\(subject): the live version itself has \(trigger.metric.text(figure)), so that every release goes back")
      ]
    }
    let bad = odds.beyond(trigger, control: control)
    let firing = odds.fires(trigger, requests: requests, control: control, bad)
    guard firing < 0.5 else { return [] }
    return [
      Advice(
        code: .triggerCannotJudge, severity: .note, subject: subject,
        sentence:
          "\(subject): at \(traffic.requestsPerSecond.rateText) requests/s its window of \(window) sees \(requests.requestsText) even at "
          + "all the traffic, and notices a release that is clearly beyond it in \(Int((firing * 100).rounded())) of 100 windows")
    ]
  }

  // MARK: What is missing

  private var missing: [Advice] {
    let metrics = Set((plan.steps.flatMap(\.allCriteria) + plan.rollback.triggers).map(\.metric))
    var found: [Advice] = []
    let compared = Set(plan.steps.flatMap { $0.compared ?? [] })
    if !metrics.contains(.errorRate), !compared.contains(.errorRate) {
      let guardrail =
        plan.rollback.guardrail ? "only the guardrail acts, on clearly more than 10 % failed requests" : "nothing acts on them"
      found.append(
        Advice(
          code: .nothingWatchesErrors, severity: .warning, subject: "the plan",
          sentence: "no stage and no trigger looks at the error rate: \(guardrail)"))
    }
    if metrics.isSubset(of: [.errorRate]), !compared.contains(.latency) {
      found.append(
        Advice(
          code: .nothingWatchesLatency, severity: .note, subject: "the plan",
          sentence: "no stage and no trigger looks at response times: a slow release is promoted"))
    }
    return found
  }

  /// Healthy releases that may miss a criterion before it is worth a warning.
  private static let alarming = 0.9
  /// Bad releases that may pass a criterion before it counts as blind.
  private static let blind = 0.2
}

extension Metric {
  /// A figure for people: `2.5 %`, `420 ms`.
  func text(_ value: Double) -> String {
    self == .errorRate ? value.percentText : "\(value.rounded(decimals: value < 10 ? 1 : 0).shortText) ms"
  }
}

extension Int {
  fileprivate var requestsText: String { self == 1 ? "1 request" : "\(self) requests" }
}

extension Double {
  /// A rate for people: at most two decimals.
  package var rateText: String { rounded(decimals: 2).shortText }
}
