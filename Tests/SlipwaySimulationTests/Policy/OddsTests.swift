import SlipwayModel
import Testing

@testable import SlipwaySimulation

@Suite("What a stage can tell")
struct OddsTests {
  private let odds = Odds(traffic: StatedTraffic(requestsPerSecond: 5))
  private let errors = Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: 1)!))

  private func basis(_ requests: Int, patience: TimeSpan = .zero) -> Basis {
    Basis(requests: requests, control: 100, rate: 0.5, patience: patience)
  }

  @Test("Fifteen requests say next to nothing about an error rate of 1 %")
  func few() {
    // Without a single failure it passes: 0.98¹⁵.
    #expect(abs(odds.passes(errors, basis(15), Suspect(errorRate: 0.02, latencyFactor: 1)) - 0.7386) < 0.0001)
    #expect(odds.detects(errors, basis(15)).map { ($0 * 1000).rounded() / 1000 } == 0.181)
    #expect(odds.detects(errors, basis(0)) == nil)
  }

  @Test("Waiting for evidence lets more releases pass than one look at the end", arguments: [0.002, 0.01, 0.02, 0.04])
  func patience(rate: Double) {
    let release = Suspect(errorRate: rate, latencyFactor: 1)
    let (once, waiting) = (odds.passes(errors, basis(40), release), odds.passes(errors, basis(40, patience: .minutes(10)), release))
    #expect(waiting >= once)
    // The same walk, drawn at random.
    var random = SimulationRandom(seed: 7, purpose: .errors)
    let gate = CountingGate(tolerated: 0.01, isStrict: true)
    let drawn = (0..<2000).filter { _ in gate.walk(rate, from: 40, looks: 300, &random) }.count
    #expect(abs(Double(drawn) / 2000 - waiting) < 0.04)
  }

  @Test("More requests tell more, and a worse release passes less often")
  func monotone() {
    let rates = [0.005, 0.02, 0.05, 0.2]
    let passing = rates.map { odds.passes(errors, basis(300), Suspect(errorRate: $0, latencyFactor: 1)) }
    #expect(passing == passing.sorted(by: >))
    let detected = [50, 200, 1000, 5000].compactMap { odds.detects(errors, basis($0)) }
    #expect(detected == detected.sorted(by: >) && detected.count == 4)
    #expect((detected.last ?? 1) < 0.015)
  }

  @Test("Percentiles are judged by how many requests are slower than the bound, means by their spread")
  func latency() throws {
    let p95 = Criterion(metric: .p95, comparison: .less, bound: .time(.milliseconds(92)))
    #expect(odds.passes(p95, basis(500), odds.traffic.healthy) > 0.999)
    #expect(odds.passes(p95, basis(500), Suspect(errorRate: 0, latencyFactor: 3)) < 0.001)
    let factor = try #require(odds.detects(p95, basis(500)))
    #expect((2...2.6).contains(factor), "the bound is twice the live version's p95")
    let mean = Criterion(metric: .responseTime, comparison: .less, bound: .baseline(1.5))
    #expect(odds.passes(mean, basis(500), odds.traffic.healthy) > 0.999)
    #expect(odds.passes(mean, basis(500), Suspect(errorRate: 0, latencyFactor: 2)) < 0.001)
  }

  @Test("A trigger acts on what is unlikely to be chance, over at least five requests")
  func triggers() {
    let trigger = Criterion(metric: .errorRate, comparison: .greater, bound: .percentage(Percentage(percent: 5)!))
    let bad = Suspect(errorRate: 0.1, latencyFactor: 1)
    #expect(odds.fires(trigger, requests: 4, control: 100, Suspect(errorRate: 1, latencyFactor: 1)) == 0)
    #expect(odds.fires(trigger, requests: 50, control: 100, bad) < 0.3)
    #expect(odds.fires(trigger, requests: 2000, control: 100, bad) > 0.999)
    #expect(odds.fires(trigger, requests: 2000, control: 100, odds.traffic.healthy) < 1e-6)
  }

  @Test("The stated quantiles are those of the simulated response times")
  func quantiles() {
    let traffic = StatedTraffic(p50: .milliseconds(80), p95: .milliseconds(400))
    #expect(abs(traffic.quantile(0.95) - 400) < 0.01 && abs(traffic.quantile(0.5) - 80) < 0.01)
    #expect(abs(traffic.share(slowerThan: 400, factor: 1) - 0.05) < 1e-6)
    #expect(abs(traffic.share(slowerThan: 400, factor: 5) - 0.5) < 1e-6)
  }
}

extension CountingGate {
  /// One release's way through the gate, request by request as the engine would see it.
  fileprivate func walk(_ rate: Double, from requests: Int, looks: Int, _ random: inout SimulationRandom) -> Bool {
    var (count, seen) = (random.binomial(requests, rate), requests)
    for _ in 0...looks {
      if Double(count) < Double(seen) * tolerated { return true }
      if Self.surprise(count, of: seen, tolerated) < 0.05 { return false }
      count += random.chance(rate) ? 1 : 0
      seen += 1
    }
    return false
  }

  /// P(at least `count` of `n`), summed up term by term.
  private static func surprise(_ count: Int, of n: Int, _ share: Double) -> Double {
    var (term, below) = ((0..<n).reduce(1.0) { product, _ in product * (1 - share) }, 0.0)
    for k in 0..<count {
      below += term
      term *= Double(n - k) / Double(k + 1) * share / (1 - share)
    }
    return 1 - below
  }
}
