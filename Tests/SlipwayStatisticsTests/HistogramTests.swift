import Foundation
import SlipwayStatistics
import Testing

@Suite("Quantiles and bands of histograms")
struct HistogramTests {
  @Test("Every reference case of the quantile")
  func vectors() throws {
    #expect(Vectors.all.histogramQuantile.count == 4)
    for c in Vectors.all.histogramQuantile {
      let value = histogramQuantile(c.hist, bounds: Vectors.all.config.bounds, share: c.q)
      if let expected = c.value {
        #expect(near(try #require(value), expected))
      } else {
        #expect(value == nil)
      }
    }
  }

  @Test("Linear within a bucket, from zero in the first, the last bound in the open one")
  func example() {
    #expect(histogramQuantile([10, 20, 10], bounds: [1, 2], share: 0.5) == 1.5)
    #expect(histogramQuantile([10, 20, 10], bounds: [1, 2], share: 0.95) == 2)
    #expect(histogramQuantile([10, 0, 0], bounds: [4, 8], share: 0.25) == 1)
    #expect(histogramQuantile([0, 10, 0], bounds: [4, 8], share: 0) == 4)
    #expect(histogramQuantile([1, 0], bounds: [4], share: 0.5) == 2)
    #expect(histogramQuantile([1, 1], bounds: [1, 2], share: 0.5) == nil)
    #expect([-0.05, 1.05].map { histogramQuantile([1, 1], bounds: [1], share: $0) } == [nil, nil])
  }

  @Test("Every reference case of the band")
  func band() {
    for c in Vectors.all.band {
      let band = UniformBand(alpha: c.alpha)
      #expect(near(band.constant, c.C), "\(band.constant) \(c.C)")
      #expect(near(band.halfWidth(c.n), c.eps))
    }
    #expect(near(UniformBand(alpha: 0.01).constant, 9.283544, 1e-6))
    #expect(near(UniformBand(alpha: 0.005).constant, 9.783365, 1e-6))
    #expect(UniformBand(alpha: 0.05).halfWidth(0) == 1)
    #expect(UniformBand(alpha: 0.05).halfWidth(1) == 1)
  }

  @Test("A quantile lies between the bounds where the band crosses it")
  func quantileBand() throws {
    // ε(10 000) = 0.0275 at alpha 0.05: shares 0.4725 and 0.5275 are looked for.
    let band = UniformBand(alpha: 0.05)
    let counts = [4700, 50, 400, 150, 4700]
    let median = try #require(band.quantile(counts, bounds: [1, 2, 3, 4], share: 0.5))
    #expect(median.lower == 1)
    #expect(median.upper == 4)
    let high = try #require(band.quantile(counts, bounds: [1, 2, 3, 4], share: 0.99))
    #expect(high.lower == 4)
    #expect(high.upper == nil)
    #expect(band.quantile([0, 0], bounds: [1], share: 0.5) == nil)
    // The fewest of 10,000 values that must lie below a bound for the median to be below it, and one less.
    let enough = Int((10_000 * (0.5 + band.halfWidth(10_000))).rounded(.up))
    #expect(band.quantile([enough, 10_000 - enough], bounds: [1], share: 0.5)?.upper == 1)
    #expect(try #require(band.quantile([enough - 1, 10_001 - enough], bounds: [1], share: 0.5)).upper == nil)
    let few = try #require(band.quantile([1, 0], bounds: [1], share: 0.5))
    #expect(few.lower == 0 && few.upper == nil)
  }

  @Test("One arm is slower where the distributions are further apart than both bands")
  func excess() {
    let band = UniformBand(alpha: 0.05)
    #expect(near(band.excess([0, 1000], over: [1000, 0]), 1 - 2 * band.halfWidth(1000)))
    #expect(band.excess([500, 500], over: [520, 480]) < 0)
    #expect(near(band.excess([500, 500], over: [520, 480]), 0.02 - 2 * band.halfWidth(1000)))
    #expect(band.excess([0, 0], over: [1, 0]) == -.infinity)
    #expect(band.excess([1, 0], over: [0, 0]) == -.infinity)
    #expect(near(band.halfWidth(1000), 0.0858, 5e-5))
  }
}
