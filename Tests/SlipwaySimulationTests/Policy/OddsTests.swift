import SlipwayEngine
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

  @Test("Failures in a row: as many as the limit, at the end a pass")
  func streak() {
    // Ten requests in an interval, of which one that fails is too many: 1 − 0.9¹⁰ = 0.6513.
    let basis = Basis(requests: 30, control: 100, rate: 1, patience: .zero)
    func criterion(_ failures: Int) -> Criterion {
      Criterion(
        metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: 5)!),
        streak: FailureStreak(failures: failures, interval: .seconds(10)))
    }
    let (bad, q) = (Suspect(errorRate: 0.1, latencyFactor: 1), 1 - 0.3486784401)
    #expect(abs(odds.passes(criterion(1), basis, bad) - (1 - q) * (1 - q) * (1 - q)) < 1e-9)
    // Of three intervals no two in a row fail, and a row of one that is left ends by a pass.
    let rows = [(1 - q) * ((1 - q) * (1 - q) + q * (1 - q)) + q * (1 - q) * (1 - q), (1 - q) * (1 - q) * q + q * (1 - q) * q]
    #expect(abs(odds.passes(criterion(2), basis, bad) - (rows[0] + rows[1] * (1 - q))) < 1e-9)
    #expect(odds.passes(criterion(3), basis, odds.traffic.healthy) > 0.999)
    #expect(odds.passes(criterion(3), Basis(requests: 30, control: 100, rate: 0.1, patience: .zero), bad) == 0, "too few to tell")
    #expect(abs(odds.fires(criterion(2), requests: 20, control: 100, bad) - q * q) < 1e-9)
  }

  @Test("A score passes by the sets of parts that weigh enough")
  func score() throws {
    let slow = Criterion(metric: .p95, comparison: .less, bound: .time(.milliseconds(92)))
    let step = PlanStep(
      name: "half", weight: Percentage(percent: 50)!, candidateReplicas: 1, liveReplicasBefore: 1, liveReplicas: 1, hold: .seconds(200),
      minimumRequests: 20,
      score: ScoreSpec(parts: [ScoreSpec.Part(criterion: errors, weight: 3), ScoreSpec.Part(criterion: slow)], pass: 75))
    let score = try #require(step.score)
    let release = Suspect(errorRate: 0.01, latencyFactor: 1.9)
    let chances = [errors, slow].map { odds.passes($0, odds.basis(of: $0, in: step, patience: .zero), release) }
    #expect(abs(odds.passes(score, in: step, patience: .zero, release) - chances[0]) < 1e-12, "three quarters suffice")
    let all = ScoreSpec(parts: score.parts, pass: 90)
    #expect(abs(odds.passes(all, in: step, patience: .zero, release) - chances[0] * chances[1]) < 1e-12)
    #expect(score.decisive == [errors] && all.decisive == [errors, slow])
    let sight = odds.sight(of: score, in: step, patience: .zero)
    #expect(sight.passesHealthy > 0.9 && sight.passesBad < 0.1 && (0.01...0.04).contains(sight.detects ?? 0) && sight.isAboutErrors)
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
