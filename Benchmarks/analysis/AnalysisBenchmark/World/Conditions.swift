import SlipwaySimulation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What happens in one run whatever is decided: the wave, bursts, gaps, the luck of an arm. Drawn interval by interval.
struct Conditions {
  /// The state of one interval of 10 s.
  struct Moment {
    var load = 1.0
    /// Factor on all latencies.
    var slowness = 1.0
    /// Factor on the canary's latencies while it is cold.
    var cold = 1.0
    var canaryErrors = 0.0
    var baselineErrors = 0.0
    var gap = Gap.none
    /// Bad requests that one request to the canary costs more than one to the live version.
    var excess = 0.0
    var isFaulty = false
  }

  static let seconds = 10.0
  private static let period = 900.0

  let scenario: Scenario
  private var random: SimulationRandom
  private let phase: Double
  private var isBursting = false
  private(set) var moments: [Moment] = []
  private let excessSlow: Double

  init(_ scenario: Scenario, seed: UInt64) {
    self.scenario = scenario
    random = SimulationRandom(seed: seed, purpose: .faults)
    phase = 2 * Double.pi * random.unit()
    excessSlow = Latency.excessSlow(factor: scenario.latencyFactor, share: scenario.slowShare)
    moments.reserveCapacity(96)
  }

  /// Excess of a request at the mean of the wave, once the fault has begun.
  var meanExcess: Double { max(0, scenario.canaryErrors - scenario.baselineErrors) + excessSlow }

  /// The wave, −1...1, at a time in seconds; 0 without drift.
  func wave(_ time: Double) -> Double {
    scenario.nuisances.contains(.drift) ? sin(2 * Double.pi * time / Self.period + phase) : 0
  }

  subscript(interval: Int) -> Moment {
    mutating get {
      while moments.count <= interval { moments.append(next(moments.count)) }
      return moments[interval]
    }
  }

  private mutating func next(_ interval: Int) -> Moment {
    var moment = Moment()
    let start = Double(interval) * Self.seconds
    let u = wave(start + Self.seconds / 2)
    moment.load = 1 + 0.5 * u
    moment.slowness = 1 + 0.2 * u
    moment.isFaulty = start >= scenario.onset
    let canary = moment.isFaulty ? scenario.canaryErrors : scenario.baselineErrors
    let pair = (scenario.baselineErrors * moment.load, canary == 1 ? 1 : canary * moment.load)
    moment.excess = max(0, min(1, pair.1) - min(1, pair.0)) + (moment.isFaulty ? excessSlow : 0)
    if scenario.nuisances.contains(.burst) { isBursting = random.unit() < (isBursting ? 0.5 : 0.05) }
    let burst = isBursting ? 0.1 : 0
    let luck = (
      random.gammaFactor(variation: scenario.overdispersion), random.gammaFactor(variation: scenario.overdispersion)
    )
    moment.baselineErrors = min(1, pair.0 * luck.0 + burst)
    moment.canaryErrors = min(1, pair.1 * luck.1 + burst)
    if scenario.nuisances.contains(.cold) { moment.cold = interval == 0 ? 2.5 : interval == 1 ? 1.5 : 1 }
    if scenario.nuisances.contains(.gaps) {
      if random.unit() < 0.05 {
        moment.gap = .both
      } else if random.unit() < 0.02 {
        moment.gap = .canary
      }
    }
    return moment
  }
}

extension Conditions {
  /// Draws what was seen of the live version before the start, in the state of the wave at that moment.
  func reference(_ random: inout SimulationRandom) -> Reference {
    let u = wave(0)
    let load = 1 + 0.5 * u
    let half = scenario.requestsPerSecond * Self.seconds * load / 2
    var isBursting = random.unit() < 0.05 / 0.55
    let blocks = (0..<30).map { _ in
      var block = Reference.Block()
      let burst = scenario.nuisances.contains(.burst) && isBursting ? 0.1 : 0
      for index in 0...1 {
        let luck = random.gammaFactor(variation: scenario.overdispersion)
        block.requests[index] = random.exactPoisson(half)
        block.errors[index] = random.exactBinomial(
          block.requests[index], min(1, scenario.baselineErrors * load * luck + burst))
      }
      isBursting = random.unit() < (isBursting ? 0.5 : 0.05)
      return block
    }
    let all = scenario.requestsPerSecond * 300 * load
    let histogram = Latency.shares(factor: 1 + 0.2 * u).map { random.exactPoisson(all * $0) }
    return Reference(requestsPerSecond: scenario.requestsPerSecond, blocks: blocks, histogram: histogram)
  }
}
