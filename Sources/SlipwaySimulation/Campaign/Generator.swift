import SlipwayModel

/// Makes a scenario out of a seed: any strategy, any release, any traffic. Sizes are small, since mistakes are where two things
/// meet, not where there are many of one; times are short, so that a campaign sees many endings.
struct Generator {
  private var random: SimulationRandom
  /// For what came later than the rest, so that a seed still makes everything else as it did before.
  private var later: SimulationRandom
  /// For who is told, and what goes wrong with that.
  var notices: SimulationRandom
  var hasChannels = false
  /// For gates and what goes wrong with them.
  private var gating: SimulationRandom
  private var hasGates = false
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    random = SimulationRandom(seed: seed, purpose: .campaign)
    later = SimulationRandom(seed: ~seed, purpose: .campaign)
    notices = SimulationRandom(seed: seed, purpose: .notices)
    gating = SimulationRandom(seed: seed, purpose: .gates)
  }

  /// The value of the variable that no entry, no error and no line of a trace may show.
  static let canary = "c4n4ry-0f-th3-campaign"

  mutating func scenario() -> Scenario {
    let replicas = pick([1, 1, 2, 2, 2, 3, 3, 4, 5])
    let traffic = TrafficModel(
      requestsPerSecond: pick([0.2, 1, 5, 20, 20, 50, 50, 100, 300]), medianMicroseconds: pick([5_000, 20_000, 80_000]),
      spread: pick([0.3, 0.5, 0.8]))
    let environment = environment(replicas: replicas, traffic).with(notify: channels())
    let count = pick([1, 2, 2, 3, 3, 4])
    var deployments: [Deployment] = []
    for number in 1...count {
      deployments.append(deployment(number, isFirst: number == 1, environment))
    }
    let (gates, models) = gates()
    // People who do not want to wait for a gate.
    for index in deployments.indices.dropFirst() where hasGates && gating.chance(0.6) {
      var after = TimeSpan.milliseconds(Int64(gating.whole(in: 2_000...30_000)))
      for _ in 1...gating.whole(in: 1...3) {
        deployments[index].acts.append(Act(gating.chance(0.5) ? .promote : .promoteFully, after: after))
        after = after + .milliseconds(Int64(gating.whole(in: 1_000...6_000)))
      }
    }
    return Scenario(
      name: "campaign", seed: seed, environment: gates == nil ? environment : environment.with(gates: gates), traffic: traffic,
      deployments: deployments, gates: models)
  }

  /// Draws what goes wrong: mostly one to four things, at times nothing or very much.
  mutating func faults(of kinds: [FaultKind]) -> [Fault] {
    if random.chance(0.004), kinds.contains(.targetUnreachable) { return outage() }
    let count = pick([0, 1, 1, 2, 2, 3, 3, 4, 6, 10])
    let apart = noticeFaults(of: kinds) + gateFaults(of: kinds)
    return Fault.random(
      count, of: kinds.filter { !$0.isDrawnApart }, within: pick([.seconds(15), .seconds(60), .seconds(150)]), calls: pick([10, 40, 120]),
      using: &random) + apart
  }

  private mutating func gateFaults(of kinds: [FaultKind]) -> [Fault] {
    guard hasGates, gating.chance(0.5) else { return [] }
    let own = kinds.filter { $0.family == .gate }
    return Fault.random(gating.whole(in: 1...2), of: own, within: .seconds(60), calls: 3, using: &gating)
  }

  /// Gates for every fifth round, most of which pass in the end.
  private mutating func gates() -> ([GateSpec]?, [GateModel]?) {
    guard gating.chance(0.2) else { return (nil, nil) }
    hasGates = true
    func draw<Value>(_ values: [Value]) -> Value { values[gating.whole(in: 0...values.count - 1)] }
    let names = Self.gateNames.prefix(draw([1, 1, 2, 3]))
    let gates = names.map { name in
      GateSpec(
        name: name, before: draw([.deploy, .promotion]), timeout: draw([.seconds(8), .seconds(20), .seconds(60)]),
        means: .command(["./\(name)"]))
    }
    let models = names.map { name in
      GateModel(
        name, gating.chance(0.8) ? .passed : draw([.failed, .pending, .unanswered]),
        pendingFor: draw([.zero, .zero, .zero, .seconds(3), .seconds(12), .seconds(30)]),
        latency: draw([.zero, .milliseconds(200), .milliseconds(200), .seconds(2), .seconds(8)]))
    }
    return (gates, models)
  }

  // Letters are names.
  private static let gateNames = [Name("freeze")!, Name("load")!, Name("security")!]

  /// The target can't be reached for so long that no way back ends in time.
  private mutating func outage() -> [Fault] {
    let begins = random.whole(in: 4...30)
    let abort = Fault(.intentAbort, at: .instant(.seconds(Int64(begins) + 3)))
    return [abort] + (0..<40).map { Fault(.targetUnreachable, at: .instant(.seconds(Int64(begins + $0 * 25))), size: 1) }
  }

  private mutating func environment(replicas: Int, _ traffic: TrafficModel) -> EnvironmentSpec {
    let health = HealthSpec(
      failures: 3, minimumHealthyTime: pick([.zero, .seconds(1), .seconds(2)]), startupTimeout: pick([.seconds(5), .seconds(20)]))
    let service = ServiceSpec(
      name: Self.service, build: random.chance(0.5) ? "make" : nil, artifact: "app", run: "./app",
      variables: .values(["TOKEN": Self.canary]), health: health,
      shutdown: ShutdownSpec(drain: pick([.zero, .seconds(2)]), grace: pick([.seconds(1), .seconds(5)])))
    return EnvironmentSpec(
      name: Self.production, target: .local, listen: [:], replicas: replicas, services: [service],
      strategy: strategy(replicas: replicas, traffic), rollback: rollback(traffic), routing: routing())
  }

  // A letter and digits are names.
  private static let service = Name("api")!
  private static let production = Name("production")!

  private mutating func routing() -> RoutingSpec {
    RoutingSpec(
      sticky: random.chance(0.5),
      candidateRules: random.chance(0.15) ? [CandidateRule(source: .header, name: "x-tester", value: nil)] : [],
      mirror: random.chance(0.15) ? share(percent: 10) : .zero)
  }

  private mutating func strategy(replicas: Int, _ traffic: TrafficModel) -> StrategySpec {
    let patience: TimeSpan = pick([.seconds(10), .seconds(20), .seconds(40)])
    let bake: TimeSpan = pick([.zero, .seconds(3), .seconds(8), .seconds(15)])
    switch random.whole(in: 0...9) {
    case 0...2: return .blueGreen(BlueGreenSpec(trafficShift: stages(0...2, traffic), keepPrevious: bake, patience: patience))
    case 3...6: return .canary(CanarySpec(stages: stages(1...4, traffic), keepPrevious: bake, patience: patience))
    default:
      let surge = amount(replicas)
      let unavailable = amount(replicas)
      let isNothing = surge.count(of: replicas) == 0 && unavailable.count(of: replicas) == 0
      return .rolling(
        RollingSpec(
          maxSurge: isNothing ? .count(1) : surge, maxUnavailable: unavailable, interval: pick([.zero, .seconds(2), .seconds(5)]),
          bake: bake))
    }
  }

  private mutating func amount(_ replicas: Int) -> ReplicaAmount {
    random.chance(0.5) ? .count(random.whole(in: 0...replicas)) : .share(share(percent: pick([0, 10, 25, 50, 100])))
  }

  private mutating func stages(_ range: ClosedRange<Int>, _ traffic: TrafficModel) -> [StageSpec] {
    let shares = [1.0, 5, 10, 20, 33.3, 50, 75, 90, 99, 100]
    let count = random.whole(in: range)
    var chosen = Set<Int>()
    while chosen.count < count { chosen.insert(random.whole(in: 0...shares.count - 1)) }
    return chosen.sorted().enumerated().map { number, place in
      let criteria = criteria(traffic)
      let compared: [ComparedMetric]? = random.chance(0.3) ? pick([[.errorRate], [.errorRate, .latency]]) : nil
      let isSafe = compared != nil && random.chance(0.6)
      let read = later.chance(0.2) ? [queue()] : []
      let counted = later.chance(0.12) ? [errors(.less, 2, streak: streak())] : []
      return StageSpec(
        name: "stage-\(number)", traffic: share(percent: shares[place]), duration: pick([.zero, .seconds(2), .seconds(5), .seconds(10)]),
        criteria: criteria + counted + read, minimumRequests: pick([1, 5, 20, 50]), compared: compared,
        advance: isSafe ? SafeAdvance(minimum: pick([.seconds(5), .seconds(20)]), maximum: pick([.seconds(20), .seconds(60)])) : nil,
        score: later.chance(0.12) ? score() : nil)
    }
  }

  private mutating func queue() -> Criterion {
    Criterion(
      metric: .reading(OutsideReadings.name), comparison: .less, bound: .number(OutsideReadings.most),
      window: later.chance(0.5) ? .seconds(6) : nil)
  }

  private mutating func streak() -> FailureStreak {
    FailureStreak(failures: later.whole(in: 1...3), interval: .seconds(Int64(later.whole(in: 1...3))))
  }

  private mutating func score() -> ScoreSpec {
    let parts = [
      ScoreSpec.Part(criterion: errors(.less, 2), weight: 2),
      ScoreSpec.Part(criterion: Criterion(metric: .p95, comparison: .lessOrEqual, bound: .baseline(2))),
      ScoreSpec.Part(criterion: Criterion(metric: .p50, comparison: .lessOrEqual, bound: .baseline(1.5))),
    ]
    return ScoreSpec(parts: parts, pass: later.chance(0.5) ? 100 : 75, marginal: later.chance(0.5) ? 50 : nil)
  }

  private mutating func criteria(_ traffic: TrafficModel) -> [Criterion] {
    guard random.chance(0.75) else { return [] }
    var criteria = [errors(.less, pick([1, 2, 5]), window: random.chance(0.2) ? .seconds(5) : nil)]
    if random.chance(0.3) { criteria.append(Criterion(metric: .p95, comparison: .lessOrEqual, bound: .baseline(2))) }
    if random.chance(0.15) { criteria.append(Criterion(metric: .errorRate, comparison: .lessOrEqual, bound: .baseline(3))) }
    if random.chance(0.15) {
      let bound = TimeSpan.milliseconds(Int64(traffic.medianMicroseconds / 1000) * 2)
      criteria.append(Criterion(metric: pick([.p50, .responseTime, .p90]), comparison: .less, bound: .time(bound)))
    }
    return criteria
  }

  private func errors(
    _ comparison: Comparison, _ percent: Double, window: TimeSpan? = nil, streak: FailureStreak? = nil
  ) -> Criterion {
    Criterion(metric: .errorRate, comparison: comparison, bound: .percentage(share(percent: percent)), window: window, streak: streak)
  }

  private func share(percent: Double) -> Percentage { Percentage(percent: percent) ?? .hundred }

  private mutating func rollback(_ traffic: TrafficModel) -> RollbackSpec {
    var triggers: [Criterion] = []
    if random.chance(0.5) { triggers.append(errors(.greater, pick([5, 10]), window: pick([nil, .seconds(3), .seconds(10)]))) }
    if random.chance(0.25) {
      triggers.append(Criterion(metric: .p95, comparison: .greater, bound: .baseline(2), window: pick([.seconds(3), .seconds(8)])))
    }
    if later.chance(0.12) { triggers.append(errors(.greater, 5, streak: streak())) }
    return RollbackSpec(
      style: random.chance(0.35) ? .gradual : .immediate, stepDuration: pick([.seconds(1), .seconds(3)]), triggers: triggers,
      healthCheckFailures: pick([2, 3]), guardrail: random.chance(0.8))
  }

  private mutating func deployment(_ number: Int, isFirst: Bool, _ environment: EnvironmentSpec) -> Deployment {
    let waits = isFirst || random.chance(0.75)
    return Deployment(
      version: Version("v\(number)") ?? Self.noVersion, release: release(isFirst: isFirst, environment),
      after: pick([.seconds(1), .seconds(4)]),
      waits: waits, supersedes: !waits && random.chance(0.7), acts: acts(isFirst: isFirst))
  }

  // A letter and a digit are a version.
  private static let noVersion = Version("v0")!

  private mutating func release(isFirst: Bool, _ environment: EnvironmentSpec) -> ReleaseModel {
    var release = ReleaseModel(
      startup: .milliseconds(pick([100, 400, 600, 1500, 3000])), errorRate: pick([0, 0, 0.0005, 0.002]),
      build: pick([.zero, .seconds(1), .seconds(3)]))
    release.ignoresTermination = random.chance(0.1)
    guard !isFirst || random.chance(0.1) else { return release }
    switch random.whole(in: 0...19) {
    case 0...7: break
    case 8: release.errorRate = 1
    case 9: release.errorRate = pick([0.3, 0.5])
    case 10: release.errorRate = pick([0.02, 0.04, 0.08])
    case 11: release.latencyFactor = pick([1.5, 3, 10])
    case 12: release.lateFault = .init(after: pick([.seconds(3), .seconds(10), .seconds(20)]), errorRate: pick([0.1, 0.5, 1]))
    case 13: release.leak = .init(errorsPerMinute: 0.5, latencyPerMinute: 4)
    case 14: release.coldStart = .init(length: .seconds(5), latencyFactor: 5)
    case 15: release.startup = random.chance(0.5) ? nil : .seconds(30)
    case 16: release.crash = .init(.beforeBind, after: .milliseconds(200), times: pick([nil, 1, 2]))
    case 17: release.crash = .init(.afterBind, after: pick([.milliseconds(500), .seconds(3), .seconds(12)]), times: pick([nil, 1, 2]))
    case 18: release.buildFails = true
    default: release.metricGaps = pick([0.1, 0.5, 1])
    }
    return release
  }

  private mutating func acts(isFirst: Bool) -> [Act] {
    guard random.chance(isFirst ? 0.1 : 0.45) else { return [] }
    var acts: [Act] = []
    for _ in 1...random.whole(in: 1...2) {
      let after = TimeSpan.milliseconds(Int64(random.whole(in: 100...25_000)))
      let kind = pick(Act.Kind.allCases)
      acts.append(Act(kind, after: after))
      // Whoever pauses a rollout comes back to it.
      if kind == .pause { acts.append(Act(.resume, after: after + pick([.seconds(1), .seconds(10), .seconds(60)]))) }
    }
    return acts
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value { values[random.whole(in: 0...values.count - 1)] }
}

extension ReplicaAmount {
  fileprivate func count(of replicas: Int) -> Int {
    switch self {
    case .count(let count): count
    case .share(let share): Int(Double(replicas) * share.ratio)
    }
  }
}
