import Foundation
@testable import SlipwayStatistics
import Testing

/// With one alternative that bets all of the capital from the start, the average evidence grows by the same in every interval.
@Suite("Forecasts, followed by hand")
struct ForecastByHandTests {
  /// "Errors ×2" alone; 100 of 10,000 requests fail.
  static func forecast(multiples: [Double] = [1], alpha: Double) -> DetectionForecast {
    let errors = EvidenceFamily(name: "errors", weight: 1, alternatives: .errors(multiples: multiples, shares: []))
    let reference = ComparisonReference(blocks: [ReferenceBlock(requests: 9999, events: 99)], histogram: [])
    return DetectionForecast(design: ComparisonDesign(families: [errors], firstOnset: 1), reference: reference, alpha: alpha)
  }

  /// Twice as many errors at one half: of 100 requests one of the candidate's fails and half of one of the stable slot's. The former brings
  /// ln 2 − ln 1.5, the latter −ln 1.5.
  static let gain = (log(2) - 1.5 * log(1.5)) / 100
  static let variance = ((log(2) - log(1.5)) * (log(2) - log(1.5)) + 0.5 * log(1.5) * log(1.5)) / 100

  /// The requests per second with which the average evidence is 1/alpha after so many seconds.
  static func rate(reaching alpha: Double, after seconds: Double) -> Double { -log(alpha) / gain / seconds }

  @Test("Half and nine in ten are where the inverse Gaussian law says, for evidence that suffices within one interval and within several")
  func law() throws {
    let forecast = Self.forecast(alpha: 0.5)
    for hundredths in 30...600 {
      let mean = Double(hundredths) / 100
      let rate = Self.rate(reaching: 0.5, after: 10 * mean)
      let (drift, deviation) = (log(2) / mean, (10 * rate * Self.variance).squareRoot())
      func arrived(_ seconds: Double) -> Double {
        func below(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
        let (time, level) = (seconds / 10, drift / deviation)
        let (ahead, behind) = ((time - mean) * level / time.squareRoot(), (time + mean) * level / time.squareRoot())
        return time > 0 ? below(ahead) + exp(2 * level * level * mean) * below(-behind) : 0
      }
      let found = try #require(
        forecast.detection(of: .errorsMultiplied(by: 2), requestsPerSecond: rate, share: 0.5, interval: 10))
      for (seconds, part) in [(found.median, 0.5), (found.nineInTen, 0.9)] {
        #expect(arrived(seconds) > part - 1e-9 && arrived(seconds - 10) < part + 1e-9, "\(mean) intervals: \(found)")
      }
    }
  }

  @Test("The average evidence is enough in the interval in which it reaches 1/alpha, if that is within the stage")
  func average() throws {
    let forecast = Self.forecast(alpha: 0.01)
    func seconds(reached: Double, stage: Double, interval: Double) -> Double? {
      forecast.seconds(
        toDetect: .errorsMultiplied(by: 2), requestsPerSecond: Self.rate(reaching: 0.01, after: reached),
        stages: [.init(share: 0.5, seconds: stage)], interval: interval)
    }
    #expect(seconds(reached: 95, stage: 100, interval: 10) == 100)
    #expect(seconds(reached: 95, stage: 99, interval: 10) == nil)
    #expect(seconds(reached: 86_305, stage: 86_400, interval: 10) == 86_310)
    #expect(near(try #require(seconds(reached: 0.98, stage: 2, interval: 0.05)), 1))
    let wald = forecast.waldSeconds(
      toDetect: .errorsMultiplied(by: 2), requestsPerSecond: Self.rate(reaching: 0.01, after: 86_305), share: 0.5)
    #expect(near(try #require(wald), 86_305))
  }

