import SlipwayEngine
import SlipwayModel

/// Numbers under which a policy can do what it says, found by arithmetic; what they reach is for a simulation to say.
package struct Proposal: Hashable, Sendable {
  /// One value that is to be another.
  package struct Change: Hashable, Sendable, Encodable {
    /// The stage, or `rollback`.
    package let place: String
    /// `duration`, `min_requests`, or a criterion's metric.
    package let key: String
    /// `nil` when the key is new.
    package let from: String?
    package let to: String
    package let why: String
  }

  package let changes: [Change]
  package let environment: EnvironmentSpec
  /// The changed stages and triggers as lines of `slipway.yaml`.
  package let lines: [String]
}

/// Looks for better numbers, one stage at a time.
struct Proposer {
  let environment: EnvironmentSpec
  let adviser: Adviser
  private var odds: Odds { adviser.odds }
  private var plan: Plan { adviser.plan }
  private var changes: [Proposal.Change] = []
  private var changed: Set<Int> = []

  init(environment: EnvironmentSpec, plan: Plan, traffic: StatedTraffic) {
    self.environment = environment
    adviser = Adviser(plan: plan, traffic: traffic)
  }

  /// `nil` when the arithmetic finds nothing to improve.
  static func proposal(for environment: EnvironmentSpec, plan: Plan, traffic: StatedTraffic) -> Proposal? {
    var proposer = Proposer(environment: environment, plan: plan, traffic: traffic)
    return proposer.propose()
  }

  private mutating func propose() -> Proposal? {
    var stages = environment.strategy.stages
    for index in stages.indices {
      loosen(&stages[index], index)
      reach(&stages[index], index)
    }
    judgeErrors(&stages)
    let rollback = watchErrors(hasStages: stages.contains { $0.duration > .zero })
    guard !changes.isEmpty else { return nil }
    let lines =
      changed.sorted().map { stages[$0].line(environment.strategy.analysis) }
      + (rollback == environment.rollback ? [] : rollback.triggers.suffix(1).map(\.triggerLine))
    return Proposal(
      changes: changes, environment: environment.with(strategy: environment.strategy.with(stages), rollback: rollback), lines: lines)
  }

  private mutating func note(_ index: Int?, _ place: String, _ key: String, from: String?, to: String, why: String) {
    if let index { changed.insert(index) }
    changes.append(Proposal.Change(place: place, key: key, from: from, to: to, why: why))
  }

  private func rate(_ stage: StageSpec) -> Double { odds.traffic.requestsPerSecond * stage.traffic.ratio }

  /// How fast requests come in a stage, and how long they are waited for.
  private func basis(_ stage: StageSpec) -> Basis {
    Basis(requests: 0, control: 0, rate: rate(stage), patience: plan.limits.patience)
  }

  /// Bounds that a healthy release misses are moved up to where 99 of 100 pass.
  private mutating func loosen(_ stage: inout StageSpec, _ index: Int) {
    guard plan.steps.indices.contains(index) else { return }
    var criteria = stage.criteria
    for place in criteria.indices {
      let criterion = criteria[place]
      var basis = odds.basis(of: criterion, in: plan.steps[index], patience: plan.limits.patience)
      basis.requests = max(1, basis.requests)
      func passes(_ criterion: Criterion) -> Double { odds.passes(criterion, basis, odds.traffic.healthy) }
      guard passes(criterion) < 0.9, let looser = criterion.looser(than: passes) else { continue }
      note(
        index, "stage \(stage.name)", criterion.metric.rawValue, from: criterion.conditionText, to: looser.conditionText,
        why: "so that 99 of 100 healthy releases pass")
      criteria[place] = looser
    }
    stage = stage.with(criteria: criteria)
  }

  /// A stage that never sees the requests that it waits for is held until it does.
  private mutating func reach(_ stage: inout StageSpec, _ index: Int) {
    guard !stage.allCriteria.isEmpty, rate(stage) > 0 else { return }
    let needed = TimeSpan(milliseconds: Int64(Double(stage.minimumRequests) / rate(stage) * 1000))
    guard needed > stage.duration + plan.limits.patience, needed <= Self.longest else { return }
    let duration = needed.nice
    note(
      index, "stage \(stage.name)", "duration", from: "\(stage.duration)", to: "\(duration)",
      why: "so that it sees the \(stage.minimumRequests) requests that it waits for")
    stage = stage.with(duration: duration)
  }

