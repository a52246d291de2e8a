import Foundation
@testable import SlipwayStatistics
import Testing

@Suite("How soon a regression can be found")
struct DetectionTests {
  @Test("Every reference case of the limits for error ratios")
  func limits() {
    #expect(Vectors.all.limits.count == 13)
    for c in Vectors.all.limits {
      #expect(near(DetectionLimit.divergence(c.p1, from: c.p0), c.kl))
      #expect(near(DetectionLimit.requests(alpha: 0.01, c.p1, from: c.p0), c.nstar_1pct))
      #expect(near(DetectionLimit.requests(alpha: 0.05, c.p1, from: c.p0), c.nstar_5pct))
      #expect(near(DetectionLimit.information(share: 0.05, c.p1, from: c.p0), c.js_w005))
      #expect(near(DetectionLimit.information(share: 0.5, c.p1, from: c.p0), c.js_w05))
    }
  }

  @Test("Every reference case of the limits for response times")
  func latencyLimits() {
    #expect(Vectors.all.latencyLimits.count == 4)
    for c in Vectors.all.latencyLimits {
      #expect(near(DetectionLimit.shiftDivergence(factor: c.f, deviation: c.sigma), c.kl))
      #expect(near(DetectionLimit.shiftInformation(share: 0.05, factor: c.f, deviation: c.sigma), c.js_w005, 1e-12))
    }
  }

  static func forecast(errorRatio: Double, alpha: Double = 0.01) -> DetectionForecast {
    let blocks = [ReferenceBlock(requests: 9_999_999, events: Int(errorRatio * 1e7) - 1)]
    let histogram = SimulatedSlot.buckets(factor: 1).map { Int(($0 * 1e6).rounded()) }
    let reference = ComparisonReference(blocks: blocks, histogram: histogram)
    return DetectionForecast(reference: reference, bounds: SimulatedSlot.bounds, alpha: alpha)
  }

  @Test("The worked example: errors 1 % to 3 % at 500 requests/s and 5 %")
  func example() throws {
    let forecast = Self.forecast(errorRatio: 0.01)
    let stage = [DetectionForecast.Stage(share: 0.05, seconds: 600)]
    let seconds = forecast.seconds(toDetect: .errorsAdded(0.02), requestsPerSecond: 500, stages: stage, interval: 10)
    #expect(seconds == 30)
    let wald = try #require(forecast.waldSeconds(toDetect: .errorsAdded(0.02), requestsPerSecond: 500, share: 0.05))
    // The alternative "×2.5" gains 500 (0.05 · 0.03 ln 2.5 − 0.011 ln 1.075) nats per second.
    let perSecond = 500 * (0.05 * 0.03 * log(2.5) - 0.011 * log(1.075))
    #expect(near(wald, (log(100) + log(14) - log(0.8)) / perSecond, 1e-6))
    #expect(near(wald, 25.8, 5e-2))
  }

  @Test("Detection times spread by the inverse Gaussian law")
  func firstPassage() {
    let passage = FirstPassage(mean: 10, drift: 1, variance: 10)
    #expect(near(passage.quantile(0.5), 6.758413056952404))
    #expect(near(passage.quantile(0.9), 21.4303391295715))
    #expect(near(passage.cumulative(4), 0.270613670442454))
    #expect(FirstPassage(mean: 7, drift: 1, variance: 0).quantile(0.9) == 7)
    // μ²m/σ² = 10 000: nearly certain to arrive at the mean, and no overflow.
    #expect(near(FirstPassage(mean: 100, drift: 10, variance: 1).quantile(0.5), 100, 1e-4))
  }

  @Test("The worked example: a doubling of 1 % errors at 50 requests/s and 10 %")
  func detection() {
    let forecast = Self.forecast(errorRatio: 0.01)
    func detection(_ limit: Double) -> DetectionForecast.Detection? {
      forecast.detection(of: .errorsMultiplied(by: 2), requestsPerSecond: 50, share: 0.1, interval: 10, limit: limit)
    }
    #expect(detection(86_400) == DetectionForecast.Detection(median: 360, nineInTen: 720))
    #expect(detection(300) == nil)
  }

