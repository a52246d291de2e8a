import SlipwaySimulation

/// The requests of one run. An interval is drawn the first time that a policy asks for it, from numbers of its own for each
/// share of traffic: policies that ask for the same see the same, in whatever order and company they run.
struct Traffic {
  private static let shares = 8

  let scenario: Scenario
  let seed: UInt64
  var conditions: Conditions
  private var drawn: [Interval] = []
  private var used: [Int] = []
  private var pieces: [Interval] = []
  private var lastCut = (slot: -1, parts: 0)
  private var latencies: LatencyShares

  init(_ scenario: Scenario, seed: UInt64) {
    self.scenario = scenario
    self.seed = seed
    conditions = Conditions(scenario, seed: seed)
    latencies = LatencyShares(scenario)
  }

  /// Begins the next run; memory and what does not depend on the run are kept.
  mutating func start(seed: UInt64) {
    self = Traffic(scenario, seed: seed, keeping: self)
  }

  private init(_ scenario: Scenario, seed: UInt64, keeping old: Traffic) {
    self.scenario = scenario
    self.seed = seed
    conditions = Conditions(scenario, seed: seed)
    drawn = old.drawn
    used = old.used.map { _ in 0 }
    pieces = old.pieces
    latencies = old.latencies
    latencies.start()
  }

  /// What was known before the start.
  func reference() -> Reference {
    var random = SimulationRandom(seed: seed, purpose: .target)
    return conditions.reference(&random)
  }

  /// One interval while `percent` of the requests go to the canary.
  mutating func interval(_ interval: Int, percent: Int) -> Interval { drawn[slot(interval, percent)] }

  /// Part `part` of an interval cut in `parts` equal parts: given the counts of the whole, each request falls into any part
  /// alike.
  mutating func interval(_ interval: Int, percent: Int, part: Int, of parts: Int) -> Interval {
    if parts == 1 { return self.interval(interval, percent: percent) }
    let slot = slot(interval, percent)
    if lastCut.slot == slot, lastCut.parts == parts { return pieces[part] }
    lastCut = (slot, parts)
    while pieces.count < parts { pieces.append(Interval()) }
    var random = SimulationRandom(seed: mixed(seed, interval, percent), purpose: .latency)
    for index in 0..<parts {
      pieces[index].percent = percent
      pieces[index].gap = drawn[slot].gap
      pieces[index].canary.clear()
      pieces[index].baseline.clear()
    }
    cut(slot, \.canary, in: parts, &random)
    cut(slot, \.baseline, in: parts, &random)
    return pieces[part]
  }

  private mutating func cut(_ slot: Int, _ arm: WritableKeyPath<Interval, ArmCounts>, in parts: Int, _ random: inout SimulationRandom) {
    let whole = drawn[slot][keyPath: arm]
    for bucket in 0..<Latency.buckets {
      var left = whole.histogram[bucket]
      for part in 0..<parts where left > 0 {
        let count = part == parts - 1 ? left : random.exactBinomial(left, 1 / Double(parts - part))
        pieces[part][keyPath: arm].histogram[bucket] = count
        pieces[part][keyPath: arm].requests += count
        left -= count
      }
    }
    // Which requests failed does not depend on their latency: the failed ones, or the others, are picked one by one.
    let failed = whole.errors * 2 <= whole.requests
    var left = (0..<parts).map { pieces[$0][keyPath: arm].requests }
    var total = whole.requests
    for _ in 0..<(failed ? whole.errors : whole.requests - whole.errors) {
      var rest = random.whole(in: 0...(total - 1))
      for part in 0..<parts {
        if rest < left[part] {
          left[part] -= 1
          break
        }
        rest -= left[part]
      }
      total -= 1
    }
    for part in 0..<parts {
      let picked = pieces[part][keyPath: arm].requests - left[part]
      pieces[part][keyPath: arm].errors = failed ? picked : left[part]
    }
  }

  private mutating func slot(_ interval: Int, _ percent: Int) -> Int {
    while used.count <= interval {
      used.append(0)
      drawn.append(contentsOf: (0..<Self.shares).map { _ in Interval() })
    }
    let first = interval * Self.shares
    for slot in first..<(first + used[interval]) where drawn[slot].percent == percent { return slot }
    precondition(used[interval] < Self.shares, "more shares of traffic in one interval than expected")
    let slot = first + used[interval]
    used[interval] += 1
    draw(interval, percent, into: slot)
    return slot
  }

  private mutating func draw(_ interval: Int, _ percent: Int, into slot: Int) {
    var random = SimulationRandom(seed: mixed(seed, interval, percent), purpose: .traffic)
    let moment = conditions[interval]
    let mean = scenario.requestsPerSecond * Conditions.seconds * moment.load
    let share = Double(percent) / 100
    drawn[slot].percent = percent
    drawn[slot].gap = moment.gap
    latencies.prepare(interval, moment)
    Self.fill(&drawn[slot].canary, mean * share, moment.canaryErrors, latencies.canary[interval], &random)
    Self.fill(&drawn[slot].baseline, mean * (1 - share), moment.baselineErrors, latencies.baseline[interval], &random)
  }

  private static func fill(
    _ arm: inout ArmCounts, _ mean: Double, _ errors: Double, _ shares: [Double], _ random: inout SimulationRandom
  ) {
    arm.clear()
    arm.requests = random.exactPoisson(mean)
    arm.errors = random.exactBinomial(arm.requests, errors)
    random.spread(arm.requests, over: shares, into: &arm.histogram)
  }
}

/// One number out of a seed and two small numbers.
func mixed(_ seed: UInt64, _ first: Int, _ second: Int) -> UInt64 {
  var z = seed &+ UInt64(truncatingIfNeeded: first &* 1009 &+ second) &* 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}

/// Shares of the latency buckets by interval: computed once for a scenario, once a run when the wave moves them.
private struct LatencyShares {
  let scenario: Scenario
  var canary: [[Double]] = []
  var baseline: [[Double]] = []

  init(_ scenario: Scenario) { self.scenario = scenario }

  mutating func start() {
    guard scenario.nuisances.contains(.drift) else { return }
    for index in canary.indices {
      canary[index] = []
      baseline[index] = []
    }
  }

  mutating func prepare(_ interval: Int, _ moment: Conditions.Moment) {
    while canary.count <= interval {
      canary.append([])
      baseline.append([])
    }
    guard canary[interval].isEmpty else { return }
    baseline[interval] = Latency.shares(factor: moment.slowness)
    canary[interval] =
      moment.isFaulty
      ? Latency.shares(
        factor: moment.slowness * moment.cold, slowFactor: scenario.latencyFactor, slowShare: scenario.slowShare)
      : Latency.shares(factor: moment.slowness * moment.cold)
  }
}