  @Test("Intervals count, not seconds: 200 times the traffic in intervals of 50 ms is found in as many")
  func scale() throws {
    func detection(_ rate: Double, _ interval: Double) throws -> DetectionForecast.Detection {
      let forecast = Self.forecast(alpha: 0.01)
      return try #require(
        forecast.detection(of: .errorsMultiplied(by: 2), requestsPerSecond: rate, share: 0.5, interval: interval, limit: 500 * interval))
    }
    let (slow, quick) = (try detection(50, 10), try detection(10_000, 0.05))
    #expect(near([quick.median, quick.nineInTen], [slow.median / 200, slow.nineInTen / 200]))
  }

  @Test("A forecast gives up after a day unless told otherwise")
  func day() {
    func detection(after seconds: Double, limit: Double? = nil) -> DetectionForecast.Detection? {
      let forecast = Self.forecast(alpha: 0.01)
      let rate = Self.rate(reaching: 0.01, after: seconds)
      guard let limit else {
        return forecast.detection(of: .errorsMultiplied(by: 2), requestsPerSecond: rate, share: 0.5, interval: 10)
      }
      return forecast.detection(of: .errorsMultiplied(by: 2), requestsPerSecond: rate, share: 0.5, interval: 10, limit: limit)
    }
    #expect(detection(after: 86_300) != nil)
    #expect(detection(after: 86_500) == nil)
    #expect(detection(after: 86_500, limit: 90_000) != nil)
  }

  @Test("A forecast follows 100,000 intervals at most")
  func longest() {
    func detection(after seconds: Double) -> DetectionForecast.Detection? {
      Self.forecast(alpha: 0.01).detection(
        of: .errorsMultiplied(by: 2), requestsPerSecond: Self.rate(reaching: 0.01, after: seconds), share: 0.5, interval: 1, limit: 1e9)
    }
    #expect(detection(after: 99_900) != nil)
    #expect(detection(after: 100_100) == nil)
  }

  @Test("A ratio little above what is tolerated is a bet: 1.05, at twice the errors")
  func smallRatio() {
    // 8 errors of the candidate's 400 requests, 12 of the stable slot's 1200; 1 + 0.25 · 0.05 = 1.0125.
    let moments = Self.forecast(multiples: [0.05], alpha: 0.01).moments(of: .errorsMultiplied(by: 2), requests: 1600, share: 0.25)
    #expect(near(moments.map(\.mean), [8 * log(1.05) - 20 * log(1.0125)]))
    #expect(moments[0].mean > 0.1)
  }

  @Test("In a burst that makes an alternative one that is tolerated, it is no bet")
  func toleratedBurst() {
    // 412 errors in 1600 requests: D = 0.0015 above a rate of the moment of 0.257 is a ratio of 1.006, and 1.1 is tolerated.
    var forecast = Self.forecast(multiples: [0.15], alpha: 0.01)
    forecast = DetectionForecast(
      design: ComparisonDesign(families: forecast.design.families, errorTolerance: 0.1), reference: forecast.reference)
    let moments = forecast.moments(of: .errorsMultiplied(by: 100), requests: 1600, share: 0.25)
    #expect(moments.map(\.mean) == [0])
    // At the usual rate it is one, of 1.15 / 1.1: 8 errors of the candidate's and 12 of the stable slot's.
    let usual = forecast.moments(of: .errorsMultiplied(by: 2), requests: 1600, share: 0.25)
    let growth: Double = (1 + 0.25 * 0.15) / (1 + 0.25 * 0.1)
    #expect(near(usual.map(\.mean), [8 * log(1.15 / 1.1) - 20 * log(growth)]))
  }

  @Test("At a share of 95 % the stable slot is still a control")
  func mostTraffic() {
    // 30.4 errors of the candidate's 1520 requests, 0.8 of the stable slot's 80.
    let moments = Self.forecast(alpha: 0.01).moments(of: .errorsMultiplied(by: 2), requests: 1600, share: 0.95)
    #expect(near(moments.map(\.mean), [30.4 * log(2) - 31.2 * log(1.95)]))
  }

  @Test("An error ratio is at most 1, multiplied or added to")
  func allFail() {
    // 400 of 400 requests against 12 of 1200. In so many errors D = 0.01 is a smaller ratio: the rate of the moment is
    // 412 / 1600 − 0.25 · 0.01 = 0.255.
    let ratio = 1 + 0.01 / 0.255
    for regression in [DetectionForecast.Regression.errorsMultiplied(by: 1000), .errorsAdded(1.5)] {
      let moments = Self.forecast(alpha: 0.01).moments(of: regression, requests: 1600, share: 0.25)
      #expect(near(moments.map(\.mean), [400 * log(ratio) - 412 * log(1 + 0.25 * (ratio - 1))]))
    }
  }

  @Test("A histogram of one request has all of it in one bucket")
  func oneRequest() {
    let reference = ComparisonReference(blocks: [ReferenceBlock(requests: 9999, events: 99)], histogram: [0, 1])
    let tail = EvidenceFamily(name: "tail", weight: 1, alternatives: .tail([.init(share: 0.05, ratio: 4)]))
    let forecast = DetectionForecast(design: ComparisonDesign(families: [tail]), reference: reference, bounds: [100])
    let moments = forecast.moments(of: .errorsAdded(0.02), requests: 1600, share: 0.25)
    #expect(near(moments.map(\.mean), [400 * log(4) - 1600 * log(1.75)]))
  }

  @Test("Faster: the middle bucket moves into the first, the open one stays as it is", arguments: [0.5, 0.05])
  func faster(factor: Double) {
    let moments = DetectionTests.small(factor: factor)
    let scores = LatencyShift.scores(ofReference: [50, 40, 10])
    let shifts = [0.25, 0.5, 1, 2].map {
      LatencyShift.logEValue(candidate: [360, 0, 40], stable: [600, 480, 120], scores: scores, delta: $0, share: 0.25)
    }
    let tails = [1.6, 4, 2.5, 10].map { 40 * log($0) - 160 * log(1 + 0.25 * ($0 - 1)) }
    #expect(near(moments[7...].map(\.mean), shifts + tails))
  }

  @Test("A tenth faster: below 100 is what was below 111, that part of the middle bucket by the logarithm")
  func little() {
    let moved = 0.4 * log(1 / 0.9) / log(2.0)
    let scores = LatencyShift.scores(ofReference: [50, 40, 10])
    var mean = 0.0
    for (score, (before, after)) in zip(scores, [(0.5, 0.5 + moved), (0.4, 0.4 - moved), (0.1, 0.1)]) {
      let g = score - 0.5
      mean += 400 * after * g - (1200 * before + 400 * after) * log(1 + 0.25 * (exp(g) - 1))
    }
    #expect(near(DetectionTests.small(factor: 0.9)[9].mean, mean))
  }

  @Test("More errors leave response times as they are")
  func sameTimes() {
    let moments = DetectionTests.small(factor: 0)
    let scores = LatencyShift.scores(ofReference: [50, 40, 10])
    let expected = [0.25, 0.5, 1, 2].map {
      LatencyShift.logEValue(candidate: [200, 160, 40], stable: [600, 480, 120], scores: scores, delta: $0, share: 0.25)
    }
    #expect(near(moments[7..<11].map(\.mean), expected))
  }

  @Test("Where longer response times are tolerated, the candidate's requests count in the bucket that is said")
  func tolerated() {
    let shift = EvidenceFamily(name: "latency", weight: 1, alternatives: .shift([1]))
    let reference = ComparisonReference(blocks: [ReferenceBlock(requests: 9999, events: 99)], histogram: [50, 40, 10])
    let forecast = DetectionForecast(
      design: ComparisonDesign(families: [shift]), reference: reference, bounds: [100, 200], tolerated: [0, 0, 1])
    let moments = forecast.moments(of: .errorsAdded(0.02), requests: 1600, share: 0.25)
    let expected = LatencyShift.logEValue(
      candidate: [360, 40, 0], stable: [600, 480, 120], scores: reference.scores, delta: 1, share: 0.25)
    #expect(near(moments.map(\.mean), [expected]))
  }

  @Test("Without variance a walk arrives exactly at its mean; a short one by the same law as a long one")
  func passage() {
    let straight = FirstPassage(mean: 7, drift: 1, variance: 0)
    #expect([6.999, 7, 7.001].map(straight.cumulative) == [0, 1, 1])
    // With time in thousandths, m = 10 and σ² = 10 become 0.01 and 0.01.
    #expect(near(FirstPassage(mean: 0.01, drift: 1, variance: 0.01).quantile(0.5), 0.006758413056952404, 1e-12))
    #expect(FirstPassage(mean: 7, drift: 0, variance: 1).quantile(0.5) == 7)
    #expect(near(FirstPassage(mean: 10, drift: 0.05, variance: 0.025).quantile(0.5), 6.758413056952404))
  }
}
