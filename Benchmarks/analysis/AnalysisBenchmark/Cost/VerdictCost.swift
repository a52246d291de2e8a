import ArgumentParser
import CAllocations
import SlipwaySimulation
import SlipwayStatistics

/// What judging one interval costs.
struct Cost: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure what a verdict over ten metrics costs in time and memory.")

  @Option(help: "Intervals to judge.") var intervals = 200_000

  private static let mostMicroseconds = 20.0

  func run() throws {
    let (micros, allocations) = Self.measure(intervals: intervals)
    print("verdict over 10 metrics: \(fixed(micros, 2)) µs, \(fixed(allocations, 3)) allocations per interval")
    print(
      micros < Self.mostMicroseconds && allocations == 0 ? "met: under 20 µs without allocating" : "NOT met: under 20 µs without allocating"
    )
  }

  /// Errors, latency and eight counters of the candidate against those of the live version, and the proof that harm is absent.
  static func measure(intervals: Int) -> (microseconds: Double, allocationsPerInterval: Double) {
    var random = SimulationRandom(seed: 1, purpose: .traffic)
    let blocks = (0..<30).map { _ in ReferenceBlock(requests: 500, events: random.exactPoisson(5)) }
    let shares = Latency.shares(factor: 1)
    let reference = ComparisonReference(
      blocks: blocks, histogram: shares.map { random.exactPoisson($0 * 15_000) },
      counters: [[ReferenceBlock]](repeating: blocks, count: 8))
    let design = ComparisonDesign.counting((1...8).map { "counter \($0)" })
    let samples = (0..<64).map { _ in
      (slot(25, shares, &random), slot(475, shares, &random))
    }
    var comparison = SequentialComparison(design: design, reference: reference)
    var errors = NonInferiority(margin: 0.02)
    var latency = NonInferiority(margin: 0.05)
    let slow = reference.slowBucket(share: 0.05) ?? 0
    func judge(_ index: Int) {
      comparison.observe(candidate: samples[index % 64].0, stable: samples[index % 64].1)
      for side in 0...1 {
        let (candidate, stable) = samples[index % 64]
        if side == 0 {
          errors.observe(
            candidateEvents: candidate.errors, candidateRequests: candidate.requests, stableEvents: stable.errors,
            stableRequests: stable.requests)
        } else {
          latency.observe(
            candidateEvents: LatencyShift.slow(candidate.latency, from: slow), candidateRequests: candidate.requests,
            stableEvents: LatencyShift.slow(stable.latency, from: slow), stableRequests: stable.requests)
        }
      }
    }
    for index in 0..<1000 { judge(index) }
    let before = allocation_count()
    let clock = ContinuousClock()
    let start = clock.now
    var decided = 0.0
    for index in 0..<intervals {
      judge(index)
      decided += comparison.logEvidence + errors.logEvidence + latency.logEvidence
    }
    let elapsed = start.duration(to: clock.now)
    let allocations = allocation_count() - before
    precondition(!decided.isNaN, "evidence is a number")
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    return (seconds * 1e6 / Double(intervals), Double(allocations) / Double(intervals))
  }

  private static func slot(_ requests: Double, _ shares: [Double], _ random: inout SimulationRandom) -> SlotCounts {
    let latency = shares.map { random.exactPoisson($0 * requests) }
    let sum = latency.reduce(0, +)
    let counters = (0..<8).map { _ in
      SlotCounts.EventCount(events: random.exactBinomial(sum, 0.01), exposure: Double(sum))
    }
    return SlotCounts(requests: sum, errors: random.exactBinomial(sum, 0.01), latency: latency, counters: counters)
  }
}