  @Test("Nothing is found without traffic, without a control, or in time that is not there")
  func never() {
    let forecast = Self.forecast(errorRatio: 0.01)
    func seconds(_ rate: Double, _ share: Double, _ length: Double) -> Double? {
      forecast.seconds(
        toDetect: .errorsAdded(0.02), requestsPerSecond: rate, stages: [.init(share: share, seconds: length)], interval: 10)
    }
    #expect(seconds(0, 0.05, 600) == nil)
    #expect(seconds(500, 1, 600) == nil)
    #expect(seconds(500, 0.05, 10) == nil)
    #expect(forecast.waldSeconds(toDetect: .errorsMultiplied(by: 1), requestsPerSecond: 500, share: 0.05) == nil)
    #expect(forecast.waldSeconds(toDetect: .errorsAdded(0.02), requestsPerSecond: 500, share: 1) == nil)
  }

  @Test("Stages follow one another: what was gathered at 5 % counts at 50 %")
  func stages() throws {
    let forecast = Self.forecast(errorRatio: 0.001)
    let both = [DetectionForecast.Stage(share: 0.05, seconds: 60), .init(share: 0.5, seconds: 600)]
    let together = try #require(
      forecast.seconds(toDetect: .errorsAdded(0.01), requestsPerSecond: 50, stages: both, interval: 10))
    let alone = try #require(
      forecast.seconds(toDetect: .errorsAdded(0.01), requestsPerSecond: 50, stages: [both[1]], interval: 10))
    #expect(together > 60 && together < 60 + alone)
  }

  @Test(
    "The forecast is near the median of simulated rollouts",
    arguments: [
      Case(.errorsMultiplied(by: 2), ratio: 0.01, rate: 500, share: 0.05),
      Case(.errorsAdded(0.01), ratio: 0.01, rate: 200, share: 0.25),
      Case(.errorsAdded(0.02), ratio: 0.001, rate: 50, share: 0.10),
      Case(.slower(factor: 1.3), ratio: 0.001, rate: 20, share: 0.10),
      Case(.slower(factor: 1.1), ratio: 0.001, rate: 50, share: 0.50),
    ])
  func simulated(_ c: Case) throws {
    let forecast = Self.forecast(errorRatio: c.ratio)
    let predicted = try #require(
      forecast.detection(of: c.regression, requestsPerSecond: c.rate, share: c.share, interval: 10))
    let times = (0..<101).map { Self.simulate(c, forecast, seed: UInt64($0)) }.sorted()
    let (median, late) = (times[50], times[90])
    #expect(abs(predicted.median - median) <= max(10, 0.2 * median), "\(c): \(predicted), median \(median) s")
    #expect(abs(predicted.nineInTen - late) <= max(20, 0.35 * late), "\(c): \(predicted), nine in ten \(late) s")
  }

  struct Case: Sendable {
    let regression: DetectionForecast.Regression
    let ratio: Double
    let rate: Double
    let share: Double

    init(_ regression: DetectionForecast.Regression, ratio: Double, rate: Double, share: Double) {
      self.regression = regression
      self.ratio = ratio
      self.rate = rate
      self.share = share
    }
  }

  static func simulate(_ c: Case, _ forecast: DetectionForecast, seed: UInt64) -> Double {
    var generator = SeededGenerator(seed: seed)
    var comparison = SequentialComparison(design: forecast.design, reference: forecast.reference)
    let stable = SimulatedSlot(requestsPerSecond: c.rate * (1 - c.share), errorRatio: c.ratio)
    var candidate = SimulatedSlot(requestsPerSecond: c.rate * c.share, errorRatio: c.ratio)
    switch c.regression {
    case .errorsMultiplied(let times): candidate.errorRatio *= times
    case .errorsAdded(let more): candidate.errorRatio += more
    case .slower(let factor): candidate.latencyFactor = factor
    }
    let (slow, usual) = (SimulatedSlot.buckets(factor: candidate.latencyFactor), SimulatedSlot.buckets(factor: 1))
    for interval in 1...200 {
      let (a, b) = (candidate.draw(seconds: 10, slow, &generator), stable.draw(seconds: 10, usual, &generator))
      comparison.observe(
        candidate: SlotCounts(requests: a.requests, errors: a.errors, latency: a.latency),
        stable: SlotCounts(requests: b.requests, errors: b.errors, latency: b.latency))
      if comparison.logEvidence >= -log(forecast.alpha) { return Double(interval) * 10 }
    }
    return 2010
  }

  static func small(factor: Double, design: ComparisonDesign = .standard, bounds: [Double] = [100, 200]) -> [DetectionForecast.Moments] {
    let reference = ComparisonReference(
      blocks: [ReferenceBlock(requests: 9999, events: 99)], histogram: [50, 40, 10],
      counters: [[ReferenceBlock(requests: 9999, events: 99)]])
    let forecast = DetectionForecast(design: design, reference: reference, bounds: bounds)
    return forecast.moments(of: factor == 0 ? .errorsAdded(0.02) : .slower(factor: factor), requests: 1600, share: 0.25)
  }

  @Test("Average evidence is that of average counts: twice as slow moves half a bucket, by hand")
  func means() {
    let moments = Self.small(factor: 2)
    let scores = LatencyShift.scores(ofReference: [50, 40, 10])
    let shifts = [0.25, 0.5, 1, 2].map {
      LatencyShift.logEValue(candidate: [100, 100, 200], stable: [600, 480, 120], scores: scores, delta: $0, share: 0.25)
    }
    let tails = [1.6, 4, 2.5, 10].map { EventRatio.logEValue(candidateEvents: 200, stableEvents: 120, share: 0.25, ratio: $0) }
    #expect(near(moments[7...].map(\.mean), shifts + tails))
    // By ×4, ln e is ln 4 − ln 1.75 for a slow request of the candidate and −ln 1.75 for one of the stable slot.
    let cost = log(1.75)
    let variance = 200 * (log(4) - cost) * (log(4) - cost) + 120 * cost * cost
    #expect(near(moments[12].variance, variance))
  }

  @Test("Within a bucket logarithms of response times are evenly spread")
  func interpolation() {
    // Above 200 are those that took more than 200 / 1.5 = 133 before: 1 − (0.5 + 0.4 · ln 1.333 / ln 2) = 0.334.
    let slow = 400 * (0.5 - 0.4 * log(4.0 / 3) / log(2.0))
    let mean = EventRatio.logEValue(candidateEvents: slow, stableEvents: 120, share: 0.25, ratio: 4)
    #expect(near(Self.small(factor: 1.5)[12].mean, mean))
    #expect(near(Self.small(factor: 1.5, bounds: [0.05, 0.1])[12].mean, mean), "in seconds too, and for quicker responses")
  }

  @Test("Errors are forecast for errors, not for counters")
  func counters() {
    let moments = Self.small(factor: 0, design: .counting(["crashes"]))
    let expected = EventRatio.logEValue(candidateEvents: 12, stableEvents: 12, share: 0.25, ratio: 2.5)
    #expect(near(moments[1].mean, expected))
    #expect(moments[15...].count == 4 && moments[15...].allSatisfy { $0.mean == 0 && $0.variance == 0 })
    #expect(DetectionForecast(reference: ComparisonReference(blocks: [], histogram: [])).alpha == 0.01)
  }

  @Test("Without a histogram response times cannot be forecast")
  func noHistogram() {
    let forecast = DetectionForecast(reference: ComparisonReference(blocks: [], histogram: []))
    #expect(forecast.detection(of: .slower(factor: 3), requestsPerSecond: 50, share: 0.5, interval: 10) == nil)
    #expect(forecast.detection(of: .errorsAdded(0.5), requestsPerSecond: 0, share: 0.5, interval: 10) == nil)
    #expect(forecast.detection(of: .errorsAdded(0.5), requestsPerSecond: 50, share: 0.5, interval: 0) == nil)
  }
}