  /// When all stages together let through a release with twice the tolerated errors, the one that needs the least more time
  /// gets it; where no time is enough, the threshold moves to what can be judged.
  private mutating func judgeErrors(_ stages: inout [StageSpec]) {
    let judged = stages.indices.filter { index in
      stages[index].criteria.contains { $0.metric == .errorRate } && stages[index].traffic < .hundred
    }
    let limits = judged.flatMap { index in stages[index].errorLimits(odds) }
    guard let strictest = limits.min(), strictest > odds.traffic.errorRate else { return }
    let bad = Suspect(errorRate: min(1, 2 * strictest), latencyFactor: 1)
    guard adviser.passesAll(bad) > Odds.tolerated else { return }
    let options = judged.compactMap { index -> (index: Int, requests: Int, more: TimeSpan)? in
      let stage = stages[index]
      let needs = stage.criteria.filter { $0.metric == .errorRate }.compactMap { odds.fewestRequests($0, against: bad, basis(stage)) }
      guard let requests = needs.min(), rate(stage) > 0 else { return nil }
      let time = TimeSpan(milliseconds: Int64(Double(requests) / rate(stage) * 1000))
      return (index, requests, max(.zero, time - stage.duration))
    }
    if let best = options.min(by: { $0.more < $1.more }), stages[best.index].duration + best.more <= Self.longest {
      lengthen(&stages[best.index], best.index, to: best.requests)
    } else if let widest = judged.max(by: {
      rate(stages[$0]) * stages[$0].duration.seconds < rate(stages[$1]) * stages[$1].duration.seconds
    }) {
      raise(&stages[widest], widest)
    }
  }

  private mutating func lengthen(_ stage: inout StageSpec, _ index: Int, to requests: Int) {
    let why = "so that it can tell the tolerated errors from twice as many (95 of 100 cases)"
    let duration = TimeSpan(milliseconds: Int64(Double(requests) / rate(stage) * 1000)).nice
    let minimum = requests.nice
    if duration > stage.duration {
      note(index, "stage \(stage.name)", "duration", from: "\(stage.duration)", to: "\(duration)", why: why)
      stage = stage.with(duration: duration)
    }
    if minimum > stage.minimumRequests {
      note(index, "stage \(stage.name)", "min_requests", from: "\(stage.minimumRequests)", to: "\(minimum)", why: why)
      stage = stage.with(minimumRequests: minimum)
    }
  }

  private mutating func raise(_ stage: inout StageSpec, _ index: Int) {
    let requests = Int(rate(stage) * stage.duration.seconds)
    guard let place = stage.criteria.firstIndex(where: { $0.metric == .errorRate }) else { return }
    let present = stage.criteria[place]
    for share in Self.shares {
      guard let bound = Percentage(percent: share) else { continue }
      let criterion = Criterion(
        metric: .errorRate, comparison: present.comparison, bound: .percentage(bound), window: present.window,
        streak: present.streak)
      guard
        let needed = odds.fewestRequests(
          criterion, against: Suspect(errorRate: min(1, 2 * bound.ratio), latencyFactor: 1), basis(stage)),
        needed <= requests
      else { continue }
      note(
        index, "stage \(stage.name)", "error_rate", from: present.conditionText, to: criterion.conditionText,
        why: "the strictest bound that \(requests) requests can judge")
      var criteria = stage.criteria
      criteria[place] = criterion
      stage = stage.with(criteria: criteria)
      return
    }
  }

  /// A plan in which nothing looks at errors gets a trigger whose window sees enough at all the traffic.
  private mutating func watchErrors(hasStages: Bool) -> RollbackSpec {
    let rollback = environment.rollback
    let criteria = environment.strategy.stages.flatMap(\.allCriteria) + rollback.triggers
    let isCompared = environment.strategy.stages.contains { $0.compared?.contains(.errorRate) ?? false }
    guard !isCompared, !criteria.contains(where: { $0.metric == .errorRate }) else { return rollback }
    let watched = plan.steps.reduce(plan.bake) { $0 + $1.hold }
    for share in Self.shares where share / 100 > 3 * odds.traffic.errorRate {
      guard let bound = Percentage(percent: share) else { continue }
      for window in Self.windows where window <= watched {
        let trigger = Criterion(metric: .errorRate, comparison: .greater, bound: .percentage(bound), window: window)
        let requests = Int(odds.traffic.requestsPerSecond * window.seconds)
        let bad = Suspect(errorRate: min(1, 2 * bound.ratio), latencyFactor: 1)
        guard odds.fires(trigger, requests: requests, control: 0, bad) >= 0.95 else { continue }
        note(
          nil, "rollback.triggers", "error_rate", from: nil, to: trigger.conditionText,
          why: "the shortest window in which twice as many errors are noticed (95 of 100 cases)")
        return rollback.with(triggers: rollback.triggers + [trigger])
      }
    }
    return rollback
  }

  /// Nobody waits longer for one stage.
  private static let longest = TimeSpan.hours(12)
  private static let shares = [0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 25]
  private static let windows: [TimeSpan] = [.seconds(10), .seconds(30), .minutes(1), .minutes(2), .minutes(5)]
}

extension Proposal {
  /// Changes of one place for one purpose.
  package struct Group: Hashable, Sendable {
    package let place: String
    package let why: String
    package var changes: [Change]
  }

  /// The changes, those that belong together in one group.
  package var groups: [Group] {
    changes.reduce(into: []) { groups, change in
      if let last = groups.indices.last, groups[last].place == change.place, groups[last].why == change.why {
        groups[last].changes.append(change)
      } else {
        groups.append(Group(place: change.place, why: change.why, changes: [change]))
      }
    }
  }
}
