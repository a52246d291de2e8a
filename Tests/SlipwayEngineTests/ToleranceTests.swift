import Foundation
import SlipwayEngine
import SlipwayModel
import SlipwayStatistics
import Testing

/// Comparisons that allow the candidate to be worse by a stated share.
@Suite("Not worse than stable by more than a tolerance")
struct ToleranceTests {
  private static func world(_ analysis: AnalysisSpec, metrics: [ComparedMetric] = [.errorRate, .latency]) throws -> World {
    let stage = StageSpec(
      name: "half", traffic: Fixture.percent(50), duration: .minutes(4), compared: metrics,
      advance: SafeAdvance(minimum: .seconds(20), maximum: .minutes(4)))
    let canary = CanarySpec(stages: [stage], keepPrevious: .minutes(5), patience: .minutes(3), analysis: analysis)
    var world = World(try Fixture.started(Fixture.request(strategy: .canary(canary))))
    world.requestsPerSecond = 400
    world.errorPercent = [.blue: 2, .green: 2]
    world.serve(300)
    return world
  }

  @Test("Twice as many errors are worse, but for who tolerates that; four times as many are worse for both")
  func errors() throws {
    for (percent, tolerance, expected) in [(4, nil, false), (4, 100.0, true), (8, 100, false)] as [(Int, Double?, Bool)] {
      var world = try Self.world(AnalysisSpec(errorTolerance: tolerance.map(Fixture.percent)), metrics: [.errorRate])
      world.errorPercent = [.blue: 2, .green: percent]
      world.run(400)
      #expect(world.rollout.isPromoted == expected, "\(percent) against \(tolerance ?? 0)")
      if !expected { #expect(world.rollout.reason?.code == "worse-than-stable") }
    }
  }

  @Test("Response times that are longer by less than the tolerance are no worse, also in the watch after promotion")
  func latency() throws {
    for (factor, tolerance, expected) in [(1.5, nil, false), (1.5, 60.0, true), (3, 60, false)] as [(Double, Double?, Bool)] {
      var world = try Self.world(AnalysisSpec(latencyTolerance: tolerance.map(Fixture.percent)), metrics: [.latency])
      world.latencyMicroseconds[.green] = Int(20_000 * factor)
      world.run(900)
      #expect(
        (world.rollout.phase == .succeeded) == expected, "\(factor) against \(tolerance ?? 0): \(world.rollout.reason?.message ?? "")")
    }
  }

  @Test("Shortened buckets never count a response as slower than it may be, and by one bucket more at most")
  func buckets() {
    for factor in [1.01, 1.1, 1.5, 2.0] {
      let places = LatencyHistogram.buckets(shortenedBy: factor)
      #expect(places == places.sorted())
      for bucket in 16..<LatencyHistogram.bucketCount - 1 {
        let lower = LatencyHistogram.upperBoundMicroseconds(ofBucket: bucket - 1)
        let truth = LatencyHistogram.bucket(ofMicroseconds: Int(Double(lower) / factor))
        let upper = LatencyHistogram.upperBoundMicroseconds(ofBucket: bucket) - 1
        let most = LatencyHistogram.bucket(ofMicroseconds: Int(Double(upper) / factor))
        #expect(places[bucket] == truth && (truth...truth + 2).contains(most), "\(bucket) by \(factor)")
      }
    }
    #expect(LatencyHistogram.buckets(shortenedBy: 1) == Array(0..<LatencyHistogram.bucketCount))
  }

  /// Rollouts in which the candidate is worse by these factors: how often it goes back, and how often it is shown to be harmless.
  private static func rejected(_ setting: ComparisonSetting, errors: Double, latency: Double, runs: Int) -> (back: Int, safe: Int) {
    let counts = (0..<runs).map { seed -> (Bool, Bool) in
      var random = Draws(seed: UInt64(seed))
      let blocks = (0..<30).map { _ in random.slot(requests: 1000, errors: 0.02, factor: 1) }
      var histogram = [Int](repeating: 0, count: LatencyHistogram.bucketCount)
      for block in blocks { for index in histogram.indices { histogram[index] += block.latency[index] } }
      let reference = ComparisonReference(
        blocks: blocks.map { ReferenceBlock(requests: $0.requests, events: $0.errors) }, histogram: histogram,
        reduction: ComparisonDesign.shippedReduction)
      var comparison = StableComparison(setting, reference: reference, requestsPerSecond: 100)
      for _ in 0..<40 {
        let candidate = random.slot(requests: 500, errors: 0.02 * errors, factor: latency)
        comparison.take(candidate: candidate, live: random.slot(requests: 500, errors: 0.02, factor: 1))
      }
      return (comparison.isWorse, comparison.isSafe(toLeave: 0))
    }
    return (counts.count { $0.0 }, counts.count { $0.1 })
  }

  private static func setting(_ tolerances: [ComparedMetric: Double]) -> ComparisonSetting {
    ComparisonSetting(
      alpha: 0.05, metrics: [.errorRate, .latency], duration: .minutes(10), nextShares: [0: 1], tolerances: tolerances)
  }

  @Test("A candidate that is worse by exactly the tolerance goes back at most as often as alpha says")
  func falseAlarms() {
    let tolerant = Self.rejected(Self.setting([.errorRate: 0.5, .latency: 0.2]), errors: 1.5, latency: 1.2, runs: 60)
    // At a rate of 5 %, more than 8 of 60 come about once in 200 tries.
    #expect(tolerant.back <= 8, "\(tolerant.back) of 60")
    let strict = Self.rejected(Self.setting([:]), errors: 1.5, latency: 1.2, runs: 10)
    #expect(strict.back >= 9, "without the tolerance the same candidate is worse: \(strict.back) of 10")
    let beyond = Self.rejected(Self.setting([.errorRate: 0.5, .latency: 0.2]), errors: 4, latency: 1.6, runs: 10)
    #expect(beyond.back >= 9, "what is clearly beyond the tolerance is found: \(beyond.back) of 10")
  }

  @Test("The proof of harmlessness allows for the tolerance, and is not given to a candidate that is worse by the margin beyond it")
  func promotion() {
    var setting = Self.setting([.errorRate: 0.5])
    setting = ComparisonSetting(
      alpha: setting.alpha, metrics: [.errorRate], duration: setting.duration, nextShares: setting.nextShares,
      tolerances: setting.tolerances)
    let margin = PromotionMargin.errors(requestsPerSecond: 100, nextShare: 1)
    let harmless = Self.rejected(setting, errors: 1.1, latency: 1, runs: 10)
    #expect(harmless.safe >= 8, "\(harmless.safe) of 10")
    let beyond = Self.rejected(setting, errors: 1.5 + margin / 0.02, latency: 1, runs: 40)
    #expect(beyond.safe <= 6, "at a rate of 5 %, more than 6 of 40 come about once in 200 tries: \(beyond.safe)")
  }
}

/// Seeded figures of a slot: SplitMix64; response times are lognormal.
private struct Draws {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }

  mutating func slot(requests: Int, errors: Double, factor: Double) -> SlotCounts {
    var latency = [Int](repeating: 0, count: LatencyHistogram.bucketCount)
    var failed = 0
    for _ in 0..<requests {
      let milliseconds = 20 * factor * exp(0.5 * NormalDistribution.quantile(min(max(uniform(), 1e-9), 1 - 1e-9)))
      latency[LatencyHistogram.bucket(ofMicroseconds: Int(milliseconds * 1000))] += 1
      if uniform() < errors { failed += 1 }
    }
    return SlotCounts(requests: requests, errors: failed, latency: latency)
  }
}
